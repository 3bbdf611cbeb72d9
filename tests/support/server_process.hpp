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

/// A timeout, or a command that failed. The message lists the events that came.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A server of tests/servers in its own process, on the loopback. Commands and events are JSON
/// objects (see tests/servers/control.py). All methods may be called from any thread. The
/// destructor ends the process and its connections.
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

  /// The URL of a path. An empty host means the server's address.
  [[nodiscard]] std::string url(std::string_view path = "/", std::string_view scheme = "ws",
                                std::string_view host = "") const;

  /// Sends a command, waits until the server has handled it, and returns its result, usually null.
  /// A command that sends something does not wait for the client to receive it.
  json command(json command);

  /// Returns the oldest event that was not returned before and that the predicate accepts, and
  /// waits for it if necessary. Other events stay for later calls. `what` names the event in the
  /// ServerError of a timeout or of a server that has ended.
  json wait_for(const Predicate& predicate, std::string_view what,
                std::chrono::milliseconds timeout = default_timeout);
  /// As above, by the event's name.
  json wait_for(std::string_view event, std::chrono::milliseconds timeout = default_timeout);
  /// As above, by the event's name and connection.
  json wait_for(std::string_view event, int connection,
                std::chrono::milliseconds timeout = default_timeout);

  /// All events so far in order, whether or not wait_for() returned them.
  [[nodiscard]] std::vector<json> seen() const;
  /// The number of events so far that the predicate accepts.
  [[nodiscard]] std::size_t count(const Predicate& predicate) const;
  [[nodiscard]] std::size_t count(std::string_view event) const;

 private:
  struct Running {};
  struct Log {
    std::vector<json> events;
    std::vector<bool> returned;        // for each event
    std::size_t first_waiting = 0;     // all earlier events were returned
    std::map<unsigned, json> answers;  // by command number
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
  std::thread reader_;  // reads the child's output until it ends
};

}  // namespace test
