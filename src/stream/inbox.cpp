#include "stream/inbox.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/overloaded.hpp"
#include "base/utf8.hpp"
#include "dialect/event_text.hpp"
#include "dialect/stream_audio.hpp"
#include "stream/downlink.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {
namespace {

constexpr std::size_t kLoggedText = 1024;

// A worker reads longer messages and decodes their audio. At 1 ns or more a byte they would delay
// the other streams on this thread.
constexpr std::size_t kReadHere = std::size_t{64} * 1024;

std::vector<dialect::Incoming> understand(dialect::Dialect& dialect, bool is_binary,
                                          std::string&& message) {
  return is_binary ? dialect.understand_binary(message)
                   : dialect.understand_text(std::move(message));
}

}  // namespace

Inbox::Inbox(Parts parts)
    : parts_{std::move(parts)}, refill_{parts_.context}, self_{std::make_shared<Inbox*>(this)} {}

Inbox::~Inbox() {
  *self_ = nullptr;
}

void Inbox::text(std::string&& text) {
  Counters::add(parts_.counters.messages_received, 1);
  // `MessageReader` refuses such a text already. This check covers other implementations of
  // WebSocket.
  if (base::ends_within_character(text)) {
    refuse(1007, "a text that is not UTF-8");
    return;
  }
  message(false, std::move(text));
}

void Inbox::binary(std::string_view bytes, bool last) {
  if (last) Counters::add(parts_.counters.messages_received, 1);
  const bool plays = in_audio_ || (binary_.empty() && parts_.dialect->plays_binary(bytes));
  in_audio_ = plays && !last;
  if (plays) {
    play(bytes, last);
    return;
  }
  binary_ += bytes;
  if (last) message(true, std::exchange(binary_, {}));
}

/// A complete message that is not plain audio.
void Inbox::message(bool is_binary, std::string&& bytes) {
  if (bytes.size() <= kReadHere) {
    for (dialect::Incoming& each : understand(*parts_.dialect, is_binary, std::move(bytes))) {
      pending_.push_back({std::move(each)});
    }
    handle_pending();
    return;
  }
  if (parts_.downlink != nullptr) parts_.downlink->begin_decoding();
  with_worker(
      parts_.workers.decode, "",
      [dialect = parts_.dialect, wav = wav_, is_binary, bytes = std::move(bytes)]() mutable {
        return read(*dialect, wav, is_binary, std::move(bytes));
      },
      [](Inbox& inbox, std::vector<Read> read) { inbox.on_message_read(std::move(read)); });
}

/// Runs on a worker.
std::vector<Inbox::Read> Inbox::read(dialect::Dialect& dialect,
                                     const std::optional<dialect::WavFormat>& wav, bool is_binary,
                                     std::string&& message) {
  std::vector<Read> all;
  for (dialect::Incoming& each : understand(dialect, is_binary, std::move(message))) {
    all.push_back(with_audio_decoded(std::move(each), wav));
  }
  return all;
}

/// Runs on a worker.
Inbox::Read Inbox::with_audio_decoded(dialect::Incoming understood,
                                      const std::optional<dialect::WavFormat>& wav) {
  if (const auto* speech = std::get_if<dialect::ServerSpeech>(&understood)) {
    return dialect::read_speech(speech->audio, wav);
  }
  if (auto* file = std::get_if<dialect::ServerAudioFile>(&understood)) {
    return decode(std::move(file->audio));
  }
  return understood;
}

/// Runs on a worker. Discards the base64.
Inbox::FileAudio Inbox::decode(dialect::EncodedAudio audio) {
  auto decoded = dialect::read_stream_audio(audio);
  audio.text = {};
  return {std::move(audio), std::move(decoded)};
}

void Inbox::on_message_read(std::vector<Read> read) {
  const auto is_audio = [](const Read& each) {
    const auto* incoming = std::get_if<dialect::Incoming>(&each);
    return std::holds_alternative<Speech>(each) ||
           (incoming != nullptr && (std::holds_alternative<dialect::ServerPiece>(*incoming) ||
                                    std::holds_alternative<dialect::ServerAudio>(*incoming)));
  };
  bool decoding = parts_.downlink != nullptr;
  if (decoding && std::ranges::none_of(read, is_audio)) {
    parts_.downlink->decoding_yielded_nothing();
    decoding = false;
  }
  for (Read& each : read) {
    const bool ends_decoding = decoding && is_audio(each);
    decoding = decoding && !ends_decoding;
    pending_.push_back({std::move(each), ends_decoding});
  }
  // taken() handles them: the worker's job still counts.
}

