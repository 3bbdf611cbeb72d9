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

/// One call's connection, and the frame that waits to be sent. While no frame waits the media
/// thread owns the buffer, else the batch thread.
class BatchedCall {
 public:
  explicit BatchedCall(const std::string& url) : connection{url} {}

  /// The room for the next frame, after kHeaderBytes. Empty if the last frame still waits.
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

/// One thread that sends the waiting frames of all calls at a fixed pace. It has no wake-ups, no
/// queue, no list of ready calls and no protection. This is about the least that sending each
/// message by itself within five milliseconds can cost.
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
    std::jthread ends;  // joined after the mutex is released
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
