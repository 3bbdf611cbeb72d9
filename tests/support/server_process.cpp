#include "support/server_process.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace test {
namespace {

constexpr std::chrono::milliseconds start_timeout{30'000};
constexpr std::chrono::milliseconds quit_timeout{2'000};
constexpr std::size_t listed_events = 30;
constexpr std::size_t listed_characters = 240;

std::vector<std::string> command_line(const std::string& script,
                                      std::vector<std::string> arguments) {
  std::vector<std::string> command{TEST_PYTHON, std::string{TEST_SERVERS_DIR} + '/' + script};
  std::move(arguments.begin(), arguments.end(), std::back_inserter(command));
  return command;
}

std::string joined(const std::string& script, const std::vector<std::string>& arguments) {
  std::string name = script;
  for (const std::string& argument : arguments) name += ' ' + argument;
  return name;
}

bool is(const json& event, std::string_view name) {
  return event.value("event", std::string{}) == name;
}

std::string shortened(const json& event) {
  std::string text = event.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > listed_characters) text = text.substr(0, listed_characters) + "...";
  return text;
}

}  // namespace

ServerProcess::ServerProcess(Running, const std::string& script, std::vector<std::string> arguments)
    : name_{joined(script, arguments)},
      child_{command_line(script, std::move(arguments))},
      reader_{[this] { read(); }} {}

// The constructor delegates, so the destructor runs even if the rest throws.
ServerProcess::ServerProcess(const std::string& script, std::vector<std::string> arguments)
    : ServerProcess{Running{}, script, std::move(arguments)} {
  const json listening = wait_for("listening", start_timeout);
  port_ = listening.at("port");
  host_ = listening.at("host");
}

ServerProcess::~ServerProcess() {
  const bool asked = child_.send("{\"cmd\":\"quit\"}\n");
  if (!asked || !log_.wait([](const Log& log) { return log.ended; }, quit_timeout)) child_.kill();
  reader_.join();
}

std::string ServerProcess::url(std::string_view path, std::string_view scheme,
                               std::string_view host) const {
  std::string name{host.empty() ? std::string_view{host_} : host};
  if (name.find(':') != std::string::npos) name = '[' + name + ']';
  return std::string{scheme} + "://" + name + ':' + std::to_string(port_) + std::string{path};
}

json ServerProcess::command(json command) {
  const unsigned number = log_.change([](Log& log) { return ++log.commands; });
  command["id"] = number;
  child_.send(command.dump() + '\n');
  json answer;
  const bool answered = log_.wait([&](Log& log) {
    const auto found = log.answers.find(number);
    if (found == log.answers.end()) return log.ended;
    answer = std::move(found->second);
    log.answers.erase(found);
    return true;
  });
  if (!answered || answer.is_null())
    throw ServerError{failure("an answer to " + shortened(command))};
  if (is(answer, "error")) throw ServerError{name_ + ": " + answer.value("message", "error")};
  return answer.value("result", json{});
}

json ServerProcess::wait_for(const Predicate& predicate, std::string_view what,
                             std::chrono::milliseconds timeout) {
  std::optional<json> match;
  std::size_t next = 0;  // all earlier events were checked
  const auto look = [&](Log& log) {
    for (next = std::max(next, log.first_waiting); next < log.events.size(); ++next) {
      if (log.returned[next] || !predicate(log.events[next])) continue;
      match = log.events[next];
      log.returned[next] = true;
      while (log.first_waiting < log.returned.size() && log.returned[log.first_waiting]) {
        ++log.first_waiting;
      }
      return true;
    }
    return log.ended;
  };
  if (!log_.wait(look, timeout) || !match) throw ServerError{failure(what)};
  return *std::move(match);
}

json ServerProcess::wait_for(std::string_view event, std::chrono::milliseconds timeout) {
  return wait_for([event](const json& candidate) { return is(candidate, event); },
                  "event " + std::string{event}, timeout);
}

json ServerProcess::wait_for(std::string_view event, int connection,
                             std::chrono::milliseconds timeout) {
  return wait_for(
      [event, connection](const json& candidate) {
        return is(candidate, event) && candidate.value("conn", 0) == connection;
      },
      "event " + std::string{event} + " of connection " + std::to_string(connection), timeout);
}

std::vector<json> ServerProcess::seen() const {
  return log_.read([](const Log& log) { return log.events; });
}

std::size_t ServerProcess::count(const Predicate& predicate) const {
  return log_.read([&](const Log& log) {
    return static_cast<std::size_t>(std::count_if(log.events.begin(), log.events.end(), predicate));
  });
}

std::size_t ServerProcess::count(std::string_view event) const {
  return count([event](const json& candidate) { return is(candidate, event); });
}

void ServerProcess::read() {
  std::array<char, 65536> buffer{};
  std::string pending;
  while (const std::size_t size = child_.receive(buffer)) {
    pending.append(buffer.data(), size);
    std::size_t start = 0;
    for (std::size_t end = 0; (end = pending.find('\n', start)) != std::string::npos;) {
      take(std::string_view{pending}.substr(start, end - start));
      start = end + 1;
    }
    pending.erase(0, start);
  }
  log_.change([](Log& log) { log.ended = true; });
}

void ServerProcess::take(std::string_view line) {
  json event = json::parse(line, nullptr, false);
  if (!event.is_object()) event = {{"event", "unreadable"}, {"line", std::string{line}}};
  log_.change([&](Log& log) {
    const json number = event.value("id", json{});
    if (number.is_number()) {
      log.answers[number.get<unsigned>()] = std::move(event);
    } else {
      log.events.push_back(std::move(event));
      log.returned.push_back(false);
    }
  });
}

std::string ServerProcess::failure(std::string_view what) const {
  return log_.read([&](const Log& log) {
    std::string text = name_ + " did not bring " + std::string{what};
    if (log.ended) text += "; its process has ended";
    const std::size_t first =
        log.events.size() > listed_events ? log.events.size() - listed_events : 0;
    text += "; " + std::to_string(log.events.size()) + " events came";
    if (first > 0) text += ", the last of them";
    text += log.events.empty() ? "" : " (* already returned):";
    for (std::size_t i = first; i < log.events.size(); ++i) {
      text += log.returned[i] ? "\n * " : "\n   ";
      text += shortened(log.events[i]);
    }
    return text;
  });
}

}  // namespace test
