#include "fault_stage.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <deque>
#include <exception>
#include <thread>

#include "numbered_speech.hpp"
#include "support/base64.hpp"
#include "switch_host.hpp"

namespace contract {
namespace {

constexpr std::uint32_t kPacketMs = 20;  // of the call
constexpr std::uint32_t kSamplesPerMs = 8;
constexpr std::size_t kAtATime = 10;
constexpr std::chrono::seconds kPatience{30};

std::string percent_encoded(const std::string& text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::string path_of(const Fault& fault) {
  if (fault.server.empty() || fault.own_server) return "/?case=" + fault.name;
  return "/at-first?case=" + fault.name + "&n=" + std::to_string(fault.times) +
         "&play=" + percent_encoded(fault.server);
}

/// The path of each request has the name of its case.
std::string case_of(const std::string& path) {
  constexpr std::string_view kTag = "case=";
  const auto at = path.find(kTag);
  if (at == std::string::npos) return "";
  const std::string rest = path.substr(at + kTag.size());
  return rest.substr(0, rest.find('&'));
}

Received received_by(const test::RawServer& server) {
  std::map<int, std::pair<std::string, std::vector<std::int16_t>>> connections;
  for (const auto& event : server.seen()) {
    const std::string kind = event.value("event", "");
    if (kind == "open") {
      connections[event.at("conn")].first = case_of(event.at("path"));
    } else if (kind == "binary") {
      const auto samples =
          test::to_samples(test::base64_decode(event.at("data").get<std::string>()));
      auto& all = connections[event.at("conn")].second;
      all.insert(all.end(), samples.begin(), samples.end());
    }
  }
  Received received;
  for (auto& [number, connection] : connections) {
    received[connection.first].push_back(std::move(connection.second));
  }
  return received;
}

/// A server that does not read cannot see the end of a connection behind the data that waits in
/// TCP.
void wait_until_nobody_is_connected(const test::RawServer& server, std::size_t but = 0) {
  EXPECT_TRUE(test::eventually([&] {
    return server.count("close") + but >= server.count("connected");
  })) << server.count("connected")
      << " connections, of which " << server.count("close") << " were closed";
}

}  // namespace

FaultScene::FaultScene(const Fault& fault, test::RawServer& shared, EventRecorder& events)
    : fault_{fault}, events_{events}, server_{&shared} {
  if (!fault.own_server) return;
  own_.emplace(test::RawServerOptions{.listen = {.tls = fault.tls}});
  server_ = &*own_;
  if (!fault.server.empty()) own_->play(fault.server, fault.times);
  if (fault.deaf) own_->stop_listening();
}

void FaultScene::play(const std::function<void()>& unload) {
  simulator::CallOptions options;
  options.variables = {{"STREAM_BUFFER_SIZE", "40"}, {"STREAM_LINGER", "8000"}};
  for (const auto& [name, value] : fault_.variables) options.variables[name] = value;
  call_.emplace(options);
  uuid_ = call_->uuid();
  start();
  if (fault_.before_speech) fault_.before_speech(*this);
  call_->set_read_source(numbered_speech(fault_.speech_ms * kSamplesPerMs));
  if (fault_.meanwhile) fault_.meanwhile(*this);
  say_and_wait();
  end(unload);
  if (fault_.afterwards) fault_.afterwards(*this);
  const auto finals = events_.wait_for_all(
      [this](const SeenEvent& event) { return ours(event) && event.final(); }, 1, kPatience);
  EXPECT_EQ(finals.size(), 1U) << "no final event\n" << events_.describe();
  if (!finals.empty()) final_ = finals.front();
  after_end_ = call_->packets_read();
  // The call continues, whatever happened to the stream.
  if (fault_.end != Fault::End::hangup) {
    EXPECT_TRUE(call_->wait_for_packets(2, std::chrono::seconds{10})) << "the call stopped";
  }
  call_->hangup();
  if (own_) wait_until_nobody_is_connected(*own_);
}

void FaultScene::start() {
  const std::string host = fault_.host.empty() && fault_.tls ? "localhost" : fault_.host;
  before_start_ = call_->packets_read();
  EXPECT_EQ(api("start " + server_->url(path_of(fault_), host) + " mono 8k"), kOk);
  after_start_ = call_->packets_read();
}

void FaultScene::say_and_wait() {
  if (fault_.end == Fault::End::by_itself) return;
  wait_until_said();
  EXPECT_EQ(wait_for("connect", fault_.connects).size(), fault_.connects) << events_.describe();
}

void FaultScene::wait_until_said() {
  EXPECT_TRUE(call_->wait_for_read_end(kPatience));
  EXPECT_TRUE(call_->wait_for_packets(2, kPatience));
}

void FaultScene::end(const std::function<void()>& unload) {
  before_end_ = call_->packets_read();
  if (fault_.end == Fault::End::stop || fault_.end == Fault::End::drain) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(api(fault_.end == Fault::End::stop ? "stop" : "stop drain=300"), kOk);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{2}) << "stop waits";
  } else if (fault_.end == Fault::End::hangup) {
    call_->hangup();
  } else if (fault_.end == Fault::End::unload) {
    unload();
  }
}

