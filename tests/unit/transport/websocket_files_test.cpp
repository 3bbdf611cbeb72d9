// Files that a connection needs, on a disk that does not answer.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "fakes/temp_dir.hpp"
#include "fakes/ws_server.hpp"
#include "transport/deflate_offers.hpp"
#include "transport/io_thread.hpp"
#include "transport/resolver.hpp"
#include "transport/tls.hpp"
#include "transport/websocket.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {
namespace {

constexpr std::chrono::seconds kFilesPatience{20};

/// Records whether the connection was made, or why not.
class Hearing final : public WebSocket::Listener {
 public:
  virtual ~Hearing() = default;

  void on_open() override { told_.set_value({ErrorCode::io, 0, "open"}); }
  void on_failed(const Failure& failure) override { told_.set_value(failure); }
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {}
  void on_pong() override {}
  void on_sent() override {}
  void on_closed(const Closure& closure) override { ADD_FAILURE() << closure.reason; }

  Failure wait() {
    auto told = told_.get_future();
    if (told.wait_for(kFilesPatience) == std::future_status::ready) return told.get();
    return {ErrorCode::io, 0, "nothing"};
  }

 private:
  std::promise<Failure> told_;
};

TEST(WebSocketFiles, AHangingDiskIsAnErrorInTimeAndDelaysNoOtherConnection) {
  test::WsServer server;
  const test::TempDir dir;
  TlsContexts tls_contexts;
  DeflateOffers deflate_offers;
  IoThread io{"io"};
  Resolver resolver;
  Worker disk{"disk", 2};
  std::promise<void> gate;

  auto dead = std::make_shared<Endpoint>();
  dead->url = *parse_url(server.url());
  dead->bearer_file = dir.write("dead", "token");
  dead->deadlines.files = std::chrono::milliseconds{150};
  auto alive = std::make_shared<Endpoint>(*dead);
  alive->bearer_file = dir.write("alive", "token");
  alive->deadlines.files = kFilesPatience;

  Hearing of_dead;
  Hearing of_dead_too;
  Hearing of_alive;
  const auto connection = [&](const auto& endpoint, Hearing& hearing) {
    return make_websocket({io, resolver, disk, tls_contexts, deflate_offers}, endpoint, {},
                          hearing);
  };
  const auto on_its_thread = [&io](const std::function<void()>& work) {
    std::promise<void> done;
    boost::asio::post(io.context(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  };
  std::shared_ptr<WebSocket> first;
  std::shared_ptr<WebSocket> second;
  std::shared_ptr<WebSocket> third;
  // As with a mount whose server is down: every access to these files hangs.
  disk.run("SYSTEM\n\n\n" + dead->bearer_file,
           [opened = gate.get_future().share()] { opened.wait(); });
  on_its_thread([&] {
    first = connection(dead, of_dead);
    second = connection(dead, of_dead_too);
    third = connection(alive, of_alive);
    for (const auto& each : {first, second, third}) each->open();
  });
  for (Hearing* each : {&of_dead, &of_dead_too}) {
    const Failure failure = each->wait();
    EXPECT_EQ(failure.code, ErrorCode::timeout);
    EXPECT_NE(failure.message.find("were not read within 150 ms"), std::string::npos)
        << failure.message;
    EXPECT_TRUE(worth_retrying(failure));
  }
  EXPECT_EQ(of_alive.wait().message, "open");
  gate.set_value();
  EXPECT_TRUE(disk.idle_by(std::chrono::steady_clock::now() + kFilesPatience));
  on_its_thread([&] {
    for (auto* each : {&first, &second, &third}) {
      (*each)->detach();
      each->reset();
    }
  });
}

}  // namespace
}  // namespace audio_stream::transport
