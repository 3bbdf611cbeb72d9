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

/// The names that are being looked up, and those that were found a moment ago.
///
/// Addresses of IPv6 and IPv4 are two queries, so that one that stays without an answer hides
/// nothing (RFC 8305, 3). Lookups of one name share their queries, and what came of them is kept
/// for as long as its time to live says, 1 s at least and 60 s at most. Used by one thread.
class NameLookups {
 public:
  using Clock = std::chrono::steady_clock;
  using Addresses = std::vector<boost::asio::ip::address>;
  /// IPv6 and IPv4, those first that are to be tried first, or the reason why there is none.
  using Result = tl::expected<Addresses, std::string>;

  /// The error where no name server answered in time: another kind of failure than a name that is
  /// not there.
  static constexpr const char* kSilent = "the name servers did not answer in time";

  using Handler = std::function<void(const Result&)>;
  /// Asks the system for a name that the name servers do not know; on_system_answer() follows, or
  /// nothing. False: there is nothing to ask.
  using AskSystem = std::function<bool(const std::string& host)>;

  NameLookups(NameServers servers, AskSystem ask_system)
      : servers_{std::move(servers)}, ask_system_{std::move(ask_system)} {}
  ~NameLookups();
  NameLookups(const NameLookups&) = delete;
  NameLookups& operator=(const NameLookups&) = delete;

  /// `handler` is called at most once, perhaps before this returns.
  void find(const std::string& host, Handler handler);
  /// What the system found. Nothing, if it found none.
  void on_system_answer(const std::string& host, Addresses addresses);

  /// Waits for an answer, for a deadline or until `wake_fd` is readable, and handles what came.
  /// True if `wake_fd` is readable.
  bool wait(int wake_fd);

  /// How long the answer of one family waits for the other's: that of IPv4 as RFC 8305, 3 has it;
  /// that of IPv6 for as long as a connection waits until it tries IPv4 as well.
  static constexpr std::chrono::milliseconds kIpv4Waits{50};
  static constexpr std::chrono::milliseconds kIpv6Waits{250};
  static constexpr std::chrono::seconds kShortestLife{1};
  static constexpr std::chrono::seconds kLongestLife{60};
  /// Names that are kept, at most.
  static constexpr std::size_t kMostNames = 1024;
  /// A caller that waits for longer has given up: STREAM_RESOLVE_TIME is 60 s at most.
  static constexpr std::chrono::seconds kLongestWait{60};

 private:
  struct Family {
    bool asked = false;  ///< no answer has come
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
    std::optional<Clock::time_point> due;  ///< go on with the family that has answered
    Clock::time_point kept_until{};        ///< once nothing is asked any more
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
  std::list<NameChannel> channels_;  // the last one is for new queries, unless it is retired
  bool dropped_ = false;             // this ends: no answer counts any more
};

/// Whether `host` is "localhost" or ends with ".localhost" (RFC 6761, 6.3).
bool is_localhost(const std::string& host);

}  // namespace audio_stream::transport
