#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract_test.hpp"
#include "simulator/call.hpp"

namespace contract {

/// A failure of a server or a network, and what a user must see of it. The call speaks a second of
/// numbered speech from the start of the stream. Then the stream is stopped.
struct Fault {
  using Play = std::function<void(class FaultScene&)>;
  /// drain: a stop that keeps listening; unload: one unload of the module ends all cases.
  enum class End : std::uint8_t { stop, drain, hangup, unload, by_itself };

  std::string name;
  /// The scenario of the first `times` connections, "name?parameters" of raw_server.py. Later ones
  /// are normal.
  std::string server = {};
  int times = 1;
  /// The event besides the final one that must report the failure: "error 11", "error 1 or error
  /// 6"; or none.
  std::string told = {};
  /// The number of connections made before the stop.
  std::size_t connects = 1;
  End end = End::stop;
  std::string reason = "stop";  ///< of the final event
  /// Audio that may be lost although it counts as sent: it was in flight when a connection was
  /// lost.
  std::uint32_t in_flight_ms = 0;
  /// The server did not get all speech: what is missing at the end must be counted.
  bool incomplete = false;
  std::map<std::string, std::string> variables = {};
  std::uint32_t speech_ms = 1000;
  /// The case has a server of its own, for failures before a request.
  bool own_server = false;
  bool deaf = false;  ///< the server does not listen yet
  std::optional<test::TlsFiles> tls = std::nullopt;
  std::string host = {};    ///< host of the URL; empty: the server's
  Play before_speech = {};  ///< on the case's thread, after the start
  Play meanwhile = {};      ///< once the call speaks
  Play afterwards = {};     ///< once the stream was told to end
};

/// What a server received, in samples, by case and connection.
using Received = std::map<std::string, std::vector<std::vector<std::int16_t>>>;

/// A running Fault.
class FaultScene {
 public:
  FaultScene(const Fault& fault, test::RawServer& shared, EventRecorder& events);

  /// Runs the whole case with its checks. `unload` unloads the module once all cases have got
  /// there.
  void play(const std::function<void()>& unload);
  /// Checks the case. Called when the servers have seen the end of all connections, with the audio
  /// that the shared server received and all events.
  void check(const Received& shared, const std::vector<SeenEvent>& all);

  [[nodiscard]] const Fault& fault() const { return fault_; }
  test::RawServer& server() { return *server_; }
  simulator::Call& call() { return *call_; }
  std::string api(const std::string& words);
  void pass(std::uint32_t ms);  ///< waits for that much call time
  void wait_until_said();       ///< waits until all speech was spoken
  /// The stream's events of that name, once there are `count`.
  std::vector<SeenEvent> wait_for(const std::string& name, std::size_t count);
  /// Waits for the event that must report the fault.
  void wait_until_told();
  /// Replaces the case's server by another one on the same port.
  void restart_server(const std::optional<test::TlsFiles>& tls);

 private:
  void start();
  void say_and_wait();
  void end(const std::function<void()>& unload);
  [[nodiscard]] bool ours(const SeenEvent& event) const;
  [[nodiscard]] bool tells(const SeenEvent& event) const;
  void check_events(const std::vector<SeenEvent>& all);
  void check_sums(const nlohmann::json& stats, std::uint64_t samples_received);

  const Fault& fault_;
  EventRecorder& events_;
  std::optional<test::RawServer> own_;
  test::RawServer* server_;
  std::vector<std::vector<std::int16_t>> from_former_server_;
  std::optional<simulator::Call> call_;
  std::string uuid_;
  SeenEvent final_;
  // The call's packets before the start, after the start, and at the end.
  std::uint64_t before_start_ = 0;
  std::uint64_t after_start_ = 0;
  std::uint64_t before_end_ = 0;
  std::uint64_t after_end_ = 0;
};

class FaultTest : public ContractTest {
 protected:
  /// Runs all cases, a few at a time.
  void play(const std::vector<Fault>& faults);
};

}  // namespace contract
