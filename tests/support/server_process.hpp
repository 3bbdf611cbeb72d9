#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/child_process.hpp"
#include "support/wait.hpp"

namespace test {

using json = nlohmann::json;

/// What was waited for did not come, or a command was not obeyed. The message lists what did come.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A server of tests/servers in a process of its own, on the loopback. Commands go to it and events
/// come from it, as JSON objects (see tests/servers/control.py). All methods may be called from any
/// thread. The destructor ends the process, and with it whatever connections it has.
class ServerProcess {
 public:
  using Predicate = std::function<bool(const json& event)>;

  /// Runs `script` (a file name in tests/servers) and waits until it listens. Throws ServerError.
  explicit ServerProcess(const std::string& script, std::vector<std::string> arguments = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess(ServerProcess&&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  [[nodiscard]] int port() const { return port_; }

  /// SIGKILL, and SIGSTOP.
  void kill() const { child_.kill(); }
  void freeze() const { child_.freeze(); }

  /// The URL of a path. An empty host means the address that the server listens on.
  [[nodiscard]] std::string url(std::string_view path = "/", std::string_view scheme = "ws",
                                std::string_view host = "") const;

  /// Sends a command and waits until the server has taken it up; returns its result, mostly null.
  /// A command that sends something does not wait for the client to take it.
  json command(json command);

  /// Returns the oldest event, of those not yet returned, that the predicate accepts, and waits for
  /// one if need be. Events that do not match remain for later calls. `what` names the event in the
  /// ServerError that is thrown when the time is over or the server has ended.
  json wait_for(const Predicate& predicate, std::string_view what,
                std::chrono::milliseconds timeout = default_timeout);
  /// The same, by the event's name.
  json wait_for(std::string_view event, std::chrono::milliseconds timeout = default_timeout);
  /// The same, by the event's name and connection.
  json wait_for(std::string_view event, int connection,
                std::chrono::milliseconds timeout = default_timeout);

  /// Every event so far in the order of arrival, whether returned by wait_for or not.
  [[nodiscard]] std::vector<json> seen() const;
  /// How many events so far the predicate accepts.
  [[nodiscard]] std::size_t count(const Predicate& predicate) const;
  [[nodiscard]] std::size_t count(std::string_view event) const;

 private:
  struct Running {};
  struct Log {
    std::vector<json> events;
    std::vector<bool> returned;        // for each event
    std::size_t first_waiting = 0;     // all events before it have been returned
    std::map<unsigned, json> answers;  // by the number of the command
    unsigned commands = 0;
    bool ended = false;
  };

  ServerProcess(Running, const std::string& script, std::vector<std::string> arguments);

  void read();
  void take(std::string_view line);
  [[nodiscard]] std::string failure(std::string_view what) const;

  std::string name_;
  Guarded<Log> log_;
  ChildProcess child_;
  std::string host_;
  int port_ = 0;
  std::thread reader_;  // takes what the child writes until it ends
};

}  // namespace test
