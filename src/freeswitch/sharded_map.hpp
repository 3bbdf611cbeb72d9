#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace audio_stream::freeswitch {

/// A map from addresses to values, in 2^Bits shards with a mutex each, so that threads that look up
/// different keys rarely contend. Any thread.
template <class Key, class Value, unsigned Bits>
class ShardedMap {
 public:
  /// Call its functions with its mutex held. A thread that looks up holds it no longer than that. A
  /// thread that puts or takes may hold it while it calls the core, so that both happen as one.
  class alignas(64) Shard {
   public:
    std::mutex mutex;

    /// The value of `key`, or null. Valid until the next put() or take().
    [[nodiscard]] Value* find(const Key* key) noexcept {
      const auto place = place_of(key);
      return place == places_.end() ? nullptr : &place->value;
    }
    /// `key` has no value yet.
    void put(const Key* key, Value value) { places_.push_back({key, std::move(value)}); }
    /// Removes the value. The caller destroys it after unlocking the mutex.
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
    // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4), because objects from memory
    // pools have similar addresses.
    const auto address = reinterpret_cast<std::uintptr_t>(key);
    return shards_[(std::uint64_t{address} * 0x9E3779B97F4A7C15U) >> (64U - Bits)];
  }

 private:
  std::array<Shard, std::size_t{1} << Bits> shards_;
};

}  // namespace audio_stream::freeswitch
