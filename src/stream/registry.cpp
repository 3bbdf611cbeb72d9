#include "stream/registry.hpp"

#include "stream/stream.hpp"

namespace audio_stream::stream {
namespace {

std::pair<std::string, std::string> key_of(const Stream& stream) {
  return {stream.identity().call, stream.identity().name};
}

}  // namespace

bool Registry::add(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock{mutex_};
  return streams_.emplace(key_of(*stream), stream).second;
}

std::shared_ptr<Stream> Registry::find(const std::string& call, const std::string& name) const {
  const std::lock_guard lock{mutex_};
  const auto found = streams_.find({call, name});
  return found == streams_.end() ? nullptr : found->second;
}

std::shared_ptr<Stream> Registry::take(const std::string& call, const std::string& name) {
  const std::lock_guard lock{mutex_};
  auto node = streams_.extract({call, name});
  return node.empty() ? nullptr : std::move(node.mapped());
}

void Registry::remove(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock{mutex_};
  const auto found = streams_.find(key_of(*stream));
  if (found != streams_.end() && found->second == stream) streams_.erase(found);
}

std::vector<std::string> Registry::names(const std::string& call) const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> names;
  for (auto it = streams_.lower_bound({call, ""}); it != streams_.end() && it->first.first == call;
       ++it) {
    names.push_back(it->first.second);
  }
  return names;
}

}  // namespace audio_stream::stream
