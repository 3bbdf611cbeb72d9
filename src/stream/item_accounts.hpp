#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dialect/playback_request.hpp"

namespace audio_stream::stream {

/// What part of the queued audio belongs to which item of the server, and which items were cut.
/// Positions are a PlayoutQueue's, in samples.
class ItemAccounts {
 public:
  /// Audio of one item, from `begin` to `end`.
  struct Part {
    std::string item;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  /// More parts than this are kept as one.
  static constexpr std::size_t kMostParts = 4096;
  /// The number of cut items that are remembered.
  static constexpr std::size_t kMostCut = 64;

  /// Audio from `begin` on belongs to `item`; empty: to none.
  void add(const std::string& item, std::uint64_t begin);
  /// The call has heard everything before `position`: parts before it are forgotten.
  void heard(std::uint64_t position);
  /// All audio up to `end` is cut. Returns the parts that end here or are not heard yet.
  /// `cut_to`: the number of the last item that is cut, where the server says so.
  std::vector<Part> cut(std::uint64_t end, std::optional<std::uint64_t> cut_to);
  /// Whether late audio of `item` is discarded.
  [[nodiscard]] bool is_cut(const std::string& item, dialect::LateAudio late) const;

 private:
  struct Begin {
    std::string item;
    std::uint64_t begin;
  };
  std::deque<Begin> parts_;
  std::deque<std::string> cut_items_;
  std::optional<std::uint64_t> cut_to_;
};

}  // namespace audio_stream::stream
