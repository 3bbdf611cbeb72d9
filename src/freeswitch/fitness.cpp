#include "freeswitch/fitness.hpp"

#include "freeswitch/pass_through.hpp"

namespace audio_stream::freeswitch {

std::optional<Unfit> unfit(switch_core_session_t* session) {
  switch_channel_t* channel = switch_core_session_get_channel(session);
  if (switch_channel_test_flag(channel, CF_PROXY_MODE) != 0) {
    return Unfit{"its media bypasses the switch (bypass_media): there is no audio here to stream"};
  }
  if (switch_channel_test_flag(channel, CF_PROXY_MEDIA) != 0) {
    return Unfit{
        "its media is passed through undecoded (proxy_media): there is no audio here to stream"};
  }
  // The core would pre-answer such a call for the bug, and hang it up if that fails.
  if (switch_channel_media_ready(channel) == 0) {
    return Unfit{
        "it has no media yet, or no more: answer or pre_answer it first, or say wait-media=<ms>; "
        "before a bridge, have execute_on_answer run the start",
        true};
  }
  if (const auto codec = passed_through_codec(session)) {
    return Unfit{"its codec " + *codec +
                 " is passed through undecoded: it needs a codec that the switch can decode"};
  }
  return std::nullopt;
}

std::uint32_t real_rate(switch_core_session_t* session) {
  switch_codec_implementation_t codec{};
  switch_core_session_get_real_read_impl(session, &codec);
  if (codec.actual_samples_per_second == 0) switch_core_session_get_read_impl(session, &codec);
  return codec.actual_samples_per_second;
}

}  // namespace audio_stream::freeswitch
