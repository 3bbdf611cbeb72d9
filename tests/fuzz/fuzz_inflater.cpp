// A server's compressed data through the Inflater: the result does not depend on how the bytes are
// split, and the work is proportional to input and output. Also a Deflater's output is read back
// unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "must.hpp"
#include "websocket/deflate.hpp"

namespace {

using namespace audio_stream::websocket;

constexpr std::size_t kMostBytes = 16384;  // bound on an input's output

struct Inflated {
  std::string made;
  bool failed = false;
  bool full = false;  ///< kMostBytes were made
};

/// Inflates one message, `piece` bytes of input and `room` of output at a time.
Inflated inflate(Inflater& inflater, std::string_view data, std::size_t piece, std::size_t room) {
  Inflated inflated;
  std::vector<std::byte> out(room);
  const std::size_t size = data.size();
  std::size_t steps = 0;
  const auto take = [&](const Inflater::Step& step) {
    ++steps;
    must(step.made <= out.size(), "no more is made than there is room");
    inflated.made.append(reinterpret_cast<const char*>(out.data()), step.made);
    inflated.failed = !step.error.empty();
    inflated.full = inflated.made.size() >= kMostBytes;
    return !inflated.failed && !inflated.full;
  };
  bool pending = false;
  while (!data.empty() || pending) {
    const std::vector<char> copy(
        data.begin(), data.begin() + static_cast<std::ptrdiff_t>(std::min(piece, data.size())));
    const auto step = inflater.inflate(std::as_bytes(std::span{copy}), out);
    must(step.consumed <= copy.size(), "no more is consumed than there is");
    must(step.consumed == copy.size() || step.made == out.size() || !step.error.empty(),
         "it goes on as far as it can");
    data.remove_prefix(step.consumed);
    pending = step.made == out.size();
    if (!take(step)) return inflated;
  }
  while (true) {
    const auto step = inflater.finish(out);
    must(step.done || step.made == out.size() || !step.error.empty(), "it goes on to the end");
    if (!take(step) || step.done) break;
  }
  must(steps <= size + inflated.made.size() / room + 4, "steps are in proportion to what they do");
  return inflated;
}

void check_round_trip(std::string_view text, int bits, std::size_t piece, std::size_t room) {
  for (const auto context : {Deflater::Context::fresh, Deflater::Context::kept}) {
    Deflater deflater{context, bits};
    Inflater inflater{bits};
    // Lines are messages. Each line comes twice.
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      for (int i = 0; i < 2; ++i) {
        std::vector<std::byte> out;
        if (!deflater.compress(std::as_bytes(std::span{line}), out)) continue;
        must(out.size() < line.size(), "what is compressed is shorter");
        const std::string_view data{reinterpret_cast<const char*>(out.data()), out.size()};
        const Inflated inflated = inflate(inflater, data, piece, room);
        must(!inflated.failed && (inflated.full || inflated.made == line),
             "what is compressed is read", line);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int bits = 8 + static_cast<int>(data[0] & 7U);
  const std::size_t piece = std::size_t{1} << (data[0] >> 3U & 3U);
  const std::size_t room = std::size_t{16} << (data[0] >> 5U);
  const std::string_view bytes = as_text(data + 1, size - 1);
  // Data that refers beyond its window is invalid. zlib notices that only if the data is not in the
  // same call's output either. The largest window allows every reference.
  Inflater whole{15};
  Inflater cut{15};
  for (int message = 0; message < 2; ++message) {  // the second may refer to the first
    const Inflated once = inflate(whole, bytes, bytes.size(), 4096);
    const Inflated pieces = inflate(cut, bytes, piece, room);
    const std::size_t both = std::min(once.made.size(), pieces.made.size());
    must(once.made.compare(0, both, pieces.made, 0, both) == 0, "the same comes of all pieces");
    if (once.full || pieces.full) return 0;
    must(once.failed == pieces.failed, "the same fails");
    must(once.failed || once.made == pieces.made, "as much comes of all pieces");
    if (once.failed) return 0;
  }
  Inflater small{bits};
  static_cast<void>(inflate(small, bytes, piece, room));
  check_round_trip(bytes, bits, piece, room);
  return 0;
}
