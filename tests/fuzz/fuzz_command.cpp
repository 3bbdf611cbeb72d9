#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/utf8.hpp"
#include "control/command.hpp"
#include "must.hpp"

namespace {

using namespace audio_stream;

void check_text(const std::string& text, std::string_view line) {
  must(base::is_utf8(text), "a text is UTF-8", text);
  // Less one pair of quotes, if it has one.
  must(line.find(text) != std::string_view::npos, "a text is of the line, byte for byte", text);
}

struct Check {
  std::string_view line;

  void operator()(const control::StartCommand& start) const {
    must(!start.rate_hz || audio::is_rate(*start.rate_hz), "a rate is one of those that there are");
    must(!start.url.host.empty() || !start.profile.empty() || !start.settings.empty(),
         "a start has a URL, unless its dialect may have one");
    if (start.metadata_mended) {
      must(base::is_utf8(start.metadata), "metadata is UTF-8", start.metadata);
    } else {
      check_text(start.metadata, line);
    }
  }
  void operator()(const control::SendTextCommand& send) const {
    must(!send.text.empty(), "send_text has a text");
    check_text(send.text, line);
  }
  void operator()(const control::StopCommand& stop) const { check_text(stop.text, line); }
  void operator()(const control::ClearCommand& clear) const {
    must(!clear.fade_ms || *clear.fade_ms <= 1000, "a fade takes a second at most");
  }
  void operator()(const control::MaskCommand& mask) const {
    must(mask.on || !mask.kind, "only a mask that begins has a kind");
  }
  void operator()(const control::PauseCommand& /*pause*/) const {}
  void operator()(const control::ResumeCommand& /*resume*/) const {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = as_text(data, size);
  const auto command = control::parse_command(line);
  if (!command) {
    const std::string& reason = command.error().reason;
    must_be_a_line(reason);
    must(reason.size() < 2000, "a reason is short", reason);
    return 0;
  }
  must(!command->name.empty() && command->name.size() <= 64, "a name has 1 to 64 characters");
  must(command->name.find_first_of(" \t\r\n/\\\"'") == std::string::npos, "a name is a plain word");
  std::visit(Check{line}, command->action);
  return 0;
}
