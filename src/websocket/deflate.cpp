#include "websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace audio_stream::websocket {
namespace {

// The cheapest settings. Speech does not compress better with others (docs/performance.md).
constexpr int kLevel = 1;
constexpr int kMemoryLevel = 4;

// The bytes at the end of a sync flush. They do not go on the wire (RFC 7692, 7.2.1).
constexpr std::array<std::byte, 4> kTail{std::byte{0}, std::byte{0}, std::byte{0xFF},
                                         std::byte{0xFF}};

// zlib accepts no raw stream with a window of 2^8. With 2^9 it writes only distances of up to 250
// (2^9 less its MIN_LOOKAHEAD), which fit a window of 2^8. A reader's window may be larger than the
// writer's.
constexpr int kFewestBits = 9;

// Bits of z_stream::data_type after inflate().
constexpr int kAtBlockEnd = 128;
constexpr int kUnusedBits = 63;

constexpr std::size_t kMostAtOnce = std::numeric_limits<uInt>::max();

/// zlib's interface takes a non-const pointer to its input, but zlib does not write there.
Bytef* zlib_input(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
}

Bytef* zlib_output(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<Bytef*>(bytes.data());
}

}  // namespace

Deflater::Deflater(Context context, int window_bits) : context_{context} {
  const int bits = std::max(window_bits, kFewestBits);
  if (deflateInit2(&stream_, kLevel, Z_DEFLATED, -bits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
}

Deflater::~Deflater() {
  deflateEnd(&stream_);
}

bool Deflater::compress(std::span<const std::byte> message, std::vector<std::byte>& out) {
  if (message.size() > kMostAtOnce - kTail.size()) return false;
  if (context_ == Context::fresh) reset();
  out.resize(message.size() + kTail.size());
  stream_.next_in = zlib_input(message);
  stream_.avail_in = static_cast<uInt>(message.size());
  stream_.next_out = zlib_output(out);
  stream_.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream_, Z_SYNC_FLUSH);
  // If no room is left, the result is either at least as long as the message or incomplete.
  if (result != Z_OK || stream_.avail_out == 0) {
    reset();
    return false;
  }
  out.resize(out.size() - stream_.avail_out - kTail.size());
  return true;
}

void Deflater::reset() noexcept {
  deflateReset(&stream_);
}

Inflater::Inflater(int window_bits) {
  if (inflateInit2(&stream_, -std::max(window_bits, kFewestBits)) != Z_OK) throw std::bad_alloc{};
}

Inflater::~Inflater() {
  inflateEnd(&stream_);
}

Inflater::Step Inflater::inflate(std::span<const std::byte> in, std::span<std::byte> out) {
  in = in.first(std::min(in.size(), kMostAtOnce));
  stream_.next_in = zlib_input(in);
  stream_.avail_in = static_cast<uInt>(in.size());
  stream_.next_out = zlib_output(out);
  stream_.avail_out = static_cast<uInt>(out.size());
  Step step;
  int result = Z_OK;
  do {
    if (stream_.avail_in > 0) in_stream_ = true;
    result = ::inflate(&stream_, Z_SYNC_FLUSH);
    if (result == Z_STREAM_END) {
      // A final block (RFC 7692, 7.2.3.4): another stream may follow, in this message or the next.
      // This resets everything but the window, because later data may refer to the window.
      inflateResetKeep(&stream_);
      in_stream_ = false;
    }
  } while (result == Z_STREAM_END && stream_.avail_in > 0 && stream_.avail_out > 0);
  if (result == Z_MEM_ERROR) throw std::bad_alloc{};
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    step.error = stream_.msg != nullptr ? stream_.msg : "not a deflate stream";
  }
  step.consumed = in.size() - stream_.avail_in;
  step.made = out.size() - stream_.avail_out;
  return step;
}

Inflater::Step Inflater::finish(std::span<std::byte> out) {
  Step step;
  // No tail is needed if the message's last byte ended a final block, or if the message is empty.
  step.done = tail_given_ == 0 && !in_stream_;
  if (step.done) return step;
  step = inflate(std::span{kTail}.subspan(tail_given_), out);
  tail_given_ += step.consumed;
  if (!step.error.empty() || tail_given_ < kTail.size()) return step;
  // If the data before the tail ended with a block, the tail is an empty block of its own.
  step.done = (stream_.data_type & (kAtBlockEnd | kUnusedBits)) == kAtBlockEnd;
  if (!step.done && step.made == out.size())
    return step;  // the caller takes the output before the error
  if (!step.done) step.error = "it ends within a block";
  tail_given_ = 0;
  in_stream_ = false;
  return step;
}

}  // namespace audio_stream::websocket
