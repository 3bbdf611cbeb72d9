#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace audio_stream::freeswitch {

/// Values by the address of what they belong to, each on one of 2^Bits shelves with a mutex of its
/// own: so that many threads, each of which often looks for its own, hardly ever meet. Any thread.
template <class Key, class Value, unsigned Bits>
class Shelves {
 public:
  /// Its functions only while its mutex is held; nobody holds that for longer than it takes to
  /// look.
  class alignas(64) Shelf {
   public:
    std::mutex mutex;

    /// The value of `key`, or nothing. Stays where it is until the next put() or take().
    [[nodiscard]] Value* find(const Key* key) noexcept {
      const auto place = place_of(key);
      return place == places_.end() ? nullptr : &place->value;
    }
    /// For a key that has none.
    void put(const Key* key, Value value) { places_.push_back({key, std::move(value)}); }
    /// Takes away what is there, for the caller to let go of without the mutex.
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

  [[nodiscard]] Shelf& of(const Key* key) noexcept {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): pools make addresses alike.
    const auto address = reinterpret_cast<std::uintptr_t>(key);
    return shelves_[(std::uint64_t{address} * 0x9E3779B97F4A7C15U) >> (64U - Bits)];
  }

 private:
  std::array<Shelf, std::size_t{1} << Bits> shelves_;
};

}  // namespace audio_stream::freeswitch
