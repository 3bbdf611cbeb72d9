#include "transport/echoed_secrets.hpp"

#include <algorithm>
#include <utility>

#include "transport/authority.hpp"

namespace audio_stream::transport {
namespace {

// Shorter words are too common to be secrets worth hiding.
constexpr std::size_t kShortestSecret = 4;
// Longer than the words "Bearer" and "Basic", which may well end a text.
constexpr std::size_t kShortestBeginning = 8;
// Messages show less of a text than this. It bounds the time of the search.
constexpr std::size_t kMostText = 4096;
constexpr std::string_view kReplacement = "(not shown)";

/// The spelling of `text` in a JSON string. Some encoders escape slashes.
std::string in_json(std::string_view text, bool slashes) {
  std::string spelled;
  for (const char c : text) {
    if (c == '"' || c == '\\' || (c == '/' && slashes)) spelled += '\\';
    spelled += c;
  }
  return spelled;
}

/// The length of the beginning of `secret` that ends `text`.
std::size_t begun_at_end(std::string_view text, std::string_view secret) {
  for (std::size_t size = std::min(text.size(), secret.size()); size >= kShortestBeginning;
       --size) {
    if (text.ends_with(secret.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

EchoedSecrets::EchoedSecrets(const Endpoint& endpoint, std::string_view token) {
  const Url& url = endpoint.url;
  add(std::string{token});
  if (!url.userinfo.empty()) {
    add_parts_of(url.userinfo, ':');
    add_parts_of(basic_credentials(url.userinfo), ' ');
  }
  for (std::string_view secret : url.secrets) {
    if (secret.ends_with('@')) add_parts_of(secret.substr(0, secret.size() - 1), ':');
    if (!secret.starts_with('?')) {
      add(std::string{secret});
      continue;
    }
    secret.remove_prefix(1);
    while (!secret.empty()) {
      const auto end = std::min(secret.find('&'), secret.size());
      const std::string_view pair = secret.substr(0, end);
      add_parts_of(pair, '=');
      if (const auto decoded = percent_decoded(pair.substr(pair.find('=') + 1))) add(*decoded);
      secret.remove_prefix(std::min(end + 1, secret.size()));
    }
  }
  for (const auto& [name, value] : endpoint.headers) add_parts_of(value, ' ');
  for (const auto& name : endpoint.subprotocols) add(name);
}

void EchoedSecrets::add_parts_of(std::string_view text, char separator) {
  add(std::string{text});
  if (const auto at = text.rfind(separator); at != std::string_view::npos) {
    add(std::string{text.substr(at + 1)});
  }
}

void EchoedSecrets::add(std::string secret) {
  if (secret.size() < kShortestSecret) return;
  for (const bool slashes : {false, true}) {
    std::string spelled = in_json(secret, slashes);
    if (spelled != secret) secrets_.push_back(std::move(spelled));
  }
  secrets_.push_back(std::move(secret));
}

std::string EchoedSecrets::hidden(std::string_view text) const {
  text = text.substr(0, kMostText);
  // Secrets may overlap or contain each other, so each byte is marked separately.
  std::vector<bool> secret_bytes(text.size());
  const auto hide = [&](std::size_t at, std::size_t size) {
    std::fill_n(secret_bytes.begin() + static_cast<std::ptrdiff_t>(at), size, true);
  };
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string_view::npos;
         at = text.find(secret, at + 1)) {
      hide(at, secret.size());
    }
    const std::size_t begun = begun_at_end(text, secret);
    hide(text.size() - begun, begun);
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!secret_bytes[i]) {
      out += text[i];
    } else if (i == 0 || !secret_bytes[i - 1]) {
      out += kReplacement;
    }
  }
  return out;
}

}  // namespace audio_stream::transport
