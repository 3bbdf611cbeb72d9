#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "transport/websocket.hpp"

namespace audio_stream::test {

/// A connection whose server is the test. It checks the contract of WebSocket. As with the real
/// one, no callback runs inside a call of the session.
class FakeWebSocket final : public transport::WebSocket,
                            public std::enable_shared_from_this<FakeWebSocket> {
 public:
  struct Message {
    bool binary = false;
    std::string bytes;
    bool last = true;  ///< of a received message: no part follows
    friend bool operator==(const Message&, const Message&) = default;
  };

  FakeWebSocket(boost::asio::io_context& context, transport::Endpoint to, Listener& listener)
      : endpoint{std::move(to)}, context_{context}, listener_{&listener} {}

  // The server and the network.

  void accept() {
    open_ = true;
    tell([](Listener& listener) { listener.on_open(); });
  }
  void fail(const transport::Failure& failure) {
    last([&](Listener& listener) { listener.on_failed(failure); });
  }
  void refuse(int http_status) { fail({transport::ErrorCode::protocol, http_status, "refused"}); }
  void closed(int code, bool by_server = true) {
    last([&](Listener& listener) {
      listener.on_closed({code, transport::reason_of(code), by_server});
    });
  }
  /// The server answers the close frame.
  void close_answered() { closed(close_code, false); }
  void pong() {
    tell([](Listener& listener) { listener.on_pong(); });
  }
  void receive(std::string bytes, bool binary = false) {
    inbox_.push_back({binary, std::move(bytes)});
    deliver();
  }
  void receive_part(std::string bytes, bool last) {
    inbox_.push_back({true, std::move(bytes), last});
    deliver();
  }
  /// The message in flight was written.
  void acknowledge() {
    ASSERT_TRUE(in_flight_);
    in_flight_ = false;
    tell([](Listener& listener) { listener.on_sent(); });
  }
  /// From now on acknowledges everything that is sent, and answers pings.
  void serve() {
    serving_ = true;
    if (in_flight_) acknowledge_soon();
  }

  // transport::WebSocket

  void open() override {
    EXPECT_FALSE(opened);
    opened = true;
  }
  [[nodiscard]] bool waits_for_its_turn() const noexcept override { return false; }
  [[nodiscard]] bool is_dialing() const noexcept override { return !open_ && dialing; }
  [[nodiscard]] bool is_alive() const noexcept override { return alive; }
  bool send_text(std::string_view text) override {
    send({false, std::string{text}});
    return false;
  }
  bool send_binary(std::span<const std::byte> bytes, bool more) override {
    announced_more.push_back(more);
    send({true, std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
    if (!takes_at_once) return false;
    in_flight_ = false;
    return true;
  }
  void ping() override {
    EXPECT_TRUE(open_ && !detached);
    ++pings;
  }
  void pause_reading() override { paused = true; }
  void resume_reading() override {
    paused = false;
    boost::asio::post(context_, [self = shared_from_this()] { self->deliver(); });
  }
  void close(int code, const std::string& /*reason*/) override {
    EXPECT_TRUE(open_ && !detached);
    if (close_code == 0) close_code = code;
    if (on_close) on_close();
  }
  [[nodiscard]] transport::Traffic traffic() override { return {1000, 100}; }
  [[nodiscard]] Progress progress() override { return tcp; }
  void detach() override {
    listener_ = nullptr;
    detached = true;
  }

  const transport::Endpoint endpoint;
  bool opened = false;
  bool alive = true;
  bool dialing = true;  ///< no host has accepted or refused yet
  bool paused = false;
  bool detached = false;
  bool takes_at_once = false;  ///< binary messages are written at once, as with room in the socket
  std::vector<bool> announced_more;  ///< of each binary message
  int pings = 0;
  int close_code = 0;       ///< 0: not closed by the session
  bool tcp_answers = true;  ///< acknowledges everything that is sent at once
  Progress tcp;             ///< the result of progress()
  std::vector<Message> sent;
  std::function<void()> on_close;

 private:
  void send(Message message) {
    EXPECT_TRUE(open_) << "sent before the connection was made";
    EXPECT_FALSE(in_flight_) << "sent two messages at once";
    EXPECT_EQ(close_code, 0) << "sent after the close";
    EXPECT_FALSE(detached) << "sent after detach()";
    in_flight_ = true;
    tcp.written += message.bytes.size();
    if (tcp_answers) tcp.acknowledged = tcp.written;
    sent.push_back(std::move(message));
    if (serving_) acknowledge_soon();
  }

  void acknowledge_soon() {
    boost::asio::post(context_, [self = shared_from_this()] {
      if (self->in_flight_ && self->listener_ != nullptr) self->acknowledge();
    });
  }

  void deliver() {
    while (listener_ != nullptr && !paused && !inbox_.empty()) {
      Message message = std::move(inbox_.front());
      inbox_.pop_front();
      if (message.binary) {
        listener_->on_binary(message.bytes, message.last);
      } else {
        listener_->on_text(std::move(message.bytes));
      }
    }
  }

  template <class Call>
  void tell(const Call& call) {
    if (listener_ != nullptr) call(*listener_);
  }
  template <class Call>
  void last(const Call& call) {
    if (Listener* listener = std::exchange(listener_, nullptr)) call(*listener);
  }

  boost::asio::io_context& context_;
  Listener* listener_;
  bool open_ = false;
  bool in_flight_ = false;
  bool serving_ = false;
  std::deque<Message> inbox_;
};

}  // namespace audio_stream::test
