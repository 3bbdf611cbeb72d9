// Without descriptors, threads or disk space a command or an event reports it, the call continues,
// and the stream recovers once there is enough again.
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "contract_test.hpp"
#include "simulator/call.hpp"
#include "support/base64.hpp"
#include "support/sanitizers.hpp"

namespace contract {
namespace {

using test::kAddressSanitized;
using test::kSanitized;

/// UBSan, which is enabled with ASan, reads an object's type through a pipe. Without descriptors it
/// reports every object as invalid.
constexpr const char* kNeedsPipe = "the sanitizer itself needs descriptors";

/// Lowers a limit of the process until its destructor.
class Limit {
 public:
  Limit(__rlimit_resource resource, rlim_t most) : resource_{resource} {
    ::getrlimit(resource_, &former_);
    const rlimit lower{most, former_.rlim_max};
    ::setrlimit(resource_, &lower);
  }
  ~Limit() { ::setrlimit(resource_, &former_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  __rlimit_resource resource_;
  rlimit former_{};
};

/// The number that the next descriptor would get.
rlim_t next_descriptor() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(fd);
  return static_cast<rlim_t>(fd);
}

class Exhaustion : public ContractTest {
 protected:
  static simulator::CallOptions speaking() {
    simulator::CallOptions options;
    options.read = simulator::AudioSource::tone(440);
    return options;
  }
  static std::string tell(const simulator::Call& call, const std::string& words) {
    return api(call.uuid() + " " + words);
  }
  /// The call continues.
  static void expect_unharmed(const simulator::Call& call) {
    EXPECT_TRUE(call.wait_for_packets(3, std::chrono::seconds{10})) << "the call stopped";
  }
};

TEST_F(Exhaustion, WithoutDescriptorsAnErrorIsFiredAndTheStreamConnectsLater) {
  if constexpr (kAddressSanitized) GTEST_SKIP() << kNeedsPipe;
  test::WebSocketServer server;
  const simulator::Call call{speaking()};
  {
    const Limit none{RLIMIT_NOFILE, next_descriptor()};
    EXPECT_EQ(tell(call, "start " + server.url("/") + " mono"), kOk);
    const auto event = events.wait_for("error");
    EXPECT_NE(event.body.find("Too many open files"), std::string::npos) << event.body;
    EXPECT_FALSE(event.final());
    EXPECT_EQ(tell(call, "send_text later"), kOk);
    expect_unharmed(call);
  }
  const int connection = server.wait_open().connection;
  EXPECT_EQ(server.wait_text(connection), "later");
  server.wait_binary(connection);
  EXPECT_EQ(tell(call, "stop"), kOk);
  events.wait_for_final();
}

TEST_F(Exhaustion, WithoutDescriptorsALostStreamRetriesUntilThereAreSome) {
  if constexpr (kAddressSanitized) GTEST_SKIP() << kNeedsPipe;
  test::WebSocketServer server;
  const simulator::Call call{speaking()};
  EXPECT_EQ(tell(call, "start " + server.url("/") + " mono"), kOk);
  const int first = server.wait_open().connection;
  server.wait_binary(first);
  server.pause_reading(first);
  {
    const Limit none{RLIMIT_NOFILE, 0};
    server.abort(first);
    EXPECT_FALSE(events.wait_for("disconnect").final());
    const auto event = events.wait_for("error");
    EXPECT_NE(event.body.find("Too many open files"), std::string::npos) << event.body;
    EXPECT_FALSE(event.final());
    EXPECT_EQ(tell(call, "send_text later"), kOk);
    expect_unharmed(call);
  }
  const int second = server.wait_open().connection;
  EXPECT_EQ(server.wait_text(second), "later");
  server.wait_binary(second);
  EXPECT_EQ(tell(call, "stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reconnects"], 1);
}

TEST_F(Exhaustion, WithoutDescriptorsTheModuleIsNotLoaded) {
  if constexpr (kAddressSanitized) GTEST_SKIP() << kNeedsPipe;
  const simulator::Call call{speaking()};
  ASSERT_EQ(unload_module(), "");
  {
    const Limit none{RLIMIT_NOFILE, next_descriptor()};
    EXPECT_NE(load_module(), "");
    expect_unharmed(call);
  }
  EXPECT_EQ(load_module(), "");
}

TEST_F(Exhaustion, WithoutThreadsTheModuleIsNotLoaded) {
  if constexpr (kSanitized)
    GTEST_SKIP() << "a sanitizer needs more address space than the limit allows";
  const simulator::Call call{speaking()};
  ASSERT_EQ(unload_module(), "");
  {
    // Leaves no address space for another stack, because root has no limit on threads.
    const Limit little{RLIMIT_AS, 1};
    std::vector<std::thread> hoard;  // threads whose cached stacks would be reused
    bool over = false;
    std::mutex mutex;
    std::condition_variable done;
    try {
      while (hoard.size() < 1000) {
        hoard.emplace_back([&] {
          std::unique_lock lock{mutex};
          done.wait(lock, [&] { return over; });
        });
      }
    } catch (const std::system_error&) {
    }
    EXPECT_LT(hoard.size(), 1000U);
    EXPECT_NE(load_module(), "");
    {
      const std::lock_guard lock{mutex};
      over = true;
    }
    done.notify_all();
    for (auto& thread : hoard) thread.join();
    expect_unharmed(call);
  }
  EXPECT_EQ(load_module(), "");
}

TEST_F(Exhaustion, AFullDiskIsReportedAndLeavesNoFile) {
  constexpr std::size_t kRoom = std::size_t{4} << 20U;
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  test::WebSocketServer server;
  const simulator::Call call{speaking()};
  EXPECT_EQ(tell(call, "start " + server.url("/") + " mono"), kOk);
  const int connection = server.wait_open().connection;
  const auto message = [](std::size_t bytes) {
    return R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
           test::base64_encode(test::Bytes(bytes)) + "\"}}";
  };
  {
    const Limit disk{RLIMIT_FSIZE, kRoom};
    LogRecorder log;
    server.send_text(connection, message(kRoom + 2));
    const auto event = events.wait_for("json");
    EXPECT_EQ(event.body.find("audioData\""), std::string::npos);
    EXPECT_TRUE(log.wait_for("can't write"));
    EXPECT_TRUE(temp_files().empty());
    expect_unharmed(call);
  }
  server.send_text(connection, message(320));
  events.wait_for("play");
  EXPECT_EQ(tell(call, "stop"), kOk);
  events.wait_for_final();
  static_cast<void>(std::signal(SIGXFSZ, ignored));
}

}  // namespace
}  // namespace contract
