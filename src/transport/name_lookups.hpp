#pragma once

#include <ares.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <tl/expected.hpp>

#include "transport/name_servers.hpp"

namespace audio_stream::transport {

/// The names being looked up, and those found recently.
///
/// IPv6 and IPv4 are separate queries, so a query without an answer does not hide the other's
/// result (RFC 8305, 3). Lookups of the same name share their queries. Results are kept for their
/// time to live, but at least 1 s and at most 60 s. One thread only.
class NameLookups {
 public:
  using Clock = std::chrono::steady_clock;
  using Addresses = std::vector<boost::asio::ip::address>;
  /// IPv6 and IPv4 addresses in the order in which to try them, or the reason why there are none.
  using Result = tl::expected<Addresses, std::string>;

  /// The error if no name server answered in time. Unlike an unknown name, this is a timeout.
  static constexpr const char* kSilent = "the name servers did not answer in time";

  using Handler = std::function<void(const Result&)>;
  /// Asks the system for a name that the name servers do not know. on_system_answer() may follow.
  /// False if there is no system lookup to ask.
  using AskSystem = std::function<bool(const std::string& host)>;

  NameLookups(NameServers servers, AskSystem ask_system)
      : servers_{std::move(servers)}, ask_system_{std::move(ask_system)} {}
  ~NameLookups();
  NameLookups(const NameLookups&) = delete;
  NameLookups& operator=(const NameLookups&) = delete;

  /// Calls `handler` at most once, perhaps before it returns.
  void find(const std::string& host, Handler handler);
  /// Delivers what the system found; empty if it found nothing.
  void on_system_answer(const std::string& host, Addresses addresses);

  /// Waits for an answer, a deadline, or until `wake_fd` is readable, and handles the event. True
  /// if `wake_fd` is readable.
  bool wait(int wake_fd);

  /// How long the answer of one family waits for the other's. For IPv4 the time of RFC 8305, 3. For
  /// IPv6 the time after which a connection would try IPv4 as well.
  static constexpr std::chrono::milliseconds kIpv4Waits{50};
  static constexpr std::chrono::milliseconds kIpv6Waits{250};
  static constexpr std::chrono::seconds kShortestLife{1};
  static constexpr std::chrono::seconds kLongestLife{60};
  /// The maximum number of names kept.
  static constexpr std::size_t kMostNames = 1024;
  /// A caller that has waited for longer has given up: STREAM_RESOLVE_TIME is at most 60 s.
  static constexpr std::chrono::seconds kLongestWait{60};

 private:
  struct Family {
    bool asked = false;  ///< the answer is pending
    int status = ARES_ENOTFOUND;
    Addresses addresses;
    std::chrono::seconds life = kLongestLife;
  };
  struct Waiting {
    Handler handler;
    Clock::time_point until;
  };
  struct Name {
    explicit Name(std::string name) : host{std::move(name)} {}
    const std::string host;
    Family v6;
    Family v4;
    bool asks_system = false;
    std::vector<Waiting> waiting;
    std::optional<Clock::time_point> due;  ///< when to continue with only the family that answered
    Clock::time_point kept_until{};        ///< valid once no query is pending
    [[nodiscard]] bool under_way() const { return v6.asked || v4.asked || asks_system; }
  };
  using NamePtr = std::shared_ptr<Name>;
  struct Query;

  void begin(const NamePtr& name);
  void ask(const NamePtr& name, int family);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* info);
  void answered(const Query& query, int status, int timeouts, const ares_addrinfo* info);
  void conclude(const NamePtr& name);
  void keep(const NamePtr& name, std::chrono::seconds life);
  void answer(Name& name, const Result& result);
  static void drop_expired(Name& name, Clock::time_point now);
  [[nodiscard]] static Addresses found(const Name& name);
  void drop(const NamePtr& name) noexcept;
  void make_room(Clock::time_point now);
  [[nodiscard]] NameChannel* channel();
  [[nodiscard]] int ms_to_next() const;
  void answer_due();
  void close_idle_channels();

  NameServers servers_;
  const AskSystem ask_system_;
  std::map<std::string, NamePtr> names_;
  std::list<NameChannel> channels_;  // new queries use the last one, unless it is retired
  bool dropped_ = false;             // set on destruction: later answers are ignored
};

/// Whether `host` is "localhost" or ends with ".localhost" (RFC 6761, 6.3).
bool is_localhost(const std::string& host);

}  // namespace audio_stream::transport
