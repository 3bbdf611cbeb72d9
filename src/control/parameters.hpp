#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "control/options.hpp"

/// Everything a stream can be told by name: the one list of the STREAM_* variables and of what the
/// configuration has besides.
namespace audio_stream::control {

/// True or false.
struct Flag {
  bool& (*target)(Options&);
  bool when_true = true;  ///< what the target becomes
};

/// A whole number from `low` to `high` that is a multiple of `step`.
struct Number {
  long low;
  long high;
  long step;
  const char* expected;  ///< what it must be, for a person
  long (*get)(const Options&);
  void (*set)(Options&, long);
};

/// Taken as it is.
struct Text {
  std::string& (*target)(Options&);
};

/// One of a few words.
struct Word {
  const char* expected;                          ///< what it must be, for a person
  bool (*set)(Options&, std::string_view word);  ///< false if it is none of them
  std::string (*get)(const Options&);
};

/// The headers of the handshake, as JSON.
struct HeaderList {};

/// Which servers streams may go to.
struct HostList {};

/// The subprotocols to offer, parted by commas.
struct SubprotocolList {};

/// The proxy to connect through.
struct ProxyUrl {};

struct Parameter {
  const char* name;
  Place place;
  std::variant<Flag, Number, Word, Text, HeaderList, HostList, SubprotocolList, ProxyUrl> rule;
  /// Without it a stream would lack its authorization or its identity, or go where it must not: a
  /// bad value refuses the start, and no default takes its place.
  bool essential = false;

  /// Puts `value` into `options`. If it makes no sense they stay as they are, and the answer says
  /// what is wrong with it: "not <what it must be>", or a sentence without its value if that is a
  /// secret.
  [[nodiscard]] std::optional<std::string> read(const std::string& value, Options& options) const;

  /// What `options` have of it, as a user would write it; of a flag, a number or a word.
  [[nodiscard]] std::string value_text(const Options& options) const;
};

/// All there are.
std::span<const Parameter> parameters() noexcept;

/// The one of that name, in any case of letters; none if there is none.
const Parameter* find_parameter(std::string_view name) noexcept;

/// The channel variable that `name` resembles. Nothing if `name` is one itself or resembles none.
std::optional<std::string_view> variable_meant_by(std::string_view name);

}  // namespace audio_stream::control
