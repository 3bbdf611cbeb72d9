#include "support/connect_proxy.hpp"

namespace test {
namespace {

std::vector<std::string> arguments(const ConnectProxy::Options& options) {
  std::vector<std::string> result;
  if (!options.basic_auth.empty()) {
    result.insert(result.end(), {"--basic-auth", options.basic_auth});
  }
  for (const std::string& host : options.hosts) result.insert(result.end(), {"--host", host});
  return result;
}

}  // namespace

ConnectProxy::ConnectProxy(const Options& options)
    : ServerProcess{"connect_proxy.py", arguments(options)} {}

void ConnectProxy::answer_next(int status) {
  command({{"cmd", "answer"}, {"status", status}});
}

std::string ConnectProxy::wait_request() {
  return wait_for("request").at("target");
}

std::string ConnectProxy::wait_tunnel() {
  return wait_for("tunnel").at("target");
}

}  // namespace test
