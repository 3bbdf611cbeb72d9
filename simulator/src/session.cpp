#include "session.hpp"

#include <condition_variable>
#include <stdexcept>
#include <vector>

#include "c_memory.hpp"
#include "codec.hpp"
#include "memory_pool.hpp"
#include "violation.hpp"

namespace {

struct Sessions {
  std::mutex mutex;
  std::condition_variable ended;
  std::map<std::string, switch_core_session*> alive;
  std::size_t unfreed = 0;  // alive, or on their way out with their pool not yet freed
};

Sessions& sessions() {
  static Sessions instance;
  return instance;
}

switch_core_session* found(const char* uuid) {
  if (uuid == nullptr) return nullptr;
  const auto entry = sessions().alive.find(uuid);
  return entry == sessions().alive.end() ? nullptr : entry->second;
}

switch_status_t copy(const switch_codec_implementation_t* from, switch_codec_implementation_t* to) {
  if (from != nullptr) {
    *to = *from;
    return SWITCH_STATUS_SUCCESS;
  }
  *to = {};
  to->number_of_channels = 1;
  return SWITCH_STATUS_FALSE;
}

constexpr std::chrono::seconds kLockPatience{30};

}  // namespace

switch_core_session* simulator::create_session(const std::string& uuid, Endpoint& endpoint) {
  switch_memory_pool_t* pool = nullptr;
  switch_core_new_memory_pool(&pool);
  auto* session = pool->make<switch_core_session>(uuid, pool, endpoint);
  bool fresh = false;
  {
    const std::lock_guard lock(sessions().mutex);
    fresh = sessions().alive.emplace(uuid, session).second;
    if (fresh) ++sessions().unfreed;
  }
  if (!fresh) {
    switch_core_destroy_memory_pool(&pool);
    throw std::invalid_argument("a call with the uuid " + uuid + " exists already");
  }
  return session;
}

void simulator::destroy_session(switch_core_session* session) {
  if (!session->rwlock.write_lock_within(kLockPatience)) {
    violation("the session %s is still locked: a switch_core_session_rwunlock is missing",
              session->uuid.c_str());
  }
  session->destroyed = true;
  session->rwlock.unlock();
  switch_core_media_bug_remove_all(session);  // one added by a lock holder after the hangup
  switch_memory_pool_t* pool = session->pool;
  {
    const std::lock_guard lock(sessions().mutex);
    sessions().alive.erase(session->uuid);
  }
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_CHANNEL_DESTROY) == SWITCH_STATUS_SUCCESS) {
    switch_channel_event_set_data(&session->channel, event);
    switch_event_fire(&event);
  }
  switch_core_destroy_memory_pool(&pool);
  const std::lock_guard lock(sessions().mutex);
  --sessions().unfreed;
  sessions().ended.notify_all();
}

std::size_t simulator::sessions_alive() {
  const std::lock_guard lock(sessions().mutex);
  return sessions().alive.size();
}

void simulator::wait_for_sessions_to_end() {
  std::unique_lock lock(sessions().mutex);
  sessions().ended.wait(lock, [] { return sessions().unfreed == 0; });
}

void simulator::set_codecs(switch_core_session& session,
                           const switch_codec_implementation_t* implementation) {
  const switch_codec_implementation_t* kept = nullptr;
  if (implementation != nullptr) {
    kept = session.pool->make<switch_codec_implementation_t>(*implementation);
  }
  const std::scoped_lock lock(session.codec_read_mutex, session.codec_write_mutex);
  session.read_impl = kept;
  session.real_read_impl = kept;
  session.write_impl = kept;
  const std::uint32_t flags =
      kept != nullptr && is_passed_through(*kept) ? SWITCH_CODEC_FLAG_PASSTHROUGH : 0;
  for (switch_codec_t* codec : {&session.read_codec, &session.write_codec}) {
    codec->implementation = kept;
    codec->flags = flags;
  }
}

void switch_core_session_lock_codec_read(switch_core_session_t* session) {
  session->codec_read_mutex.lock();
}
void switch_core_session_unlock_codec_read(switch_core_session_t* session) {
  session->codec_read_mutex.unlock();
}

switch_core_session_t* switch_core_session_perform_locate(const char* uuid_str, const char*,
                                                          const char*, int) {
  const std::lock_guard lock(sessions().mutex);
  switch_core_session* session = found(uuid_str);
  if (session == nullptr) return nullptr;
  return switch_core_session_read_lock(session) == SWITCH_STATUS_SUCCESS ? session : nullptr;
}

