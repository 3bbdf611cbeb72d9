#pragma once

#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace test {

/// An HTTP proxy with CONNECT: tests/servers/connect_proxy.py.
class ConnectProxy : public ServerProcess {
 public:
  struct Options {
    std::string basic_auth = {};          ///< "user:password"; other requests get a 407
    std::vector<std::string> hosts = {};  ///< "name=address": only the proxy resolves these
  };

  ConnectProxy() : ConnectProxy{Options{}} {}
  explicit ConnectProxy(const Options& options);

  /// Answers the next request with this HTTP status. 0: no answer.
  void answer_next(int status);
  /// The target of the next request: "host:port".
  std::string wait_request();
  /// The target of the next tunnel.
  std::string wait_tunnel();
};

}  // namespace test
