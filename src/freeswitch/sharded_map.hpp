#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace audio_stream::freeswitch {

/// A map from addresses to values, split into 2^Bits shards with a mutex each, so that many threads
/// that each look up their own key often hardly ever contend. Any thread.
template <class Key, class Value, unsigned Bits>
class ShardedMap {
 public:
  /// Its functions are called with its mutex held, which is held for a lookup and no longer.
  class alignas(64) Shard {
   public:
    std::mutex mutex;

    /// The value of `key`, or nothing. Stays where it is until the next put() or take().
    [[nodiscard]] Value* find(const Key* key) noexcept {
      const auto place = place_of(key);
      return place == places_.end() ? nullptr : &place->value;
    }
    /// For a key that has none.
    void put(const Key* key, Value value) { places_.push_back({key, std::move(value)}); }
    /// Removes the value, for the caller to destroy without the mutex.
    Value take(const Key* key) noexcept {
      const auto place = place_of(key);
      if (place == places_.end()) return {};
      Value value = std::move(place->value);
      places_.erase(place);
      return value;
    }

   private:
    struct Place {
      const Key* key;
      Value value;
    };

    typename std::vector<Place>::iterator place_of(const Key* key) noexcept {
      return std::ranges::find(places_, key, &Place::key);
    }

    std::vector<Place> places_;
  };

  [[nodiscard]] Shard& shard_of(const Key* key) noexcept {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): pools make addresses alike.
    const auto address = reinterpret_cast<std::uintptr_t>(key);
    return shards_[(std::uint64_t{address} * 0x9E3779B97F4A7C15U) >> (64U - Bits)];
  }

 private:
  std::array<Shard, std::size_t{1} << Bits> shards_;
};

}  // namespace audio_stream::freeswitch