switch_core_session_t* switch_core_session_perform_force_locate(const char* uuid_str, const char*,
                                                                const char*, int) {
  const std::lock_guard lock(sessions().mutex);
  switch_core_session* session = found(uuid_str);
  if (session == nullptr || session->destroyed) return nullptr;
  return session->rwlock.try_read_lock() ? session : nullptr;
}

switch_status_t switch_core_session_read_lock(switch_core_session_t* session) {
  if (!session->rwlock.try_read_lock()) return SWITCH_STATUS_FALSE;
  if (!session->destroyed && switch_channel_up_nosig(&session->channel)) {
    return SWITCH_STATUS_SUCCESS;
  }
  session->rwlock.unlock();
  return SWITCH_STATUS_FALSE;
}

switch_status_t switch_core_session_read_lock_hangup(switch_core_session_t* session) {
  if (!session->rwlock.try_read_lock()) return SWITCH_STATUS_FALSE;
  if (!session->destroyed && switch_channel_get_state(&session->channel) < CS_DESTROY) {
    return SWITCH_STATUS_SUCCESS;
  }
  session->rwlock.unlock();
  return SWITCH_STATUS_FALSE;
}

void switch_core_session_rwunlock(switch_core_session_t* session) {
  session->rwlock.unlock();
}

uint32_t switch_core_session_count() {
  return static_cast<uint32_t>(simulator::sessions_alive());
}

switch_console_callback_match_t* switch_core_session_findall() {
  const std::lock_guard lock(sessions().mutex);
  switch_console_callback_match_t* matches = nullptr;
  for (const auto& [uuid, session] : sessions().alive) {
    if (!session->destroyed) switch_console_push_match(&matches, uuid.c_str());
  }
  return matches;
}

void switch_core_session_hupall(switch_call_cause_t cause) {
  switch_console_callback_match_t* all = switch_core_session_findall();
  if (all == nullptr) return;
  for (const auto* node = all->head; node != nullptr; node = node->next) {
    switch_core_session_t* session = switch_core_session_locate(node->val);
    if (session == nullptr) continue;
    switch_channel_hangup(switch_core_session_get_channel(session), cause);
    switch_core_session_rwunlock(session);
  }
  switch_console_free_matches(&all);
}

switch_channel_t* switch_core_session_get_channel(switch_core_session_t* session) {
  return &session->channel;
}
char* switch_core_session_get_uuid(switch_core_session_t* session) {
  return session->uuid.data();
}
switch_memory_pool_t* switch_core_session_get_pool(switch_core_session_t* session) {
  return session->pool;
}
switch_bool_t switch_core_session_in_thread(switch_core_session_t* session) {
  return pthread_equal(session->thread, pthread_self()) != 0 ? SWITCH_TRUE : SWITCH_FALSE;
}
switch_codec_t* switch_core_session_get_read_codec(switch_core_session_t* session) {
  return session->read_impl.load() == nullptr ? nullptr : &session->read_codec;
}
switch_codec_t* switch_core_session_get_write_codec(switch_core_session_t* session) {
  return session->write_impl.load() == nullptr ? nullptr : &session->write_codec;
}
switch_status_t switch_core_session_get_read_impl(switch_core_session_t* session,
                                                  switch_codec_implementation_t* impp) {
  return copy(session->read_impl, impp);
}
switch_status_t switch_core_session_get_real_read_impl(switch_core_session_t* session,
                                                       switch_codec_implementation_t* impp) {
  return copy(session->real_read_impl, impp);
}
switch_status_t switch_core_session_get_write_impl(switch_core_session_t* session,
                                                   switch_codec_implementation_t* impp) {
  return copy(session->write_impl, impp);
}
void* switch_core_perform_session_alloc(switch_core_session_t* session, switch_size_t memory,
                                        const char*, const char*, int) {
  return session->pool->allocate(memory);
}
char* switch_core_perform_session_strdup(switch_core_session_t* session, const char* todup,
                                         const char*, const char*, int) {
  return todup == nullptr ? nullptr : session->pool->duplicate(todup);
}
char* switch_core_session_sprintf(switch_core_session_t* session, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  char* text = switch_core_vsprintf(session->pool, fmt, arguments);
  va_end(arguments);
  return text;
}
