#include "stream/downlink.hpp"

#include <span>
#include <utility>
#include <variant>

namespace audio_stream::stream {

Downlink::Downlink(Parts parts)
    : parts_{std::move(parts)},
      rate_hz_{parts_.rate_hz},
      queue_{{parts_.caller, parts_.callee, parts_.context, parts_.guarded,
              [this](bool finished) { on_slice(finished); },
              [this](std::uint32_t rate_hz) {
                refuse("audio of " + std::to_string(rate_hz) + " Hz can't be resampled");
              },
              [this] { report(); }}},
      answers_{{queue_, parts_.buffer_ms, parts_.event_tokens, parts_.context, parts_.notify,
                [this] { report(); }, parts_.guarded}} {}

bool Downlink::playing() const noexcept {
  return queue_.wanted() || queue_.taking() || answers_.is_decoding_for_the_call();
}

bool Downlink::unplayed() const noexcept {
  if (queue_.paused()) return false;  // nobody is left to resume it
  return answers_.is_decoding_for_the_call() || queue_.taking() || queue_.taken() < queue_.end() ||
         answers_.answer_due();
}

std::chrono::milliseconds Downlink::unplayed_time() const noexcept {
  if (answers_.is_decoding()) return std::chrono::milliseconds{parts_.buffer_ms};
  return std::chrono::milliseconds{
      queue_.ms(queue_.end() + queue_.rest_of_message() - queue_.taken())};
}

// ---- audio ------------------------------------------------------------------------------------

bool Downlink::audio(std::string_view bytes, bool last) {
  if (!decoder_.in_message() && answers_.utterance_is_over()) decoder_.end_utterance();
  const bool nothing = !decoder_.decode(bytes, last, queue_.message());
  if (nothing) {
    if (last && std::exchange(refuses_message_, false)) answers_.report_refused();
    return true;
  }
  answers_.on_arrival();
  return take(rate_hz_);
}

void Downlink::new_connection() noexcept {
  decoder_.new_connection();
  rate_hz_ = parts_.rate_hz;
  refuses_message_ = false;
}

bool Downlink::speech(dialect::Speech speech) {
  decoder_.end_utterance();
  queue_.message() = std::move(speech.samples);
  return take(speech.rate_hz);
}

/// In samples of the queue, as far as it is known before decoding.
std::uint64_t Downlink::length_of(const dialect::ServerPiece& piece) const noexcept {
  if (!piece.audio) return 0;
  if (const auto* l16 = std::get_if<dialect::L16Bytes>(&*piece.audio)) {
    return queue_.length_of(l16->bytes.size() / sizeof(std::int16_t), l16->rate_hz);
  }
  if (const auto* speech = std::get_if<dialect::Speech>(&*piece.audio)) {
    return queue_.length_of(speech->samples.size(), speech->rate_hz);
  }
  return 0;
}

/// Appends the piece's samples to the queue's message and returns their rate; 0: it has none.
std::uint32_t Downlink::decode(dialect::ServerPiece& piece) {
  if (std::exchange(last_item_, piece.item) != piece.item) decoder_.end_utterance();
  if (const auto* l16 = std::get_if<dialect::L16Bytes>(&*piece.audio)) {
    return decoder_.decode(l16->bytes, true, queue_.message()) ? l16->rate_hz : 0;
  }
  decoder_.end_utterance();
  if (auto* speech = std::get_if<dialect::Speech>(&*piece.audio)) {
    queue_.message() = std::move(speech->samples);
    return speech->rate_hz;
  }
  const auto& packet = std::get<dialect::OpusPacket>(*piece.audio);
  if (!opus_) opus_ = audio::codec::OpusPacketDecoder::create();
  if (!opus_ || !opus_->decode(std::as_bytes(std::span{packet.bytes}), queue_.message())) {
    refuse("a message of " + std::to_string(packet.bytes.size()) + " bytes is no Opus packet");
    return 0;
  }
  return audio::codec::OpusPacketDecoder::kRateHz;
}

bool Downlink::piece(dialect::ServerPiece piece, bool decoded) {
  const std::uint64_t length = length_of(piece);
  const bool is_cleared = decoded && !answers_.end_decoding(length, piece.item);
  if (is_cleared || !piece.audio) {
    if (!piece.audio) refuse(piece.audio.error());
    report();
    return true;
  }
  if (answers_.is_cut(piece.item, piece.late)) {
    answers_.skip(length);
    return true;
  }
  if (!decoder_.in_message() && answers_.utterance_is_over()) decoder_.end_utterance();
  answers_.on_item(piece.item);
  const std::uint32_t rate_hz = decode(piece);
  if (rate_hz == 0) return true;
  answers_.on_arrival();
  const bool taken = take(rate_hz);
  if (!piece.played.empty()) {
    constexpr bool kInternal = true;
    answers_.mark({std::move(piece.item), std::move(piece.played)}, kInternal);
    report();
  }
  return taken;
}

dialect::QueueFacts Downlink::facts() const noexcept {
  return {queue_.ms(answers_.end_of_arrived() - queue_.taken()), queue_.paused(),
          answers_.told_to_wait()};
}

void Downlink::decoding_yielded_nothing() {
  answers_.end_decoding(0);
  report();
}

bool Downlink::decoded_binary(std::string_view bytes) {
  const std::size_t samples = bytes.size() / sizeof(std::int16_t);
  if (answers_.end_decoding(queue_.length_of(samples, rate_hz_))) return audio(bytes, true);
  report();
  return true;
}

bool Downlink::decoded(tl::expected<dialect::Speech, std::string> speech, bool by_worker) {
  const bool is_cleared =
      by_worker && !answers_.end_decoding(
                       speech ? queue_.length_of(speech->samples.size(), speech->rate_hz) : 0);
  if (!speech) refuse(speech.error());
  if (!is_cleared && speech) return this->speech(std::move(*speech));
  report();
  return true;
}

/// Takes the whole message of the queue.
bool Downlink::take(std::uint32_t rate_hz) {
  if (!queue_.taking()) return true;
  if (refuses_message_ && answers_.has_room_again()) refuses_message_ = false;
  if (refuses_message_ || !queue_.fits(rate_hz)) {
    refuses_message_ = decoder_.in_message();
    answers_.count_refused(queue_.length_of(queue_.message().size(), rate_hz),
                           "more than " + std::to_string(parts_.buffer_ms) +
                               " ms would be waiting to be played (STREAM_PLAYBACK_BUFFER)");
    if (!refuses_message_) answers_.report_refused();
    queue_.drop_message();
    return true;
  }
  answers_.on_audio();
  if (!queue_.take(rate_hz)) return false;
  answers_.report_flow();
  answers_.arm_wake();
  return true;
}

/// A later slice of a message.
void Downlink::on_slice(bool finished) {
  if (!finished) return;
  answers_.report_flow();
  answers_.arm_wake();
  parts_.ready();
}

void Downlink::refuse(const std::string& reason) {
  answers_.refuse(reason);
}

// ---- requests ---------------------------------------------------------------------------------

void Downlink::request(const dialect::PlaybackRequest& request) {
  if (const auto* to_mark = std::get_if<dialect::MarkRequest>(&request)) {
    if (!answers_.mark(*to_mark)) return;
    decoder_.end_utterance();
    report();
  } else if (std::holds_alternative<dialect::ForgetMarksRequest>(request)) {
    report();
    answers_.forget_marks();
  } else if (const auto* to_clear = std::get_if<dialect::ClearRequest>(&request)) {
    clear("server", *to_clear);
  } else if (const auto* to_rate = std::get_if<dialect::RateRequest>(&request)) {
    if (to_rate->rate_hz == 0) {
      refuse("rawAudio needs a sampleRate from 4000 to 192000");
      return;
    }
    decoder_.end_utterance();
    rate_hz_ = to_rate->rate_hz;
  } else {
    pause(std::get<dialect::PauseRequest>(request).paused);
  }
}

void Downlink::clear(const std::string& reason, const dialect::ClearRequest& request) {
  report();
  decoder_.drop_half_sample();
  answers_.clear(reason, request.fade_ms.value_or(kFadeMs), request);
  report();
}

void Downlink::pause(bool paused) {
  report();
  answers_.pause(paused);
}

void Downlink::report() {
  answers_.report(!refuses_message_);
}

Downlink::Totals Downlink::totals() const {
  const std::uint64_t cleared = answers_.cleared();
  const std::uint64_t skipped = answers_.skipped();
  const std::uint64_t taken = queue_.taken();
  const std::uint64_t played = taken > cleared ? taken - cleared : 0;
  const std::uint64_t accepted = queue_.end() + queue_.rest_of_message() + skipped;
  Totals totals;
  totals.received_ms = queue_.ms(accepted + answers_.refused());
  totals.played_ms = queue_.ms(played);
  totals.cleared_ms = queue_.ms(cleared + skipped);
  totals.refused_ms = queue_.ms(answers_.refused());
  totals.unplayed_ms = queue_.ms(accepted - played - cleared - skipped);
  totals.underruns = queue_.underruns();
  totals.underrun_ms = queue_.ms(queue_.lacking());
  return totals;
}

}  // namespace audio_stream::stream
