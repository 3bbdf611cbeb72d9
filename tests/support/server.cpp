#include "support/server.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace test {
namespace {

std::vector<std::string> with(const ListenOptions& options, std::vector<std::string> arguments) {
  const auto add = [&](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {name, value});
  };
  add("--bind", options.bind);
  add("--port", std::to_string(options.port));
  if (options.receive_buffer > 0) add("--receive-buffer", std::to_string(options.receive_buffer));
  if (options.quiet) arguments.emplace_back("--quiet");
  if (options.tls) {
    add("--tls-cert", options.tls->certificate);
    add("--tls-key", options.tls->key);
    if (!options.tls->most.empty()) add("--tls-most", options.tls->most);
    if (!options.tls->client_ca.empty()) add("--tls-client-ca", options.tls->client_ca);
  }
  return arguments;
}

std::string to_base64(std::string_view text) {
  return base64_encode(Bytes{text.begin(), text.end()});
}

Bytes data_of(const json& event) {
  const auto data = event.find("data");
  if (data == event.end()) throw ServerError{"this server keeps no data: " + event.dump()};
  return base64_decode(data->get<std::string>());
}

std::string text_of(const json& event) {
  const Bytes data = data_of(event);
  return {data.begin(), data.end()};
}

std::optional<int> optional_code(const json& event, const char* name) {
  const json code = event.value(name, json{});
  return code.is_null() ? std::nullopt : std::optional{code.get<int>()};
}

std::string text_or_empty(const json& event, const char* name) {
  const json value = event.value(name, json{});
  return value.is_string() ? value.get<std::string>() : std::string{};
}

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

Opened opened(const json& event) {
  Opened result;
  result.connection = event.at("conn");
  result.path = event.at("path");
  for (const json& field : event.at("headers")) {
    result.headers.emplace_back(field.at(0).get<std::string>(), field.at(1).get<std::string>());
  }
  result.extensions = text_or_empty(event, "extensions");
  result.subprotocol = text_or_empty(event, "subprotocol");
  if (const json tls = event.value("tls", json{}); !tls.is_null()) {
    result.tls = ConnectionTls{text_or_empty(tls, "version"), text_or_empty(tls, "asked_name"),
                               text_or_empty(tls, "client_name"), tls.value("resumed", false)};
  }
  return result;
}

Closed closed(const json& event) {
  Closed result;
  result.connection = event.at("conn");
  result.code = event.at("code");
  result.reason = event.at("reason");
  result.by = event.at("by");
  result.tcp = text_or_empty(event, "tcp");
  result.received_code = optional_code(event, "received_code");
  result.sent_code = optional_code(event, "sent_code");
  result.binary_messages = event.at("binary_messages");
  result.binary_bytes = event.at("binary_bytes");
  return result;
}

}  // namespace

std::optional<std::string> Opened::header(std::string_view name) const {
  for (const auto& [candidate, value] : headers) {
    if (same_name(candidate, name)) return value;
  }
  return std::nullopt;
}

Server::Server(const std::string& script, const ListenOptions& options,
               std::vector<std::string> arguments)
    : ServerProcess{script, with(options, std::move(arguments))},
      scheme_{options.tls ? "wss" : "ws"} {}

std::string Server::url(std::string_view path, std::string_view host) const {
  return ServerProcess::url(path, scheme_, host);
}

void Server::send_text(int connection, std::string_view text) {
  command({{"cmd", "send_text"}, {"conn", connection}, {"data", text}});
}

void Server::send_binary(int connection, std::span<const std::uint8_t> data) {
  command({{"cmd", "send_binary"}, {"conn", connection}, {"data", base64_encode(data)}});
}

void Server::ping(int connection, std::string_view payload) {
  command({{"cmd", "ping"}, {"conn", connection}, {"data", to_base64(payload)}});
}

void Server::close(int connection, int code, std::string_view reason) {
  command({{"cmd", "close"}, {"conn", connection}, {"code", code}, {"reason", reason}});
}

void Server::abort(int connection) {
  command({{"cmd", "abort"}, {"conn", connection}});
}

void Server::pause_reading(int connection) {
  command({{"cmd", "pause_reading"}, {"conn", connection}});
}

void Server::resume_reading(int connection) {
  command({{"cmd", "resume_reading"}, {"conn", connection}});
}

void Server::stop_listening() {
  command({{"cmd", "stop_listening"}});
}

void Server::listen_again() {
  command({{"cmd", "listen_again"}});
  wait_for("listening");
}

Opened Server::wait_open(std::chrono::milliseconds timeout) {
  return opened(wait_for("open", timeout));
}

Opened Server::wait_open(int connection, std::chrono::milliseconds timeout) {
  return opened(wait_for("open", connection, timeout));
}

std::string Server::wait_text(int connection, std::chrono::milliseconds timeout) {
  return wait_for("text", connection, timeout).at("data");
}

Bytes Server::wait_binary(int connection, std::chrono::milliseconds timeout) {
  return data_of(wait_for("binary", connection, timeout));
}

Bytes Server::wait_binary_bytes(int connection, std::size_t at_least,
                                std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  Bytes collected;
  while (collected.size() < at_least) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const std::string what = "a binary message of connection " + std::to_string(connection) +
                             " (have " + std::to_string(collected.size()) + " of " +
                             std::to_string(at_least) + " bytes)";
    const auto wanted = [connection](const json& event) {
      return event.value("event", "") == "binary" && event.value("conn", 0) == connection;
    };
    const Bytes data =
        data_of(wait_for(wanted, what, std::max(left, std::chrono::milliseconds{0})));
    collected.insert(collected.end(), data.begin(), data.end());
  }
  return collected;
}

std::string Server::wait_ping(int connection, std::chrono::milliseconds timeout) {
  return text_of(wait_for("ping", connection, timeout));
}

std::string Server::wait_pong(int connection, std::chrono::milliseconds timeout) {
  return text_of(wait_for("pong", connection, timeout));
}

Closed Server::wait_close(int connection, std::chrono::milliseconds timeout) {
  return closed(wait_for("close", connection, timeout));
}

}  // namespace test
