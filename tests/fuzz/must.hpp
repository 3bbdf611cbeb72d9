#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

/// What a fuzz target promises of its results: the fuzzer keeps the input that breaks it.
inline void must(bool holds, const char* promise, std::string_view shown = {}) {
  if (holds) return;
  std::cerr << "broken promise: " << promise << '\n' << shown << '\n' << std::flush;
  std::abort();
}

// What is told of a long text byte by byte, but without a branch for each: the fuzzer would take
// the ways of such a check for the program's, and most of a run's time would go there.

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

/// Of a message for people.
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
