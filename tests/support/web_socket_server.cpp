#include "support/web_socket_server.hpp"

namespace test {
namespace {

std::vector<std::string> arguments(const WebSocketServerOptions& options) {
  std::vector<std::string> result{options.deflate ? "--deflate" : "--no-deflate"};
  const auto flag = [&](bool wanted, const char* name) {
    if (wanted) result.emplace_back(name);
  };
  const auto value = [&](const char* name, const std::string& text) {
    if (!text.empty()) result.insert(result.end(), {name, text});
  };
  flag(options.server_no_context_takeover, "--server-no-context-takeover");
  flag(options.client_no_context_takeover, "--client-no-context-takeover");
  flag(!options.audio_data, "--no-audio-data");
  flag(!options.binary_events, "--no-binary-events");
  flag(options.echo, "--echo");
  for (const std::string& name : options.subprotocols) value("--subprotocol", name);
  value("--basic-auth", options.basic_auth);
  value("--record", options.record);
  if (options.ping_interval) value("--ping-interval", std::to_string(*options.ping_interval));
  if (options.close_timeout) value("--close-timeout", std::to_string(*options.close_timeout));
  return result;
}

}  // namespace

WebSocketServer::WebSocketServer(const WebSocketServerOptions& options)
    : Server{"ws_server.py", options.listen, arguments(options)} {}

void WebSocketServer::refuse_next(int count, int status, std::optional<int> retry_after_seconds) {
  json order{{"cmd", "refuse_next"}, {"n", count}, {"status", status}};
  if (retry_after_seconds) order["retry_after"] = *retry_after_seconds;
  command(std::move(order));
}

json WebSocketServer::wait_refused(std::chrono::milliseconds timeout) {
  return wait_for("refused", timeout);
}

std::map<int, Counters> WebSocketServer::counters() {
  std::map<int, Counters> result;
  const json stats = command({{"cmd", "stats"}});
  for (const auto& [connection, counts] : stats.items()) {
    result[std::stoi(connection)] = {counts.at("binary_messages"), counts.at("binary_bytes"),
                                     counts.at("texts")};
  }
  return result;
}

}  // namespace test
