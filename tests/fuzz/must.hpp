#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

/// A property of a target's results. The fuzzer keeps an input that violates it.
inline void must(bool holds, const char* promise, std::string_view shown = {}) {
  if (holds) return;
  std::cerr << "broken promise: " << promise << '\n' << shown << '\n' << std::flush;
  std::abort();
}

// Without branches for each byte of a long text: the fuzzer would take them for branches of the
// program and spend most of its time on them.

inline bool is_ascii(std::string_view text) {
  unsigned all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

inline bool has_control_characters(std::string_view text) {
  unsigned found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= static_cast<unsigned>(byte < ' ') | static_cast<unsigned>(byte == 0x7F);
  }
  return found != 0;
}

/// For messages that people read.
inline void must_be_a_line(std::string_view text) {
  must(!text.empty(), "a message says something");
  must(is_ascii(text) || audio_stream::base::is_utf8(text), "a message is UTF-8", text);
  must(!has_control_characters(text), "a message breaks no line and no terminal", text);
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