/// Handles what the last message means, until something of it needs more turns.
void Inbox::handle_pending() {
  while (!busy() && !pending_.empty()) {
    Pending next = std::move(pending_.front());
    pending_.pop_front();
    if (parts_.events.final_emitted()) continue;
    handle(std::move(next));
    pause_without_tokens();
  }
}

void Inbox::handle(Pending pending) {
  if (auto* speech = std::get_if<Speech>(&pending.read)) {
    decoded(std::move(*speech), pending.ends_decoding);
  } else if (auto* audio = std::get_if<FileAudio>(&pending.read)) {
    write(std::move(*audio));
  } else {
    handle(std::move(std::get<dialect::Incoming>(pending.read)), pending.ends_decoding);
  }
}

void Inbox::handle(dialect::Incoming message, bool ends_decoding) {
  std::visit(
      base::Overloaded{
          [this](dialect::ServerText& text) { emit_text(std::move(text)); },
          [this](dialect::ServerAudioFile& file) {
            with_worker(
                parts_.workers.decode, "",
                [audio = std::move(file.audio)]() mutable { return decode(std::move(audio)); },
                [](Inbox& inbox, FileAudio audio) {
                  inbox.write(std::move(audio));
                  inbox.pause_without_tokens();
                });
          },
          [&](const dialect::ServerAudio& audio) { play_message(audio.bytes, ends_decoding); },
          [this](dialect::ServerSpeech& speech) { take_speech(std::move(speech)); },
          [&](dialect::ServerPiece& piece) { take_piece(std::move(piece), ends_decoding); },
          [this](const dialect::ServerRequest& request) {
            if (parts_.downlink != nullptr) parts_.downlink->request(request.request);
            parts_.pump();
          },
          [this](const dialect::Acknowledged& audio) {
            parts_.outbox.server_acknowledged(audio.position_ms);
          },
          [this](const dialect::ServerReply& reply) {
            const dialect::QueueFacts queue =
                parts_.downlink == nullptr ? dialect::QueueFacts{} : parts_.downlink->facts();
            parts_.event_tokens.take();
            parts_.outbox.add_notes(parts_.dialect->reply(reply.answer, queue));
            parts_.pump();
          },
          [this](const dialect::ServerTranscript& transcript) { emit_transcript(transcript); },
          [this](const dialect::StreamRequest& request) { parts_.on_request(request); },
          [this](const dialect::Unusable& unusable) {
            Counters::add(parts_.counters.messages_unusable, 1);
            if (std::exchange(unusable_warned_, true)) return;
            parts_.log.write(Severity::warning,
                             "the server sent " + unusable.reason +
                                 "; such messages are ignored and only counted from now on");
          },
          [this](const dialect::TooMuch& much) { refuse(1009, much.reason); },
      },
      message);
}

/// Closes the connection with `code`, a close code of RFC 6455, 7.4.1.
void Inbox::refuse(int code, const std::string& what) {
  if (!parts_.link.takes_messages()) return;
  parts_.log.write(Severity::error,
                   "the server sent " + what + ": closing with " + std::to_string(code));
  parts_.link.close(code, what);
}

void Inbox::emit_text(dialect::ServerText text) {
  if (!parts_.options.texts.suppress_log) {
    parts_.log.write(Severity::debug, "response: " + text.body.substr(0, kLoggedText));
  }
  parts_.event_tokens.take();
  parts_.events.emit(EventKind::json, std::move(text.body), text.full_length);
}

// ---- work for workers -------------------------------------------------------------------------

void Inbox::begin_taking() {
  ++being_taken_;
  parts_.link.pause_reading();
}

void Inbox::taken() {
  --being_taken_;
  handle_pending();
  if (!busy()) parts_.link.resume_reading();
}

/// Stops reading from a server that has caused more events and answers than its token bucket
/// allows, until there are tokens again. Nothing is dropped.
void Inbox::pause_without_tokens() {
  if (waits_for_tokens_ || parts_.event_tokens.available()) return;
  waits_for_tokens_ = true;
  begin_taking();
  wait_for_tokens();
}

void Inbox::wait_for_tokens() {
  refill_.expires_after(parts_.event_tokens.wait());
  refill_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    Inbox& inbox = **self;
    inbox.parts_.guarded([&] {
      if (!inbox.parts_.event_tokens.available()) {
        inbox.wait_for_tokens();
        return;
      }
      inbox.waits_for_tokens_ = false;
      inbox.taken();
    });
  });
}

