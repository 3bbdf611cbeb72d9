#include "dialect/raw_words.hpp"

#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "audio/mix_name.hpp"
#include "base/json_text.hpp"

namespace audio_stream::dialect {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string hello_text(const StreamFacts& facts) {
  Json hello{{"type", "hello"},
             {"version", kVocabularyVersion},
             {"call", facts.call},
             {"stream", facts.name},
             {"up",
              {{"encoding", "L16"},
               {"rate", facts.rate_hz},
               {"channels", audio::channel_count(facts.mix)},
               {"mix", name_of(facts.mix)},
               {"packet_ms", facts.packet_ms}}}};
  if (facts.down_rate_hz) {
    hello["down"] = {{"encoding", "L16"}, {"rate", *facts.down_rate_hz}, {"channels", 1}};
  }
  if (!facts.vad.empty()) hello["vad"] = facts.vad;
  for (const auto& [name, value] : facts.variables) hello["variables"][name] = value;
  return base::json_text(hello);
}

std::string gap_text(std::uint64_t position_ms, std::uint64_t length_ms) {
  return base::json_text({{"type", "gap"}, {"position_ms", position_ms}, {"length_ms", length_ms}});
}

std::string part_text(std::uint64_t position_ms) {
  return base::json_text({{"type", "part"}, {"position_ms", position_ms}});
}

std::string resume_text(std::uint64_t position_ms) {
  return base::json_text({{"type", "resume"}, {"position_ms", position_ms}});
}

std::string digit_text(char digit, std::uint32_t duration_ms) {
  return base::json_text(
      {{"type", "dtmf"}, {"digit", std::string(1, digit)}, {"duration_ms", duration_ms}});
}

std::string caller_text(const CallerNote& note) {
  Json text{{"type", word_of(note.what)}, {"position_ms", note.position_ms}};
  if (note.has_length()) text["length_ms"] = note.length_ms;
  return base::json_text(text);
}

std::string note_text(const Note& note) {
  const NoteWords words = words_of(note);
  Json text{{"type", words.type}};
  for (const auto& [name, value] : words.members) {
    std::visit([&text, member = name](const auto& v) { text[std::string{member}] = v; }, value);
  }
  return base::json_text(text);
}

}  // namespace audio_stream::dialect
