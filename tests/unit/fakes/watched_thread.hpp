#pragma once

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AUDIO_STREAM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AUDIO_STREAM_SANITIZED 1
#endif
#endif
#if !defined(AUDIO_STREAM_SANITIZED)
#define AUDIO_STREAM_SANITIZED 0
#endif

namespace audio_stream::test {

/// The calling thread's allocations and locks since `watch_this_thread()`, counted by replaced
/// functions of the unit tests' executable.
///
/// A sanitizer replaces these functions itself, so with it locks are not counted.
struct Deeds {
  std::uint64_t allocations = 0;  ///< operator new, malloc and related functions
  std::uint64_t locks = 0;        ///< pthread mutexes and rwlocks
};

void watch_this_thread() noexcept;
Deeds deeds_of_this_thread() noexcept;

}  // namespace audio_stream::test