/// Runs `work` on a worker, then `then` with its result on this thread.
template <class Work, class Then>  // Work: Result(), on the worker; Then: void(Inbox&, Result)
void Inbox::with_worker(transport::Worker& worker, const char* lane, Work work, Then then) {
  begin_taking();
  auto job = std::make_shared<char>();
  job_ = job;  // expires early if there was no memory or no room for the job
  worker.run(lane, [self = self_, job = std::move(job), &context = parts_.context,
                    work = std::move(work), then = std::move(then)]() mutable {
    auto result = work();
    boost::asio::post(context,
                      [self, job, result = std::move(result), then = std::move(then)]() mutable {
                        if (*self == nullptr) return;
                        (*self)->parts_.guarded([&] {
                          (*self)->job_.reset();
                          then(**self, std::move(result));
                          (*self)->taken();
                        });
                      });
  });
}

bool Inbox::take_lost_job() noexcept {
  constexpr std::chrono::seconds kLate{2};
  if (waits_for_tokens_ && TokenBucket::Clock::now() - refill_.expiry() > kLate) {
    waits_for_tokens_ = false;
    return true;
  }
  if (!job_ || !job_->expired()) return false;
  job_.reset();
  return true;
}

// ---- audio for a file -------------------------------------------------------------------------

void Inbox::write(FileAudio audio) {
  if (parts_.events.final_emitted()) return;
  if (!audio.decoded) {
    emit_stored(audio.encoded, tl::unexpected(std::move(audio.decoded.error())));
    return;
  }
  wrote_ = true;
  struct Stored {
    dialect::EncodedAudio audio;
    tl::expected<std::string, std::string> file;
  };
  with_worker(
      parts_.workers.disk, AudioFiles::kLane,
      [files = parts_.files, audio = std::move(audio)]() mutable {
        auto file = files->write(audio.decoded->audio, audio.decoded->extension);
        return Stored{std::move(audio.encoded), std::move(file)};
      },
      [](Inbox& inbox, const Stored& stored) {
        inbox.emit_stored(stored.audio, stored.file);
        inbox.pause_without_tokens();
      });
}

/// `file`: the file's path, or why there is none.
void Inbox::emit_stored(const dialect::EncodedAudio& audio,
                        const tl::expected<std::string, std::string>& file) {
  if (parts_.events.final_emitted()) return;
  dialect::ServerText body;
  if (file) {
    body.body = dialect::play_body(audio, *file);
  } else {
    parts_.log.write(Severity::error, "streamAudio can't be used: " + file.error());
    body = dialect::event_text(dialect::body_without_audio(audio, file.error()),
                               parts_.options.limits.event_bytes);
  }
  if (audio.left_out_bytes > 0) {
    body.full_length = std::max(body.full_length, body.body.size()) + audio.left_out_bytes;
  }
  parts_.event_tokens.take();
  parts_.events.emit(file ? EventKind::play : EventKind::json, std::move(body.body),
                     body.full_length);
}

// ---- audio for the call -----------------------------------------------------------------------

void Inbox::play(std::string_view bytes, bool last) {
  if (parts_.downlink == nullptr) return;
  if (!parts_.downlink->audio(bytes, last)) begin_taking();
  // The call's notes are sent when they are due, not with each message of the server.
  if (parts_.outbox.has_notes()) parts_.pump();
}

/// A message that is all audio.
void Inbox::play_message(const std::string& bytes, bool ends_decoding) {
  if (!ends_decoding) {
    play(bytes, true);
    return;
  }
  if (!parts_.downlink->decoded_binary(bytes)) begin_taking();
  parts_.pump();
}

void Inbox::decoded(Speech speech, bool ends_decoding) {
  if (parts_.downlink == nullptr) return;
  if (speech && speech->wav) wav_ = speech->wav;
  if (!parts_.downlink->decoded(std::move(speech), ends_decoding)) begin_taking();
  parts_.pump();
}

void Inbox::take_speech(dialect::ServerSpeech speech) {
  if (parts_.downlink == nullptr) return;
  if (!dialect::is_compressed(speech.audio)) {
    decoded(dialect::read_speech(speech.audio, wav_), false);
    return;
  }
  parts_.downlink->begin_decoding();
  with_worker(
      parts_.workers.decode, "",
      [audio = std::move(speech.audio)] { return dialect::read_speech(audio, std::nullopt); },
      [](Inbox& inbox, Speech read) {
        inbox.decoded(std::move(read), true);
        inbox.pause_without_tokens();
      });
}

void Inbox::take_piece(dialect::ServerPiece piece, bool ends_decoding) {
  if (parts_.downlink == nullptr) return;
  if (!parts_.downlink->piece(std::move(piece), ends_decoding)) begin_taking();
  if (parts_.outbox.has_notes()) parts_.pump();
}

void Inbox::emit_transcript(const dialect::ServerTranscript& transcript) {
  parts_.event_tokens.take();
  parts_.events.emit(transcript_event(transcript, parts_.outbox.connection_begin_ms(),
                                      parts_.options.limits.event_bytes));
}

}  // namespace audio_stream::stream
