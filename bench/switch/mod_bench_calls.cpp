// An endpoint `stamp` whose calls cost next to nothing and carry the time in their audio.
//
//   originate {rate=16000}stamp/1 &park()
//
// A channel of this endpoint answers at once. Each frame that it reads (20 ms of L16) begins with a
// Stamp, the time at which media bugs see the frame. The channel discards written frames and keeps
// the ages of their stamps:
//
//   bench_heard    the stamps' ages since the last query, in microseconds, as JSON
#include <switch.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>

#include "macro/sink/histogram.hpp"
#include "macro/stamp.hpp"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_bench_calls_load);
SWITCH_MODULE_DEFINITION(mod_bench_calls, mod_bench_calls_load, nullptr, nullptr);
SWITCH_END_EXTERN_C

namespace {

constexpr std::int64_t kPtimeNs = 20'000'000;
constexpr std::int64_t kHopeless = 10 * kPtimeNs;  // a call this late skips the frames it missed

switch_endpoint_interface_t* endpoint = nullptr;
std::atomic<std::uint32_t> calls{0};

/// The times at which a call's frames are due. Each call keeps its own phase.
class Pace {
 public:
  Pace() {
    // Multiples of the golden ratio spread evenly for any number of calls.
    constexpr double kGolden = 0.6180339887498949;
    const double turns = kGolden * calls.fetch_add(1);
    const auto phase =
        static_cast<std::int64_t>((turns - std::floor(turns)) * static_cast<double>(kPtimeNs));
    due_ = bench::monotonic_ns() / kPtimeNs * kPtimeNs + phase;
  }
  void wait() {
    due_ += kPtimeNs;
    const std::int64_t now = bench::monotonic_ns();
    if (now - due_ > kHopeless) due_ += (now - due_) / kPtimeNs * kPtimeNs;
    const timespec due{due_ / 1'000'000'000, due_ % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
    }
  }

