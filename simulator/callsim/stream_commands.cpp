#include "stream_commands.hpp"

#include <cstddef>

#include "simulator/core.hpp"

namespace callsim {
namespace {

constexpr const char* kApi = "uuid_audio_stream";
constexpr const char* kApplication = "audio_stream";

}  // namespace

StartWords::StartWords(const std::vector<std::string>& words) {
  bool in_options = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    line_ += (i == 0 ? "" : " ") + words[i];
    if (!in_options) continue;
    if (words[i].starts_with("name=")) name_option_ = words[i] + " ";
    if (words[i].starts_with("ws://") || words[i].starts_with("wss://")) {
      in_options = false;
      if (i + 1 < words.size()) mix_ = words[i + 1];
    }
  }
}

std::string start_stream(simulator::Call& call, const StartWords& words, bool as_application) {
  const std::string command = "start " + words.line();
  if (!as_application) return simulator::api(kApi, call.uuid() + " " + command).text;
  call.run_application(kApplication, command);
  std::string reply = "-ERR the call is over";
  call.run_on_session_thread([&] {
    const char* result = switch_channel_get_variable(call.channel(), "audio_stream_result");
    reply = result == nullptr ? "+OK" : result;
  });
  return reply;
}

std::string stop_stream(simulator::Call& call, const StartWords& words) {
  return simulator::api(kApi, call.uuid() + " stop " + words.name_option()).text;
}

bool is_refusal(const std::string& reply) {
  return reply.starts_with("-");
}

}  // namespace callsim
