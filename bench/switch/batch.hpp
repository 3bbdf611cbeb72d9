#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "web_socket.hpp"

namespace audio_floor {

/// One call's connection, and the frame that waits to be sent: the media thread's while there is
/// none, the batch thread's while there is.
class BatchedCall {
 public:
  explicit BatchedCall(const std::string& url) : connection{url} {}

  /// Where the next frame goes, after kHeaderBytes. Nothing: the last one still waits.
  [[nodiscard]] std::span<std::uint8_t> room() {
    if (waits_.load(std::memory_order_acquire)) return {};
    return room_;
  }
  void put(std::size_t bytes) {
    connection.frame(room_.data(), bytes);
    bytes_ = bytes;
    waits_.store(true, std::memory_order_release);
  }
  void send_what_waits() {
    if (!waits_.load(std::memory_order_acquire)) return;
    static_cast<void>(connection.send(room_.data(), bytes_));
    waits_.store(false, std::memory_order_release);
  }

  WebSocket connection;

 private:
  std::atomic<bool> waits_{false};
  std::size_t bytes_ = 0;
  std::array<std::uint8_t, kHeaderBytes + 2048> room_{};
};

/// One thread that sends what waits, of all calls, at a fixed pace, while there are calls: no bell,
/// no queue, no list of who has something, and no protection. What is to be on its way within five
/// milliseconds, each message by itself, is hardly sent for less.
class Batch {
 public:
  void add(BatchedCall& call) {
    const std::lock_guard lock{mutex_};
    calls_.push_back(&call);
    if (!thread_.joinable()) {
      thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    }
  }
  void remove(BatchedCall& call) {
    std::jthread ends;  // once the mutex is free
    const std::lock_guard lock{mutex_};
    std::erase(calls_, &call);
    call.send_what_waits();
    if (calls_.empty()) ends = std::move(thread_);
  }

 private:
  static constexpr std::chrono::milliseconds kEvery{3};

  void run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "batch");
    for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += kEvery) {
      std::this_thread::sleep_until(next);
      const std::lock_guard lock{mutex_};
      for (BatchedCall* call : calls_) call->send_what_waits();
    }
  }

  std::mutex mutex_;
  std::vector<BatchedCall*> calls_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace audio_floor