std::string FaultScene::api(const std::string& words) {
  return contract::api(uuid_ + " " + words);
}

void FaultScene::pass(std::uint32_t ms) {
  EXPECT_TRUE(call_->wait_for_packets(ms / kPacketMs, kPatience));
}

bool FaultScene::ours(const SeenEvent& event) const {
  return event.header("Unique-ID") == uuid_;
}

std::vector<SeenEvent> FaultScene::wait_for(const std::string& name, std::size_t count) {
  return events_.wait_for_all(
      [&](const SeenEvent& event) { return ours(event) && event.name == name; }, count, kPatience);
}

bool FaultScene::tells(const SeenEvent& event) const {
  if (event.name != "error" && event.name != "disconnect") return false;
  const std::string said = event.name + " " + event.json()["message"]["code"].dump();
  return (" or " + fault_.told + " or ").find(" or " + said + " or ") != std::string::npos;
}

void FaultScene::wait_until_told() {
  const auto told = events_.wait_for_all(
      [this](const SeenEvent& event) { return ours(event) && tells(event); }, 1, kPatience);
  EXPECT_EQ(told.size(), 1U) << "no event told \"" << fault_.told << "\"";
}

void FaultScene::restart_server(const std::optional<test::TlsFiles>& tls) {
  const int port = server_->port();
  const Received so_far = received_by(*own_);
  if (const auto found = so_far.find(fault_.name); found != so_far.end()) {
    from_former_server_.insert(from_former_server_.end(), found->second.begin(),
                               found->second.end());
  }
  own_.reset();
  own_.emplace(test::RawServerOptions{.listen = {.port = port, .tls = tls}});
  server_ = &*own_;
}

// ---- checks -------------------------------------------------------------------------------------

void FaultScene::check(const Received& shared, const std::vector<SeenEvent>& all) {
  SCOPED_TRACE(fault_.name);
  const auto body = final_.json();
  SCOPED_TRACE("final: " + final_.name + " " + final_.body);
  ASSERT_TRUE(body.contains("stats"));
  const auto& stats = body["stats"];
  check_events(all);
  EXPECT_EQ(stats["reason"], fault_.reason);

  const Received own = own_ ? received_by(*own_) : Received{};
  const Received& received = own_ ? own : shared;
  auto connections = from_former_server_;
  if (const auto found = received.find(fault_.name); found != received.end()) {
    connections.insert(connections.end(), found->second.begin(), found->second.end());
  }
  const HeardSpeech heard{connections};
  SCOPED_TRACE(heard.describe());
  const std::uint32_t said = fault_.speech_ms * kSamplesPerMs;
  EXPECT_EQ(heard.disorder(), "");
  const auto losses = std::max<std::size_t>(connections.size(), 2) - 1;
  // The message in flight, and audio in the kernel that the server's TCP did not acknowledge.
  constexpr std::uint32_t kMostAgainMs = 2 * 40 + 500;
  EXPECT_LE(heard.repeated(), losses * kMostAgainMs * kSamplesPerMs)
      << "only audio in flight or without acknowledgement may be sent again";
  // Audio that could not be sent, and audio that TCP had taken and that could not be sent again.
  const std::uint64_t overflow = stats["dropped_ms"]["overflow"].get<std::uint64_t>() +
                                 stats["dropped_ms"]["unacknowledged"].get<std::uint64_t>();
  EXPECT_LE(heard.missing(false), overflow * kSamplesPerMs) << "lost without being counted";
  EXPECT_LE(heard.missing(true) + heard.missing(false),
            (overflow + fault_.in_flight_ms) * kSamplesPerMs)
      << "lost between connections without being counted";
  if (!fault_.incomplete) {
    EXPECT_EQ(heard.last(), said) << "the end of the speech";
  }
  check_sums(stats, heard.samples());
}

