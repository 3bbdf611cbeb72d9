// A WebSocket server on one thread that discards audio and measures its delay, for thousands of
// connections.
//
//   sink [--port PORT] [--tls CERTIFICATE KEY]
//
// It prints "listening <port>" and then answers each line of its standard input:
//
//   report    what arrived since the last reset, by group, as one JSON object
//   reset     "ok"
//
// until end of file. A text with "event":"media" counts as a frame without a stamp. A client's path
// is /<group>, or /<group>/<ns> with the time (CLOCK_MONOTONIC) at which its stream was started, or
// /<group>/<ns>/talk, or /<group>/<ns>/deflate. With talk the sink answers each message with a
// stamp by as much audio with a stamp of its own.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "macro/sink/connection.hpp"
#include "macro/sink/crowd.hpp"
#include "macro/stamp.hpp"

namespace bench {
namespace {

struct Arguments {
  std::uint16_t port = 0;
  std::string certificate = {};
  std::string key = {};
};

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size();) {
    if (words[i] == "--port" && i + 1 < words.size()) {
      arguments.port = static_cast<std::uint16_t>(std::stoul(words[i + 1]));
      i += 2;
    } else if (words[i] == "--tls" && i + 2 < words.size()) {
      arguments.certificate = words[i + 1];
      arguments.key = words[i + 2];
      i += 3;
    } else {
      throw std::invalid_argument{"unknown argument, or no value: " + words[i]};
    }
  }
  return arguments;
}

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

nlohmann::json quantiles(const Histogram& histogram) {
  return {{"count", histogram.total()},
          {"p50", histogram.quantile_us(0.5)},
          {"p99", histogram.quantile_us(0.99)},
          {"max", histogram.most_us()}};
}

class Sink {
 public:
  explicit Sink(const Arguments& arguments) {
    if (!arguments.certificate.empty()) {
      tls_.emplace(tls_context(arguments.certificate, arguments.key));
    }
    listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(arguments.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    checked(bind(listener_, any, size), "bind");
    checked(listen(listener_, SOMAXCONN), "listen");
    checked(getsockname(listener_, any, &size), "getsockname");
    std::printf("listening %d\n", ntohs(address.sin_port));
    watch(listener_, EPOLLIN, &listener_);
    watch(STDIN_FILENO, EPOLLIN, nullptr);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    close(listener_);
    close(epoll_);
  }

  void run() {
    std::array<epoll_event, 512> events{};
    static_cast<void>(std::fflush(stdout));
    while (!done_) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
      crowd_.came(static_cast<std::size_t>(std::max(count, 0)), monotonic_ns());
      if (crowd_.is_there()) std::this_thread::sleep_for(Crowd::kPause);
    }
  }

 private:
  /// `whose` is the listener's own address, null for standard input, or a connection.
  void watch(int descriptor, std::uint32_t events, void* whose) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = whose;
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
  }

  void on_event(const epoll_event& event) {
    if (event.data.ptr == &listener_) return accept_all();
    if (event.data.ptr == nullptr) return obey();
    auto* connection = static_cast<Connection*>(event.data.ptr);
    const auto group = [this](const std::string& name) -> Group& { return groups_[name]; };
    const bool ends = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (!connection->receive(room_, group, ends)) connections_.erase(connection);
  }

  void accept_all() {
    const int on = 1;
    int client = 0;
    while ((client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto connection = std::make_unique<Connection>(client, tls_ ? tls_->get() : nullptr);
      // Edge-triggered: an event reports new data only.
      watch(client, EPOLLIN | EPOLLRDHUP | EPOLLET, connection.get());
      connections_.emplace(connection.get(), std::move(connection));
      crowd_ = {};  // new clients wait for their answer
    }
  }

  void obey() {
    std::array<char, 256> bytes{};
    const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
    done_ = got <= 0;
    for (ssize_t i = 0; i < got; ++i) {
      const char next = bytes[static_cast<std::size_t>(i)];
      if (next != '\n') {
        line_ += next;
        continue;
      }
      if (line_ == "report") report();
      if (line_ == "reset") reset();
      line_.clear();
    }
  }

  void report() const {
    nlohmann::json groups = nlohmann::json::object();
    for (const auto& [name, group] : groups_) {
      groups[name] = {{"open", group.open},
                      {"opened", group.opened},
                      {"bytes", group.bytes},
                      {"messages", group.messages},
                      {"frames", group.frames},
                      {"latency_us", quantiles(group.latency)},
                      {"asked_us", quantiles(group.asked)},
                      {"first_us", quantiles(group.first)}};
    }
    std::printf("%s\n", groups.dump().c_str());
    static_cast<void>(std::fflush(stdout));
  }

  void reset() {
    for (auto& [name, group] : groups_) {
      const auto open = group.open;
      group = Group{};
      group.open = open;
    }
    std::puts("ok");
    static_cast<void>(std::fflush(stdout));
  }

  std::optional<TlsContext> tls_;
  int epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  int listener_ = -1;
  std::map<std::string, Group> groups_;  // a map keeps its elements in place
  std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections_;
  Crowd crowd_;
  std::vector<unsigned char> room_ = std::vector<unsigned char>(std::size_t{256} * 1024);
  std::string line_;
  bool done_ = false;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    bench::allow_many_descriptors();
    bench::Sink{bench::read_arguments({argv + 1, argv + argc})}.run();
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "sink: %s\n", error.what()));
    return 1;
  }
  return 0;
}
