#include "stream/inbox.hpp"

#include <boost/asio/post.hpp>

#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "protocol/stream_audio.hpp"
#include "protocol/utf8.hpp"
#include "stream/downlink.hpp"
#include "stream/overloaded.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {
namespace {

constexpr std::size_t kLoggedText = 1024;

// A message with more audio than that is decoded by a worker.
constexpr std::size_t kDecodedHere = std::size_t{128} * 1024;

}  // namespace

Inbox::Inbox(Parts parts, Owner& owner)
    : parts_{std::move(parts)}, owner_{owner}, self_{std::make_shared<Inbox*>(this)} {}

Inbox::~Inbox() {
  *self_ = nullptr;
}

void Inbox::text(std::string&& text) {
  Counters::add(parts_.counters.messages_received, 1);
  // Beast sees to all of a text but this: a letter cut off by an empty last fragment.
  if (protocol::ends_within_letter(text)) {
    owner_.refuse(1007, "a text that is not UTF-8");
    return;
  }
  handle(parts_.dialect.understand_text(std::move(text)));
}

void Inbox::binary(std::string_view bytes, bool last) {
  if (last) Counters::add(parts_.counters.messages_received, 1);
  if (last && binary_.empty()) {
    handle(parts_.dialect.understand_binary(bytes));
    return;
  }
  binary_ += bytes;
  if (!last) return;
  const std::string whole = std::exchange(binary_, {});
  handle(parts_.dialect.understand_binary(whole));
}

void Inbox::handle(protocol::ServerMessage message) {
  std::visit(Overloaded{
                 [this](protocol::ServerText& text) {
                   if (!parts_.options.suppress_log) {
                     owner_.log(Severity::debug, "response: " + text.body.substr(0, kLoggedText));
                   }
                   owner_.tell(EventKind::json, std::move(text.body));
                 },
                 [this](protocol::ServerAudioFile& audio) { store(std::move(audio.message)); },
                 [this](const protocol::ServerAudio& audio) { play(audio.bytes); },
                 [this](protocol::ServerSpeech& speech) { play(std::move(speech.message)); },
                 [this](const protocol::ServerRequest& request) {
                   if (parts_.downlink != nullptr) parts_.downlink->request(request.request);
                   owner_.pump();
                 },
                 [this](const protocol::Unusable& unusable) {
                   Counters::add(parts_.counters.messages_unusable, 1);
                   if (std::exchange(unusable_warned_, true)) return;
                   owner_.log(Severity::warning,
                              "the server sent " + unusable.reason +
                                  "; such messages are ignored and only counted from now on");
                 },
                 [this](const protocol::TooMuch& much) { owner_.refuse(1009, much.reason); },
             },
             message);
}

// ---- what takes its time ----------------------------------------------------------------------

void Inbox::hold() {
  ++being_taken_;
  owner_.pause_reading();
}

void Inbox::taken() {
  --being_taken_;
  if (!busy()) owner_.resume_reading();
}

/// Has a worker do what takes long, and goes on with the result.
template <class Work, class Then>  // Work: Result(), on the worker; Then: void(Inbox&, Result)
void Inbox::with_worker(transport::Worker& worker, const char* lane, Work work, Then then) {
  hold();
  auto job = std::make_shared<char>();
  job_ = job;  // gone before its time if there was no memory for it, or no room
  worker.run(lane, [self = self_, job = std::move(job), &context = parts_.context,
                    work = std::move(work), then = std::move(then)]() mutable {
    auto result = work();
    boost::asio::post(context,
                      [self, job, result = std::move(result), then = std::move(then)]() mutable {
                        if (*self == nullptr) return;
                        (*self)->owner_.run([&] {
                          (*self)->job_.reset();
                          then(**self, std::move(result));
                          (*self)->taken();
                        });
                      });
  });
}

bool Inbox::lost_a_job() noexcept {
  if (!job_ || !job_->expired()) return false;
  job_.reset();
  return true;
}

// ---- audio for a file -------------------------------------------------------------------------

/// Megabytes, perhaps: decoded by one worker and written to disk by another.
void Inbox::store(nlohmann::ordered_json message) {
  with_worker(
      parts_.workers.decode, "",
      [message = std::move(message)]() mutable {
        return protocol::read_stream_audio(std::move(message));
      },
      [](Inbox& inbox, auto audio) {
        if (audio) {
          inbox.write(std::move(*audio));
        } else {
          inbox.stored({tl::unexpected(audio.error().reason), audio.error().rest});
        }
      });
}

void Inbox::write(protocol::StreamAudio audio) {
  if (owner_.over()) return;
  with_worker(
      parts_.workers.disk, AudioFiles::kLane,
      [files = parts_.files, audio = std::move(audio)] {
        if (const auto file = files->write(audio.audio, audio.extension)) {
          return Stored{protocol::with_file(audio.rest, *file), {}};
        } else {
          return Stored{tl::unexpected(file.error()), audio.rest};
        }
      },
      [](Inbox& inbox, Stored stored) { inbox.stored(std::move(stored)); });
}

void Inbox::stored(Stored stored) {
  if (owner_.over()) return;
  if (stored.play_body) {
    owner_.tell(EventKind::play, std::move(*stored.play_body));
  } else {
    owner_.log(Severity::error, "streamAudio without use: " + stored.play_body.error());
    owner_.tell(EventKind::json, std::move(stored.json_body));
  }
}

// ---- audio for the call -----------------------------------------------------------------------

void Inbox::play(std::string_view bytes) {
  if (parts_.downlink == nullptr) return;
  if (!parts_.downlink->audio(bytes)) hold();
  // What the call says is sent when its time has come, not each time the server says something.
  if (owner_.has_to_tell()) owner_.pump();
}

/// Decoding a little is done here and now; megabytes are for a worker.
void Inbox::play(nlohmann::ordered_json message) {
  if (parts_.downlink == nullptr) return;
  std::size_t size = 0;
  for (const auto& [name, value] : message["data"].items()) {
    if (value.is_string()) size += value.get_ref<const std::string&>().size();
  }
  if (size <= kDecodedHere) {
    decoded(protocol::read_speech(message));
    return;
  }
  parts_.downlink->expect_speech();
  with_worker(
      parts_.workers.decode, "",
      [message = std::move(message)] { return protocol::read_speech(message); },
      [](Inbox& inbox, auto speech) { inbox.decoded(std::move(speech)); });
}

void Inbox::decoded(Speech speech) {
  if (!parts_.downlink->expected(std::move(speech))) hold();
  owner_.pump();
}

}  // namespace audio_stream::stream
