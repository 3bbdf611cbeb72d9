#include "base/redacted.hpp"

#include <algorithm>

#include "base/printable.hpp"

namespace audio_stream::base {
namespace {

constexpr std::string_view kLeftOut = "...";
constexpr std::string_view kSchemeEnd = "://";
constexpr std::size_t kLongestScheme = 8;

bool is_scheme_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_port_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The position where a query or JSON begins.
std::size_t begin_of_secret(std::string_view text) {
  return std::min(text.find_first_of("?{"), text.find("[\""));
}

/// Keeps the port after a host only if it is a number. Otherwise it may be a password: part of a
/// "user:...@" whose end is missing.
std::string_view without_odd_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return host;
  const std::string_view port = host.substr(colon + 1);
  return std::all_of(port.begin(), port.end(), is_port_digit) ? host : host.substr(0, colon);
}

/// The part of the URL `text` that may be shown. Its scheme ends at `at`.
std::string of_url(std::string_view text, std::size_t at, std::size_t most,
                   bool with_path = false) {
  const std::string_view scheme = text.substr(0, at);
  if (scheme.empty() || scheme.size() > kLongestScheme ||
      !std::all_of(scheme.begin(), scheme.end(), is_scheme_letter)) {
    return std::string{kLeftOut};
  }
  const std::string_view rest = text.substr(at + kSchemeEnd.size());
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view tail = rest.substr(end);
  std::string out{text.substr(0, at + kSchemeEnd.size())};
  // A password may contain '/', '?' or '#'. Then `tail` is a part of it.
  if (tail.find('@') != std::string_view::npos) return out.append(kLeftOut);
  std::string_view host = rest.substr(0, end);
  host = host.substr(host.rfind('@') + 1);  // npos + 1 is 0
  const std::string_view name = without_odd_port(host);
  out += printable(name, most);
  if (name.size() < host.size()) out.append(":").append(kLeftOut);
  const std::size_t path_end = with_path ? std::min(tail.find_first_of("?#"), tail.size()) : 0;
  out += printable(tail.substr(0, path_end), most);
  if (path_end == tail.size() || with_path) return out;
  return tail == "/" ? out.append("/") : out.append("/").append(kLeftOut);
}

}  // namespace

std::string redacted(std::string_view text, std::size_t most) {
  if (const std::size_t at = text.find(kSchemeEnd); at != std::string_view::npos) {
    return of_url(text, at, most);
  }
  std::string out;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    // A password may precede the '@'. A query that begins before the '@' may continue after it.
    if (begin_of_secret(text) < at) return std::string{kLeftOut};
    out = kLeftOut;
    text.remove_prefix(at + 1);
  }
  const std::size_t secret = begin_of_secret(text);
  const bool all =
      secret == std::string_view::npos || secret + 1 == text.size() || text.substr(secret) == "{}";
  out += printable(all ? text : text.substr(0, secret + 1), most);
  if (!all && !out.ends_with(kLeftOut)) out += kLeftOut;
  return out;
}

std::string redacted_location(std::string_view url, std::size_t most) {
  if (const std::size_t at = url.find(kSchemeEnd); at != std::string_view::npos) {
    return of_url(url, at, most, true);
  }
  return printable(url.substr(0, url.find_first_of("?#")), most);
}

std::string quoted(std::string_view word, std::size_t most) {
  return "\"" + redacted(word, most) + "\"";
}

}  // namespace audio_stream::base
