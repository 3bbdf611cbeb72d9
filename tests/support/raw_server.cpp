#include "support/raw_server.hpp"

namespace test {
namespace {

std::vector<std::string> arguments(const RawServerOptions& options) {
  if (options.scenario.empty()) return {};
  return {"--scenario", options.scenario};
}

Frame frame(const json& event) {
  return {event.at("fin"),
          event.at("rsv"),
          event.at("opcode"),
          event.at("masked"),
          base64_decode(event.at("data").get<std::string>()),
          base64_decode(event.at("mask").get<std::string>())};
}

}  // namespace

RawServer::RawServer(const RawServerOptions& options)
    : Server{"raw_server.py", options.listen, arguments(options)} {}

void RawServer::play(std::string_view scenario, std::optional<int> next) {
  json order{{"cmd", "scenario"}, {"name", scenario}};
  if (next) order["next"] = *next;
  command(std::move(order));
}

void RawServer::play_by_path() {
  command({{"cmd", "scenario"}});
}

std::vector<ScenarioDescription> RawServer::scenarios() {
  std::vector<ScenarioDescription> result;
  for (const json& item : command({{"cmd", "scenarios"}})) {
    result.push_back({item.at("name"), item.at("description"), item.at("reads_request")});
  }
  return result;
}

void RawServer::send_raw(int connection, std::span<const std::uint8_t> data) {
  command({{"cmd", "send_raw"}, {"conn", connection}, {"data", base64_encode(data)}});
}

void RawServer::fin(int connection) {
  command({{"cmd", "fin"}, {"conn", connection}});
}

int RawServer::wait_connected(std::chrono::milliseconds timeout) {
  return wait_for("connected", timeout).at("conn");
}

std::string RawServer::wait_tls_failed(std::chrono::milliseconds timeout) {
  return wait_for("tls_failed", timeout).at("message");
}

Frame RawServer::wait_frame(int connection, std::chrono::milliseconds timeout) {
  return frame(wait_for("frame", connection, timeout));
}

Frame RawServer::wait_frame(int connection, Opcode opcode, std::chrono::milliseconds timeout) {
  const auto wanted = [connection, opcode](const json& event) {
    return event.value("event", "") == "frame" && event.value("conn", 0) == connection &&
           event.value("opcode", -1) == static_cast<int>(opcode);
  };
  return frame(wait_for(wanted,
                        "a frame of opcode " + std::to_string(static_cast<int>(opcode)) +
                            " of connection " + std::to_string(connection),
                        timeout));
}

}  // namespace test