void FaultScene::check_events(const std::vector<SeenEvent>& all) {
  std::size_t finals = 0;
  bool told = fault_.told.empty();
  for (const auto& event : all) {
    if (!ours(event)) continue;
    EXPECT_EQ(finals, 0U) << "after the end came " << event.name << " " << event.body;
    if (event.final()) ++finals;
    told = told || tells(event);
  }
  EXPECT_EQ(finals, 1U);
  EXPECT_TRUE(told) << "no event told \"" << fault_.told << "\"";
}

/// Speech during the stream equals sent plus lost audio, and the server got what was sent.
void FaultScene::check_sums(const nlohmann::json& stats, std::uint64_t samples_received) {
  const std::uint64_t sent = stats["sent_ms"];
  const auto& dropped = stats["dropped_ms"];
  const std::uint64_t lost =
      dropped["overflow"].get<std::uint64_t>() + dropped["undelivered"].get<std::uint64_t>() +
      dropped["unacknowledged"].get<std::uint64_t>() + dropped["silence"].get<std::uint64_t>() +
      dropped["unusable"].get<std::uint64_t>() + stats["paused_ms"].get<std::uint64_t>();
  const std::uint64_t filled = stats["filled_ms"];
  const std::uint64_t got = samples_received / kSamplesPerMs;
  const std::uint64_t perhaps = dropped["unacknowledged"];
  EXPECT_LE(got, sent + perhaps + 2 * 40)
      << "more audio arrived than was sent";  // two packets may have been sent again
  EXPECT_GE(got + fault_.in_flight_ms + 1, sent) << "sent audio did not arrive";
  // One packet may be on its way at each end.
  const std::uint64_t all = sent + lost + kPacketMs;
  if (fault_.end != Fault::End::by_itself) {
    EXPECT_GE(all + kPacketMs, (before_end_ - after_start_) * kPacketMs)
        << "spoken audio was not counted";
  }
  EXPECT_LE(all, (after_end_ - before_start_ + 3) * kPacketMs + filled) << "counted twice";
}

void FaultTest::play(const std::vector<Fault>& faults) {
  test::RawServer shared;
  std::deque<FaultScene> scenes;
  for (const auto& fault : faults) scenes.emplace_back(fault, shared, events);
  std::atomic<std::size_t> next{0};
  const auto unloads = std::count_if(faults.begin(), faults.end(), [](const Fault& fault) {
    return fault.end == Fault::End::unload;
  });
  bool unloaded = false;
  std::barrier all_are_so_far{unloads, [&]() noexcept {
                                EXPECT_EQ(unload_module(true), "");
                                unloaded = true;
                              }};
  const auto unload = [&] { all_are_so_far.arrive_and_wait(); };
  std::vector<std::thread> stagehands;
  for (std::size_t i = 0; i < std::min(kAtATime, faults.size()); ++i) {
    stagehands.emplace_back([&] {
      for (std::size_t mine = next++; mine < scenes.size(); mine = next++) {
        const testing::ScopedTrace trace{__FILE__, __LINE__, scenes[mine].fault().name};
        try {
          scenes[mine].play(unload);
        } catch (const std::exception& error) {
          ADD_FAILURE() << error.what();
          if (scenes[mine].fault().end == Fault::End::unload) all_are_so_far.arrive_and_drop();
        }
      }
    });
  }
  for (auto& each : stagehands) each.join();
  if (unloaded) {
    EXPECT_EQ(load_module(), "");
  }
  const auto blind = std::count_if(faults.begin(), faults.end(), [](const Fault& fault) {
    return fault.server == "never-reads";
  });
  wait_until_nobody_is_connected(shared, static_cast<std::size_t>(blind));
  const Received received = received_by(shared);
  const auto all = events.all();
  for (auto& scene : scenes) scene.check(received, all);
}

}  // namespace contract
