#pragma once

namespace test {

#if defined(__has_feature)
inline constexpr bool kAddressSanitized = __has_feature(address_sanitizer);
inline constexpr bool kSanitized = kAddressSanitized || __has_feature(thread_sanitizer);
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kAddressSanitized = true;
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kAddressSanitized = false;
inline constexpr bool kSanitized = false;
#endif

}  // namespace test
