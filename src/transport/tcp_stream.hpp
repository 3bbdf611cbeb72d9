#pragma once

#include <cstdint>
#include <span>

#include "transport/byte_stream.hpp"

namespace audio_stream::transport {

/// TCP without TLS.
class TcpStream final : public ByteStream {
 public:
  using ByteStream::ByteStream;

 private:
  [[nodiscard]] Step read_open(std::span<std::byte> into) noexcept override;
  [[nodiscard]] Step write_open(std::span<const std::byte> bytes, bool more) noexcept override;
  void finish_writing_open() noexcept override;
  [[nodiscard]] std::uint64_t written() const noexcept override { return written_; }

  std::uint64_t written_ = 0;
};

}  // namespace audio_stream::transport
