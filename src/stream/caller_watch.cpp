#include "stream/caller_watch.hpp"

#include <algorithm>
#include <string>

namespace audio_stream::stream {
namespace {

using What = dialect::CallerNote::What;

std::uint64_t length(std::uint64_t begin, std::uint64_t end) noexcept {
  return end - std::min(begin, end);
}

}  // namespace

void CallerWatch::take() {
  take_masks();
  take_speech();
}

void CallerWatch::take_masks() {
  Masking& masking = parts_.uplink.masking();
  while (const auto change = masking.take()) {
    const std::uint64_t at = ms_of(change->position);
    if (change->on) {
      mask_began_ms_ = at;
      tell({What::masked, at});
    } else {
      tell({What::unmasked, at, length(mask_began_ms_, at)});
    }
  }
}

void CallerWatch::take_speech() {
  CallerSpeech* const speech = parts_.uplink.speech();
  if (speech == nullptr) return;
  const bool tells = parts_.options.caller.vad != control::Vad::off;
  while (const auto change = speech->take()) {
    const std::uint64_t at = ms_of(change->position);
    if (change->started) {
      speech_began_ms_ = at;
      parts_.on_speech();
      if (tells) tell({What::speech_started, at});
    } else if (tells) {
      tell({What::speech_stopped, at, length(speech_began_ms_, at)});
    }
  }
  if (const auto lost = speech->take_lost()) {
    parts_.log.write(Severity::warning,
                     std::to_string(lost) +
                         " changes of the caller's speech were lost: the stream's thread is busy");
  }
}

void CallerWatch::tell(const dialect::CallerNote& note) {
  parts_.send(parts_.dialect.caller(note));
  const bool is_mask = note.what == What::masked || note.what == What::unmasked;
  parts_.events.emit(is_mask ? EventKind::mask : EventKind::speech, caller_body(note));
}

}  // namespace audio_stream::stream
