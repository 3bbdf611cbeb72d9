#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace audio_stream::stream {

class Stream;

/// Which names are taken on which calls. Used by commands, never by media threads.
class Registry {
 public:
  /// False if the call already has a stream of that name. Then nothing changes.
  bool add(const std::shared_ptr<Stream>& stream);
  [[nodiscard]] std::shared_ptr<Stream> find(const std::string& call,
                                             const std::string& name) const;
  /// Frees the name and returns its stream, so that of two commands that end a stream only one
  /// succeeds.
  std::shared_ptr<Stream> take(const std::string& call, const std::string& name);
  /// Frees the name if it still belongs to `stream`.
  void remove(const std::shared_ptr<Stream>& stream);
  [[nodiscard]] std::vector<std::string> names(const std::string& call) const;

 private:
  using Key = std::pair<std::string, std::string>;  // call, name

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<Stream>> streams_;  // guarded by mutex_
};

}  // namespace audio_stream::stream
