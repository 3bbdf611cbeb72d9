#include "freeswitch/end_text.hpp"

#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "control/end_text.hpp"
#include "freeswitch/channel_variables.hpp"

namespace audio_stream::freeswitch {
namespace {

/// As variables_of(), and the cause of a hangup: the core sets that variable after it has removed
/// the media bugs.
control::VariableLookup variables_at_the_end(switch_channel_t* channel) {
  return [channel, set = variables_of(channel)](const char* name) -> std::optional<std::string> {
    const switch_call_cause_t cause = switch_channel_get_cause(channel);
    if (std::string_view{name} == "hangup_cause" && cause != SWITCH_CAUSE_NONE) {
      return switch_channel_cause2str(cause);
    }
    return set(name);
  };
}

}  // namespace

void fill_in_end_text(stream::Stream& stream, switch_core_session_t* session) noexcept {
  const std::string& text = stream.options().last_words.text;
  if (stream.over() || !control::names_variables(text)) return;
  try {
    stream.set_end_text(
        control::with_values(text, variables_at_the_end(switch_core_session_get_channel(session))));
  } catch (const std::bad_alloc&) {
    stream.set_end_text({});  // a text without its values would mislead the server
  }
}

}  // namespace audio_stream::freeswitch
