#include "support/certificates.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include "support/child_process.hpp"

namespace test {

Certificates::Certificates() {
  const std::string script = std::string{TEST_SERVERS_DIR} + "/make_certificates.sh";
  ChildProcess child{{script, directory_.path().string()}};
  std::array<char, 256> ignored{};
  while (child.receive(ignored) > 0) {
  }
  if (!std::filesystem::exists(directory_.path() / "complete")) {
    throw std::runtime_error{script + " failed"};
  }
}

std::filesystem::path Certificates::certificate(std::string_view name) const {
  return directory_.path() / (std::string{name} + ".crt");
}

std::filesystem::path Certificates::key(std::string_view name) const {
  return directory_.path() / (std::string{name} + ".key");
}

TlsFiles Certificates::tls(std::string_view name, bool client_certificate_required) const {
  return {certificate(name),
          key(name),
          client_certificate_required ? ca() : std::filesystem::path{},
          {}};
}

}  // namespace test
