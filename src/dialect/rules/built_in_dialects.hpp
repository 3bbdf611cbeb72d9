#pragma once

#include <span>
#include <string_view>

namespace audio_stream::dialect::rules {

/// A file of conf/dialects/. CMake writes the function's definition.
struct BuiltInDialect {
  std::string_view file;
  std::string_view xml;
};

/// Those that are based on another come after it.
std::span<const BuiltInDialect> built_in_dialects() noexcept;

}  // namespace audio_stream::dialect::rules
