#pragma once

#include <switch.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace races {

/// The module's events of one call.
struct Account {
  unsigned events = 0;
  unsigned finals = 0;
  unsigned broken = 0;  ///< final events without totals
  std::string last;     ///< the body of the last final event
};

/// Counts the events of the calls that are under way, and of no others: a hundred thousand rounds
/// leave nothing behind.
class Ledger {
 public:
  Ledger();
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void open(const std::string& uuid);
  /// Waits until the call has had `finals` final events. False on a timeout.
  bool wait_for_finals(const std::string& uuid, unsigned finals, std::chrono::milliseconds timeout);
  /// Removes the account and returns it.
  Account close(const std::string& uuid);

 private:
  static void on_event(switch_event_t* event);
  void take(const switch_event_t& event);

  switch_event_node_t* node_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Account> accounts_;  // guarded by mutex_
};

}  // namespace races
