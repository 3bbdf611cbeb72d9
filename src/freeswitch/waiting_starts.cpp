#include "freeswitch/waiting_starts.hpp"

#include <exception>

#include "freeswitch/fitness.hpp"
#include "freeswitch/locked_session.hpp"
#include "stream/end_command.hpp"
#include "stream/never_begun.hpp"

namespace audio_stream::freeswitch {
namespace {

constexpr std::size_t kMostWaiting = 10'000;

using Result = tl::expected<void, std::string>;

Result refused(std::string why) {
  return tl::unexpected(std::move(why));
}

}  // namespace

Result WaitingStarts::add(Start start) {
  const Key key = key_of(start.identity);
  const auto time = start.options.start.wait_media;
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return refused("the module is being unloaded");
    if (entries_.contains(key)) {
      return refused("a start of a stream named \"" + key.second +
                     "\" waits for this call's media already: stop it first, or start this one "
                     "under another name (name=<stream>)");
    }
    if (entries_.size() >= kMostWaiting) {
      return refused(std::to_string(entries_.size()) +
                     " starts wait for the media of their calls already: this one can't");
    }
    Entry entry;
    entry.number = ++numbered_;
    entry.since = Clock::now();
    entry.alarm =
        engine_.alarm(time, [weak = weak_from_this(), key, number = entry.number]() noexcept {
          if (const auto self = weak.lock()) self->on_time_over(key, number);
        });
    entry.start = std::move(start);
    entries_.emplace(key, std::move(entry));
    count_.store(entries_.size());
  }
  log_.write(stream::Severity::info, key.first,
             "(" + key.second + ") the start waits for the call's media, " +
                 std::to_string(time.count()) + " ms at most");
  look_soon(key.first);  // the media may have come since the caller has looked
  return {};
}

bool WaitingStarts::has(const stream::Identity& identity) const {
  if (count_.load() == 0) return false;
  const std::lock_guard lock{mutex_};
  return entries_.contains(key_of(identity));
}

bool WaitingStarts::stop(const stream::Identity& identity, control::StopCommand command) {
  if (count_.load() == 0) return false;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key_of(identity));
    if (found == entries_.end()) return false;
    if (!found->second.start) {  // it begins: its end is a stream's
      const bool is_first = !found->second.stop;
      if (is_first) found->second.stop = std::move(command);
      return is_first;
    }
  }
  const auto claimed = claim(key_of(identity), false);
  if (!claimed) return false;
  claimed->start.call->emit(
      stream::never_begun(stream::EndReason::stop, claimed->start.options, claimed->waited));
  return true;
}

void WaitingStarts::on_call_event(const char* uuid) noexcept {
  if (uuid == nullptr || count_.load() == 0) return;
  try {
    const std::string call{uuid};
    {
      const std::lock_guard lock{mutex_};
      const auto first = entries_.lower_bound({call, ""});
      if (first == entries_.end() || first->first.first != call) return;
    }
    look_soon(call);
  } catch (const std::exception&) {  // no memory: the next event, or the alarm
  }
}

void WaitingStarts::end_all() {
  std::vector<Key> keys;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    for (const auto& [key, entry] : entries_) keys.push_back(key);
  }
  for (const Key& key : keys) {
    const auto claimed = claim(key, false);
    if (!claimed) continue;
    claimed->start.call->emit(
        stream::never_begun(stream::EndReason::unload, claimed->start.options, claimed->waited));
  }
}

bool WaitingStarts::look_soon(const std::string& call) {
  return engine_.run_for(call, [self = shared_from_this(), call] { self->look(call); });
}

void WaitingStarts::look(const std::string& call) {
  std::vector<Key> keys;
  {
    const std::lock_guard lock{mutex_};
    for (auto each = entries_.lower_bound({call, ""});
         each != entries_.end() && each->first.first == call; ++each) {
      keys.push_back(each->first);
    }
  }
  for (const Key& key : keys) try_begin(key, false);
}

void WaitingStarts::on_time_over(const Key& key, std::uint64_t number) noexcept {
  try {
    {
      const std::lock_guard lock{mutex_};
      const auto found = entries_.find(key);
      if (found == entries_.end() || found->second.number != number) return;
    }
    if (engine_.run_for(key.first,
                        [self = shared_from_this(), key] { self->try_begin(key, true); }))
      return;
    if (const auto claimed = claim(key, false)) {
      fail(*claimed, "too many jobs already wait for the switch");
    }
  } catch (const std::exception&) {  // no memory: the next event of the call
  }
}

/// On a worker. `last`: the time is over.
void WaitingStarts::try_begin(const Key& key, bool last) {
  const LockedSession session = locate(key.first);
  if (!session) {
    if (const auto claimed = claim(key, false)) {
      claimed->start.call->emit(
          stream::never_begun(stream::EndReason::hangup, claimed->start.options, claimed->waited));
    }
    return;
  }
  const auto wrong = unfit(session.get());
  if (wrong && wrong->may_pass && !last) return;
  auto claimed = claim(key, !wrong);
  if (!claimed) return;
  if (!wrong) {
    begin(session.get(), key, std::move(*claimed));
  } else if (wrong->may_pass) {
    fail(*claimed, "the call had no media within " +
                       std::to_string(claimed->start.options.start.wait_media.count()) +
                       " ms (STREAM_WAIT_MEDIA)");
  } else {
    fail(*claimed, "this call can't be streamed: " + wrong->why);
  }
}

void WaitingStarts::begin(switch_core_session_t* session, const Key& key, Claimed claimed) {
  const stream::Identity identity = claimed.start.identity;
  Claimed for_events;
  Result begun = refused("not enough memory");
  try {
    auto spare = actions_.make_call(session, identity, claimed.start.options);
    for_events = {{identity, claimed.start.options, std::move(spare)}, claimed.waited};
    begun = actions_.begin(session, std::move(claimed.start));
  } catch (const std::exception&) {  // no memory: begun says so
  }
  std::optional<control::StopCommand> stop = drop(key);
  if (!begun) {
    fail(for_events.start.call ? for_events : claimed, begun.error());
  } else if (stop) {
    actions_.stop(identity, std::move(*stop));
  }
}

void WaitingStarts::fail(const Claimed& claimed, const std::string& why) {
  const control::Options& options = claimed.start.options;
  log_.write(stream::Severity::error, claimed.start.identity.call,
             "(" + claimed.start.identity.name + ") " + why);
  SwitchCall& call = *claimed.start.call;
  call.emit(stream::never_begun(why, options, claimed.waited));
  if (const auto command = stream::command_of(options.end_actions.on_failure)) {
    static_cast<void>(call.perform(*command));  // it fails only if the call is gone
  }
}

/// Takes the start out: only one thread ends it, or begins it. `keeps_name`: the entry stays until
/// drop(), so that the name is taken while the stream begins.
std::optional<WaitingStarts::Claimed> WaitingStarts::claim(const Key& key, bool keeps_name) {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.start) return std::nullopt;
  Claimed claimed{
      std::move(*found->second.start),
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - found->second.since)};
  found->second.start.reset();
  if (!keeps_name) entries_.erase(found);
  count_.store(entries_.size());
  return claimed;
}

/// The start has begun, or failed to. Returns the stop that came meanwhile.
std::optional<control::StopCommand> WaitingStarts::drop(const Key& key) {
  const std::lock_guard lock{mutex_};
  const auto entry = entries_.extract(key);
  count_.store(entries_.size());
  return entry.empty() ? std::nullopt : entry.mapped().stop;
}

}  // namespace audio_stream::freeswitch
