#pragma once

#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace test {

/// An HTTP proxy that knows CONNECT: tests/servers/connect_proxy.py.
class ConnectProxy : public ServerProcess {
 public:
  struct Options {
    std::string basic_auth = {};          ///< "user:password"; anything else gets a 407
    std::vector<std::string> hosts = {};  ///< "name=address", for names it alone can resolve
  };

  ConnectProxy() : ConnectProxy{Options{}} {}
  explicit ConnectProxy(const Options& options);

  /// The next request gets this HTTP status; 0: no answer at all.
  void answer_next(int status);
  /// What the next request asks for: "host:port".
  std::string wait_request();
  /// Where the next tunnel leads to.
  std::string wait_tunnel();
};

}  // namespace test
