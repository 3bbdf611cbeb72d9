#include "freeswitch/commands.hpp"

#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "control/words.hpp"
#include "freeswitch/channel_variables.hpp"
#include "freeswitch/fitness.hpp"
#include "freeswitch/held.hpp"
#include "freeswitch/locked_session.hpp"
#include "freeswitch/misspelt_variables.hpp"
#include "freeswitch/switch_call.hpp"

namespace audio_stream::freeswitch {
namespace {

constexpr const char* kSuccess = "+OK Success";
constexpr const char* kUnfit = "this call can't be streamed: ";

/// Typical of scripts: the variable that should hold the uuid is empty.
std::string no_uuid(std::string_view word) {
  return "the uuid is missing: " + base::quoted(word) + " stands in its place";
}

std::string no_call(const std::string& uuid) {
  if (control::is_verb(uuid)) return no_uuid(uuid);
  return "no call with uuid " + base::quoted(uuid);
}

/// Begins as in mod_audio_stream 1.0, because scripts match on it.
std::string usage(const std::string& missing, const std::string& syntax) {
  return "-USAGE: " + missing + ". Syntax: " + syntax;
}

/// The texts that no header of an event may contain. A channel variable may hold the command, or
/// the values that the user made the HTTP headers from.
std::vector<std::string> secrets_of(const control::Options& options, const std::string& uuid) {
  constexpr std::size_t kShortestSecret = 8;  // "1" or "audio" would match harmless headers
  const transport::Endpoint& endpoint = options.endpoint;
  std::vector<std::string> secrets = endpoint.url.secrets;
  for (const auto& url : options.further_urls) {
    secrets.insert(secrets.end(), url.secrets.begin(), url.secrets.end());
  }
  const auto add = [&](const std::string& secret) {
    if (secret.size() >= kShortestSecret && secret != uuid) secrets.push_back(secret);
  };
  for (const auto& [name, value] : endpoint.headers) {
    // Of "Bearer <token>" the token alone is the secret: a variable may hold it without "Bearer".
    add(value.substr(value.rfind(' ') + 1));
  }
  for (const std::string& name : endpoint.subprotocols) add(name);
  if (endpoint.proxy && !endpoint.proxy->authority.secret.empty()) {
    secrets.push_back(endpoint.proxy->authority.secret);
    const std::string& userinfo = endpoint.proxy->authority.userinfo;
    add(userinfo.substr(userinfo.find(':') + 1));
  }
  // A URL may contain the call's own uuid, which every event has.
  std::erase(secrets, uuid);
  return secrets;
}

}  // namespace

Commands::Commands(stream::Engine& engine, LiveConfiguration& configuration, stream::Log& log,
                   switch_thread_rwlock_t* module_lock)
    : engine_{engine},
      configuration_{configuration},
      log_{log},
      module_lock_{module_lock},
      waiting_{std::make_shared<WaitingStarts>(
          engine, log,
          WaitingStarts::Actions{
              [this](switch_core_session_t* session, WaitingStarts::Start start) {
                return begin(session, std::move(start));
              },
              [this](switch_core_session_t* session, const stream::Identity& identity,
                     const control::Options& options) {
                return call_of(session, identity, options);
              },
              [this](const stream::Identity& identity, control::StopCommand command) {
                stop(identity, std::move(command));
              }})} {}

std::string Commands::run(std::string_view line) {
  constexpr std::string_view kPrefix = "<uuid> ";
  const std::string uuid{control::unquoted(control::take_word(line))};
  if (uuid.empty()) return usage("the uuid and a verb are missing", std::string{control::kUsage});
  std::string_view rest = line;
  const std::string_view verb = control::unquoted(control::take_word(rest));
  if (base::equals_ignoring_case(uuid, "reload") && !control::is_verb(verb)) {
    if (verb.empty()) return reload();
    return refuse("", base::quoted(verb) + " is one word too many: reload takes none");
  }
  if (base::equals_ignoring_case(uuid, "dialects") && verb.empty()) return dialects();
  if (base::equals_ignoring_case(uuid, "dialect") && !control::is_verb(verb)) {
    return dialect(std::string{verb});
  }
  if (control::is_verb(uuid) && !control::is_verb(verb)) {
    std::string reply = refuse("", no_uuid(uuid));
    return verb.empty() ? usage(no_uuid(uuid), std::string{kPrefix} + uuid + " ...") : reply;
  }
  return run_on(uuid, line, kPrefix);
}

std::string Commands::run_on(const std::string& uuid, std::string_view line,
                             std::string_view prefix) {
  auto command = control::parse_command(line);
  if (!command) {
    std::string reply = refuse(uuid, command.error().reason);
    if (!command.error().show_usage) return reply;
    return usage(command.error().reason, std::string{prefix} + command.error().syntax);
  }
  const stream::Identity identity{uuid, command->name};
  return std::visit(
      [&](auto& action) -> std::string {
        using Action = std::decay_t<decltype(action)>;
        if constexpr (std::is_same_v<Action, control::StartCommand>) {
          return start(identity, std::move(action));
        } else if constexpr (std::is_same_v<Action, control::SendTextCommand>) {
          return send_text(identity, std::move(action.text));
        } else if constexpr (std::is_same_v<Action, control::StopCommand>) {
          return stop(identity, std::move(action));
        } else if constexpr (std::is_same_v<Action, control::ClearCommand>) {
          return clear(identity, action);
        } else if constexpr (std::is_same_v<Action, control::MaskCommand>) {
          return mask(identity, action);
        } else {
          return pause(identity, std::is_same_v<Action, control::PauseCommand>);
        }
      },
      command->action);
}

std::string Commands::start(const stream::Identity& identity, control::StartCommand command) {
  const LockedSession session = locate(identity.call);
  if (!session) return refuse(identity.call, no_call(identity.call));
  switch_channel_t* channel = switch_core_session_get_channel(session.get());
  const auto wrong = unfit(session.get());
  if (wrong && !wrong->may_pass) return refuse(identity.call, kUnfit + wrong->why);

  std::vector<std::string> warnings = misspelt_variables(channel);
  auto options = configuration_.now()->options(std::move(command), variables_of(channel), warnings);
  for (const auto& warning : warnings) {
    log_.write(stream::Severity::warning, identity.call, "(" + identity.name + ") " + warning);
  }
  if (!options) return refuse(identity.call, options.error());

  WaitingStarts::Start start{identity, std::move(*options), nullptr};
  start.call = call_of(session.get(), identity, start.options);
  const bool waits = wrong && start.options.start.wait_media.count() > 0;
  if (wrong && !waits) return refuse(identity.call, kUnfit + wrong->why);
  if (waiting_->has(identity) || (waits && engine_.find(identity))) {
    return refuse(identity.call, "a stream named \"" + identity.name +
                                     "\" is already running on this call, or waits for its media: "
                                     "stop it first, or start this one under another name "
                                     "(name=<stream>)");
  }
  const auto begun =
      waits ? waiting_->add(std::move(start)) : begin(session.get(), std::move(start));
  return begun ? std::string{kSuccess} : refuse(identity.call, begun.error());
}

std::unique_ptr<SwitchCall> Commands::call_of(switch_core_session_t* session,
                                              const stream::Identity& identity,
                                              const control::Options& options) {
  return std::make_unique<SwitchCall>(session, identity.name, secrets_of(options, identity.call),
                                      module_lock_);
}

/// The call has media: taps it and connects.
tl::expected<void, std::string> Commands::begin(switch_core_session_t* session,
                                                WaitingStarts::Start start) {
  Tap& tap = start.call->tap();
  auto stream = engine_.create(start.identity, std::move(start.options), real_rate(session),
                               std::move(start.call));
  if (!stream) return tl::unexpected(std::move(stream.error()));
  bool attached = false;
  try {
    attached = tap.attach(session, *stream);
  } catch (const std::bad_alloc&) {
    engine_.discard(*stream);
    throw;
  }
  if (!attached) {
    engine_.discard(*stream);
    return tl::unexpected<std::string>("the switch refused a media bug on this call");
  }
  (*stream)->begin();
  if (is_held(switch_core_session_get_channel(session))) (*stream)->held(true);
  return {};
}

std::string Commands::stop(const stream::Identity& identity, control::StopCommand command) {
  if (waiting_->stop(identity, command)) return kSuccess;
  const auto stream = engine_.take(identity);
  if (!stream) return no_stream(identity);
  const bool ten_seconds = command.graceful && stream->options().last_words.drain.count() == 0;
  if (!command.drain && ten_seconds) command.drain = control::kGracefulDrain;
  if (const auto stopped =
          stream->stop(std::move(command.text), stream::EndReason::stop, command.drain);
      !stopped) {
    return refuse(identity.call, stopped.error());
  }
  return kSuccess;
}

std::string Commands::send_text(const stream::Identity& identity, std::string text) {
  const auto stream = engine_.find(identity);
  if (!stream) return no_stream(identity);
  if (const auto sent = stream->send_text(std::move(text)); !sent) {
    return refuse(identity.call, sent.error());
  }
  return kSuccess;
}

std::string Commands::clear(const stream::Identity& identity,
                            const control::ClearCommand& command) {
  const auto stream = engine_.find(identity);
  if (!stream) return no_stream(identity);
  if (const auto cleared = stream->clear(command.fade_ms); !cleared) {
    return refuse(identity.call, cleared.error());
  }
  return kSuccess;
}

std::string Commands::mask(const stream::Identity& identity, const control::MaskCommand& command) {
  const auto stream = engine_.find(identity);
  if (!stream) return no_stream(identity);
  stream->mask(command.on, command.kind);
  return kSuccess;
}

void Commands::held(const std::string& uuid, bool on) {
  for (const auto& name : engine_.names(uuid)) {
    if (const auto stream = engine_.find({uuid, name})) stream->held(on);
  }
}

std::string Commands::pause(const stream::Identity& identity, bool paused) {
  const auto stream = engine_.find(identity);
  if (!stream) return no_stream(identity);
  stream->pause(paused);
  return kSuccess;
}

std::string Commands::dialects() {
  const auto configuration = configuration_.now();
  std::string reply;
  for (const std::string& name : configuration->dialects().names()) reply += name + "\n";
  return reply + "raw\n+OK";
}

std::string Commands::dialect(const std::string& name) {
  const auto configuration = configuration_.now();
  if (name.empty()) return refuse("", "dialect needs a name; the command dialects lists them");
  const auto set = configuration->dialects().find(name);
  if (!set) {
    return refuse(
        "", "there is no dialect " + base::quoted(name) + "; the command dialects lists them");
  }
  std::string reply = set->source + "\n";
  if (!set->base.empty()) reply += "and the rules of " + set->base + " that it does not replace\n";
  return reply + "+OK";
}

std::string Commands::reload() {
  const auto reloaded = configuration_.reload();
  if (!reloaded) return refuse("", reloaded.error());
  return kSuccess + (": " + *reloaded);
}

std::string Commands::no_stream(const stream::Identity& identity) {
  if (waiting_->has(identity)) {
    return refuse(identity.call, "the stream named \"" + identity.name +
                                     "\" still waits for the call's media: only stop ends that");
  }
  if (!locate(identity.call)) {
    return refuse(identity.call, no_call(identity.call));
  }
  return refuse(identity.call, "no stream named \"" + identity.name + "\" on this call (running: " +
                                   control::comma_list(engine_.names(identity.call)) + ")");
}

std::string Commands::refuse(const std::string& uuid, const std::string& reason) {
  // A log line gets a call's uuid. A word in the place of the uuid may be anything, and is left
  // out.
  const bool call = control::is_name(uuid) || locate(uuid);
  log_.write(stream::Severity::error, call ? uuid : std::string{}, reason);
  return "-ERR " + reason;
}

}  // namespace audio_stream::freeswitch
