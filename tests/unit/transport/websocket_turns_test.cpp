// Simultaneous connections are made a few at a time.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/ws_server.hpp"
#include "transport/deflate_offers.hpp"
#include "transport/io_thread.hpp"
#include "transport/resolver.hpp"
#include "transport/tls.hpp"
#include "transport/websocket.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {
namespace {

/// Counts the open connections.
class Counting final : public WebSocket::Listener {
 public:
  explicit Counting(std::size_t all) : all_{all} {}
  virtual ~Counting() = default;

  void on_open() override {
    if (++open_ == all_) stand_.set_value();
  }
  void on_failed(const Failure& failure) override { ADD_FAILURE() << failure.message; }
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {}
  void on_pong() override {}
  void on_sent() override {}
  void on_closed(const Closure& closure) override { ADD_FAILURE() << closure.reason; }

  bool wait_for_all() {
    return stand_.get_future().wait_for(std::chrono::seconds{20}) == std::future_status::ready;
  }

 private:
  const std::size_t all_;
  std::size_t open_ = 0;
  std::promise<void> stand_;
};

TEST(WebSocketTurns, ManyOpenedAtOnceWaitForTheirTurnsAndAllConnect) {
  constexpr std::size_t kMany = 40;
  test::WsServer server;
  Counting listener{kMany};
  TlsContexts tls_contexts;
  DeflateOffers deflate_offers;
  IoThread io{"io"};
  Resolver resolver;
  Worker worker;
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->url = *parse_url(server.url());
  std::vector<std::shared_ptr<WebSocket>> sockets;
  const auto on_its_thread = [&io](const std::function<void()>& work) {
    std::promise<void> done;
    boost::asio::post(io.context(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  };
  on_its_thread([&] {
    for (std::size_t i = 0; i < kMany; ++i) {
      sockets.push_back(make_websocket({io, resolver, worker, tls_contexts, deflate_offers},
                                       endpoint, {}, listener));
      sockets.back()->open();
    }
    EXPECT_FALSE(sockets.front()->waits_for_its_turn());
    EXPECT_TRUE(sockets.back()->waits_for_its_turn());
  });
  EXPECT_TRUE(listener.wait_for_all());
  on_its_thread([&] {
    EXPECT_FALSE(sockets.back()->waits_for_its_turn());
    for (const auto& socket : sockets) socket->detach();
    sockets.clear();
  });
}

}  // namespace
}  // namespace audio_stream::transport
