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

/// A server, or a network, that fails, and what a user must see of it. The call says a second of
/// numbered speech from the moment the stream is started; then the stream is stopped.
struct Fault {
  using Play = std::function<void(class FaultScene&)>;
  /// drain: a stop that listens on for a while; unload: the module's, of all cases at once.
  enum class End : std::uint8_t { stop, drain, hangup, unload, by_itself };

  std::string name;
  /// What the first connections do, "name?parameters" of raw_server.py; after them it is normal.
  std::string server = {};
  int times = 1;
  /// Another event than that of the end must tell of it: "error 11", "error 1 or error 6"; or
  /// none.
  std::string told = {};
  /// So many connections must have stood before the stream is stopped.
  std::size_t connects = 1;
  End end = End::stop;
  std::string reason = "stop";  ///< of the final event
  /// What may be lost although it counts as sent: it was on its way in a connection that broke.
  std::uint32_t in_flight_ms = 0;
  /// Not all was said to a server that took it: what is missing at the end must be counted.
  bool incomplete = false;
  std::map<std::string, std::string> variables = {};
  std::uint32_t speech_ms = 1000;
  /// Whether the server is this case's own: for what happens before there is a request.
  bool own_server = false;
  bool deaf = false;  ///< it does not listen yet
  std::optional<test::TlsFiles> tls = std::nullopt;
  std::string host = {};    ///< in the URL, unless the server's
  Play before_speech = {};  ///< on the case's thread, once the stream is started
  Play meanwhile = {};      ///< and once the call speaks
  Play afterwards = {};     ///< once it was told to end
};

/// What a server received, by the name of the case and by connection, in samples.
using Received = std::map<std::string, std::vector<std::vector<std::int16_t>>>;

/// A fault as it is played.
class FaultScene {
 public:
  FaultScene(const Fault& fault, test::RawServer& shared, EventRecorder& events);

  /// The whole of it, with the checks. `unload` unloads the module once all cases are so far.
  void play(const std::function<void()>& unload);
  /// What must hold. To be called once the servers have seen the last of all connections, with what
  /// the shared one received, and with all events.
  void check(const Received& shared, const std::vector<SeenEvent>& all);

  [[nodiscard]] const Fault& fault() const { return fault_; }
  test::RawServer& server() { return *server_; }
  simulator::Call& call() { return *call_; }
  std::string api(const std::string& words);
  void pass(std::uint32_t ms);  ///< of the call's time
  void wait_until_said();       ///< all of the speech
  /// The stream's events of that name, once there are so many.
  std::vector<SeenEvent> wait_for(const std::string& name, std::size_t count);
  /// Waits for the event that is to tell of the fault.
  void wait_until_told();
  /// Replaces the case's own server by another one on the same port.
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
  // Packets of the call when it was not yet, and when it was, on the stream; and at its end.
  std::uint64_t before_start_ = 0;
  std::uint64_t after_start_ = 0;
  std::uint64_t before_end_ = 0;
  std::uint64_t after_end_ = 0;
};

class FaultTest : public ContractTest {
 protected:
  /// Plays all of them, some at a time.
  void play(const std::vector<Fault>& faults);
};

}  // namespace contract