 private:
  std::int64_t due_;
};

/// The data of one call, kept in its session.
struct Leg {
  switch_codec_t read_codec;
  switch_codec_t write_codec;
  switch_frame_t frame;
  Pace* pace;
};

Leg* leg_of(switch_core_session_t* session) {
  return static_cast<Leg*>(switch_core_session_get_private(session));
}

bool set_up(switch_core_session_t* session, Leg& leg, std::uint32_t rate) {
  switch_memory_pool_t* pool = switch_core_session_get_pool(session);
  for (switch_codec_t* codec : {&leg.read_codec, &leg.write_codec}) {
    if (switch_core_codec_init(codec, "L16", nullptr, nullptr, rate, 20, 1,
                               SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE, nullptr,
                               pool) != SWITCH_STATUS_SUCCESS) {
      return false;
    }
  }
  switch_core_session_set_read_codec(session, &leg.read_codec);
  switch_core_session_set_write_codec(session, &leg.write_codec);
  const auto* codec = leg.read_codec.implementation;
  leg.frame.codec = &leg.read_codec;
  leg.frame.data = switch_core_session_alloc(session, codec->decoded_bytes_per_packet);
  leg.frame.buflen = leg.frame.datalen = codec->decoded_bytes_per_packet;
  leg.frame.samples = codec->samples_per_packet;
  leg.frame.rate = codec->actual_samples_per_second;
  leg.frame.channels = 1;
  leg.pace = new Pace;  // NOLINT(cppcoreguidelines-owning-memory): on_destroy() frees it
  switch_core_session_set_private(session, &leg);
  return true;
}

switch_call_cause_t outgoing(switch_core_session_t* /*from*/, switch_event_t* variables,
                             switch_caller_profile_t* profile, switch_core_session_t** session,
                             switch_memory_pool_t** pool, switch_originate_flag_t flags,
                             switch_call_cause_t* /*cancel*/) {
  *session = switch_core_session_request(endpoint, SWITCH_CALL_DIRECTION_OUTBOUND, flags, pool);
  if (*session == nullptr) return SWITCH_CAUSE_SWITCH_CONGESTION;
  switch_core_session_add_stream(*session, nullptr);
  const char* rate = switch_event_get_header(variables, "rate");
  const std::int64_t hertz = rate == nullptr ? 0 : std::strtol(rate, nullptr, 10);
  auto* leg = static_cast<Leg*>(switch_core_session_alloc(*session, sizeof(Leg)));
  if (!set_up(*session, *leg, hertz > 0 ? static_cast<std::uint32_t>(hertz) : 8000)) {
    switch_core_session_destroy(session);
    return SWITCH_CAUSE_BEARERCAPABILITY_NOTIMPL;
  }
  switch_channel_t* channel = switch_core_session_get_channel(*session);
  switch_channel_set_name(channel, "stamp");
  switch_channel_set_caller_profile(channel, switch_caller_profile_clone(*session, profile));
  switch_channel_set_flag(channel, CF_AUDIO);
  switch_channel_set_state(channel, CS_INIT);
  return SWITCH_CAUSE_SUCCESS;
}

switch_status_t on_init(switch_core_session_t* session) {
  switch_channel_set_state(switch_core_session_get_channel(session), CS_ROUTING);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t on_consume_media(switch_core_session_t* session) {
  switch_channel_mark_answered(switch_core_session_get_channel(session));
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t on_destroy(switch_core_session_t* session) {
  Leg* leg = leg_of(session);
  if (leg == nullptr) return SWITCH_STATUS_SUCCESS;
  switch_core_codec_destroy(&leg->read_codec);
  switch_core_codec_destroy(&leg->write_codec);
  delete leg->pace;  // NOLINT(cppcoreguidelines-owning-memory)
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t kill(switch_core_session_t* session, int signal) {
  if (signal == SWITCH_SIG_KILL) {
    switch_channel_hangup(switch_core_session_get_channel(session), SWITCH_CAUSE_NORMAL_CLEARING);
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t read_frame(switch_core_session_t* session, switch_frame_t** frame,
                           switch_io_flag_t /*flags*/, int /*stream*/) {
  Leg* leg = leg_of(session);
  leg->pace->wait();
  if (!switch_channel_ready(switch_core_session_get_channel(session))) return SWITCH_STATUS_FALSE;
  leg->frame.flags = 0;
  leg->frame.datalen = leg->frame.buflen;
  bench::Stamp::write(static_cast<std::byte*>(leg->frame.data), bench::monotonic_ns());
  *frame = &leg->frame;
  return SWITCH_STATUS_SUCCESS;
}

/// The ages of the stamps written to all calls since the last query.
struct {
  std::mutex mutex;
  bench::Histogram latency;
} heard;

switch_status_t write_frame(switch_core_session_t* /*session*/, switch_frame_t* frame,
                            switch_io_flag_t /*flags*/, int /*stream*/) {
  const std::span audio{static_cast<const unsigned char*>(frame->data), frame->datalen};
  if (const auto at = bench::Stamp::find(audio, 0)) {
    const std::int64_t took = bench::monotonic_ns() - bench::Stamp::ns_at(audio, *at);
    const std::lock_guard lock(heard.mutex);
    heard.latency.add(took);
  }
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(tell_heard) {
  static_cast<void>(session);
  static_cast<void>(cmd);
  const std::lock_guard lock(heard.mutex);
  const auto& latency = heard.latency;
  stream->write_function(stream, R"({"count": %llu, "p50": %.1f, "p99": %.1f, "max": %.1f})",
                         static_cast<unsigned long long>(latency.total()), latency.quantile_us(0.5),
                         latency.quantile_us(0.99), latency.most_us());
  heard.latency = bench::Histogram{};
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t receive_message(switch_core_session_t* session,
                                switch_core_session_message_t* message) {
  if (message->message_id == SWITCH_MESSAGE_INDICATE_ANSWER) {
    switch_channel_mark_answered(switch_core_session_get_channel(session));
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_io_routines_t routines{};
switch_state_handler_table_t states{};

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_bench_calls_load) {
  routines.outgoing_channel = outgoing;
  routines.read_frame = read_frame;
  routines.write_frame = write_frame;
  routines.kill_channel = kill;
  routines.receive_message = receive_message;
  states.on_init = on_init;
  states.on_consume_media = on_consume_media;
  states.on_destroy = on_destroy;
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  endpoint = static_cast<switch_endpoint_interface_t*>(
      switch_loadable_module_create_interface(*module_interface, SWITCH_ENDPOINT_INTERFACE));
  endpoint->interface_name = "stamp";
  endpoint->io_routines = &routines;
  endpoint->state_handler = &states;
  switch_api_interface_t* api_interface = nullptr;
  SWITCH_ADD_API(api_interface, "bench_heard", "what callers heard", tell_heard, "");
  return SWITCH_STATUS_SUCCESS;
}
