#include "stream/item_accounts.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::stream {

void ItemAccounts::add(const std::string& item, std::uint64_t begin) {
  if (parts_.empty() ? item.empty() : parts_.back().item == item) return;
  if (parts_.size() < kMostParts) parts_.push_back({item, begin});
}

void ItemAccounts::heard(std::uint64_t position) {
  // The last part may go on.
  while (parts_.size() > 1 && parts_[1].begin <= position) parts_.pop_front();
}

std::vector<ItemAccounts::Part> ItemAccounts::cut(std::uint64_t end,
                                                  std::optional<std::uint64_t> cut_to) {
  std::vector<Part> all;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::uint64_t part_end = i + 1 < parts_.size() ? parts_[i + 1].begin : end;
    if (parts_[i].item.empty()) continue;
    cut_items_.push_back(parts_[i].item);
    if (const auto number = dialect::item_number(parts_[i].item)) {
      cut_to_ = std::max(cut_to_.value_or(0), *number);
    }
    all.push_back({std::move(parts_[i].item), parts_[i].begin, part_end});
  }
  if (cut_to) cut_to_ = std::max(cut_to_.value_or(0), *cut_to);
  while (cut_items_.size() > kMostCut) cut_items_.pop_front();
  parts_.clear();
  return all;
}

bool ItemAccounts::is_cut(const std::string& item, dialect::LateAudio late) const {
  if (item.empty()) return false;
  switch (late) {
    case dialect::LateAudio::plays:
      break;
    case dialect::LateAudio::same:
      return std::ranges::find(cut_items_, item) != cut_items_.end();
    case dialect::LateAudio::numbered: {
      const auto number = dialect::item_number(item);
      return number && cut_to_ && *number <= *cut_to_;
    }
  }
  return false;
}

}  // namespace audio_stream::stream
