// Measures what permessage-deflate costs and saves on speech, for each of its settings.
//
//   deflate_bench [speech.wav]     16-bit mono; without a file, Debian's
//   asterisk-core-sounds-en-wav
//
// A message is one packet of 20 ms. The compression context lasts over messages. Each message ends
// in a sync flush without its last four bytes (RFC 7692). "saved" is the share of bytes that
// compression removes: 0.3 means 30 % fewer bytes on the wire.
#include <benchmark/benchmark.h>

#include <boost/beast/zlib/deflate_stream.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace zlib = boost::beast::zlib;

constexpr std::size_t kWavHeader = 44;
constexpr std::size_t kSyncTail = 4;
constexpr const char* kSpeechFolder = "/usr/share/asterisk/sounds/en_US_f_Allison";

std::vector<char> speech;
std::size_t packet_bytes = 320;

std::vector<char> read_wav(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::vector<char> bytes{std::istreambuf_iterator<char>{file}, {}};
  if (bytes.size() < kWavHeader) throw std::runtime_error("no speech in " + path.string());
  bytes.erase(bytes.begin(), bytes.begin() + kWavHeader);
  return bytes;
}

/// The longest of Debian's prompts, up to two minutes at 8 kHz.
std::vector<char> read_prompts() {
  constexpr std::size_t kEnough = std::size_t{120} * 16000;
  if (!std::filesystem::exists(kSpeechFolder)) {
    throw std::runtime_error(std::string{kSpeechFolder} +
                             " is not there: script/install-deps bench brings it");
  }
  std::vector<char> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{kSpeechFolder}) {
    if (entry.path().extension() != ".wav" || entry.file_size() < 60000) continue;
    const auto prompt = read_wav(entry.path());
    all.insert(all.end(), prompt.begin(), prompt.end());
    if (all.size() > kEnough) break;
  }
  return all;
}

std::size_t compress(zlib::deflate_stream& stream, std::span<const char> message,
                     std::vector<char>& out) {
  zlib::z_params params;
  params.next_in = message.data();
  params.avail_in = message.size();
  params.next_out = out.data();
  params.avail_out = out.size();
  boost::system::error_code error;
  stream.write(params, zlib::Flush::sync, error);
  return params.total_out - kSyncTail;
}

void deflate(benchmark::State& state) {
  const int level = static_cast<int>(state.range(0));
  const int window = static_cast<int>(state.range(1));
  const int memory = static_cast<int>(state.range(2));
  zlib::deflate_stream stream;
  stream.reset(level, window, memory, zlib::Strategy::normal);
  std::vector<char> out(packet_bytes * 2 + 1024);
  std::size_t at = 0;
  std::size_t in_bytes = 0;
  std::size_t out_bytes = 0;
  for ([[maybe_unused]] const auto _ : state) {
    if (at + packet_bytes > speech.size()) at = 0;
    out_bytes += compress(stream, std::span{speech}.subspan(at, packet_bytes), out);
    in_bytes += packet_bytes;
    at += packet_bytes;
  }
  state.counters["saved"] = 1.0 - static_cast<double>(out_bytes) / static_cast<double>(in_bytes);
}

}  // namespace

// Level, window bits, memory level. Beast needs a window of at least 9.
BENCHMARK(deflate)
    ->ArgNames({"level", "window", "memory"})
    ->ArgsProduct({{1, 3, 6, 9}, {9, 12, 15}, {1, 4, 8}});
BENCHMARK(deflate)->ArgNames({"level", "window", "memory"})->Args({0, 9, 1});

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  try {
    speech = argc > 1 ? read_wav(argv[1]) : read_prompts();
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "deflate_bench: %s\n", error.what()));
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
