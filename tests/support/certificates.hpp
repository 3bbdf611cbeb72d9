#pragma once

#include <filesystem>
#include <string_view>

#include "support/server.hpp"
#include "support/temporary_directory.hpp"

namespace test {

/// Real certificates from tests/servers/make_certificates.sh, in a directory that exists as long as
/// this object. Making them takes about a quarter of a second.
class Certificates {
 public:
  /// Throws std::runtime_error if openssl fails.
  Certificates();

  /// The authority that signed "server", "wrong-name", "expired" and "client".
  [[nodiscard]] std::filesystem::path ca() const { return certificate("ca"); }
  /// The authority that signed "other-server" and "other-client".
  [[nodiscard]] std::filesystem::path other_ca() const { return certificate("other-ca"); }

  /// PEM files by name: "server" (localhost, 127.0.0.1, ::1), "wrong-name", "expired",
  /// "self-signed", "client", "other-server", "other-client".
  [[nodiscard]] std::filesystem::path certificate(std::string_view name) const;
  [[nodiscard]] std::filesystem::path key(std::string_view name) const;

  /// For ListenOptions::tls.
  [[nodiscard]] TlsFiles tls(std::string_view name = "server",
                             bool client_certificate_required = false) const;

 private:
  TemporaryDirectory directory_;
};

}  // namespace test
