#include "transport/bearer_file.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/blanks.hpp"
#include "transport/settings_file.hpp"

namespace audio_stream::transport {
namespace {

// More than any token that fits a server's limit on headers.
constexpr std::size_t kMostBytes = 16 * 1024;

bool is_bearer_token(std::string_view text) {
  const std::string_view body = text.substr(0, text.find_last_not_of('=') + 1);
  return !body.empty() && std::all_of(body.begin(), body.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"-._~+/"}.find(c) != std::string_view::npos;
  });
}

}  // namespace

tl::expected<std::string, std::string> read_bearer_file(const std::string& path) {
  const auto cannot = [&path](const std::string& why) {
    return tl::unexpected("bearer file \"" + path + "\" can't be used: " + why);
  };
  auto file = read_settings_file(path, kMostBytes);
  if (!file) return cannot(file.error().why);
  std::string& text = *file;
  text.erase(0, std::min(text.find_first_not_of(base::kBlanks), text.size()));
  text.resize(text.find_last_not_of(base::kBlanks) + 1);
  if (!is_bearer_token(text)) return cannot("it must hold a token (RFC 6750) and nothing else");
  return std::move(text);
}

}  // namespace audio_stream::transport
