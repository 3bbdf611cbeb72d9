// Runs the frame path the given number of times, so that instructions.py can count its
// instructions.
//
//   frame_instructions CASE FRAMES
#include <cstddef>
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "audio/codec/encoder.hpp"
#include "frame_path.hpp"
#include "rule_dialect.hpp"
#include "websocket/frame_writer.hpp"

namespace {

using audio_stream::audio::Mix;
using Case = void (*)(unsigned long frames);

template <Mix mix, std::uint32_t call_hz, std::uint32_t stream_hz>
void pass(unsigned long frames) {
  bench::FramePath path{mix, call_hz, stream_hz};
  for (unsigned long i = 0; i < frames; ++i) {
    if (path.pass() == 0) throw std::runtime_error{"a frame did not come out"};
  }
}

void write_frames(unsigned long frames) {
  using namespace audio_stream::websocket;
  const std::vector<std::byte> packet(320, std::byte{7});
  std::vector<std::byte> out(frame_size(packet.size()));
  constexpr MaskingKeys::Key kKey{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::size_t bytes = 0;
  for (unsigned long i = 0; i < frames; ++i) {
    bytes += write_frame(Opcode::binary, false, packet, kKey, out).size();
  }
  if (bytes < frames * packet.size()) throw std::runtime_error{"a frame is too short"};
}

/// 20 ms of PCMU as a dialect sends it: encoded, in base64, in its text.
template <const auto& kName>
void speak(unsigned long frames) {
  using namespace audio_stream;
  const auto dialect = bench::rule_dialect(kName);
  const auto encoder = audio::codec::make_encoder(audio::codec::Encoding::pcmu, {8000, 1}, 20);
  const auto samples = bench::noise(160);
  dialect::Scratch scratch;
  static_cast<void>(dialect->open(0));
  std::size_t bytes = 0;
  for (unsigned long i = 0; i < frames; ++i) {
    bytes += dialect->audio({encoder->encode(samples), 160 * i, 160}, scratch).bytes.size();
  }
  if (bytes < frames * 216) throw std::runtime_error{"a message is too short"};
}
constexpr char kTwilio[] = "twilio";
constexpr char kOpenAi[] = "openai";

const std::map<std::string, Case> kCases{
    {"mono", pass<Mix::mono, 8000, 8000>},
    {"stereo", pass<Mix::stereo, 8000, 8000>},
    {"mono, 8 to 16 kHz", pass<Mix::mono, 8000, 16000>},
    {"WebSocket frame", write_frames},
    {"twilio message", speak<kTwilio>},
    {"openai message", speak<kOpenAi>},
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument{"wants a case and how many frames"};
    kCases.at(argv[1])(std::stoul(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "frame_instructions: %s\n", error.what()));
    return 1;
  }
}
