#include "codec.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>

#include "violation.hpp"

namespace simulator {
namespace {

struct Codec {
  const char* name;
  switch_payload_t payload;
  int bits_per_sample;
};
constexpr std::array kCodecs = {Codec{"PCMU", 0, 8}, Codec{"PCMA", 8, 8},   Codec{"L16", 70, 16},
                                Codec{"G722", 9, 4}, Codec{"opus", 116, 1}, Codec{"G729", 18, 1}};

const Codec& codec_named(const std::string& name) {
  for (const Codec& codec : kCodecs) {
    if (strcasecmp(codec.name, name.c_str()) == 0) return codec;
  }
  throw std::invalid_argument("no codec is called " + name);
}

}  // namespace

bool is_passed_through(const switch_codec_implementation_t& codec) {
  return strcasecmp(codec.iananame, "G729") == 0;
}

switch_codec_implementation_t codec_implementation(const std::string& name, std::uint32_t rate,
                                                   std::uint32_t ptime_ms, std::uint8_t channels) {
  if (rate < 8000 || rate > 48000 || rate % 1000 != 0) {
    throw std::invalid_argument("a call cannot have a rate of " + std::to_string(rate));
  }
  if (ptime_ms < 10 || ptime_ms > SWITCH_MAX_INTERVAL || ptime_ms % 10 != 0) {
    throw std::invalid_argument("ptime must be 10, 20, ... 120 ms, not " +
                                std::to_string(ptime_ms));
  }
  if (channels != 1 && channels != 2) {
    throw std::invalid_argument("a call has 1 or 2 channels, not " + std::to_string(channels));
  }
  const std::uint32_t samples = rate / 1000 * ptime_ms;
  const auto decoded = static_cast<std::uint32_t>(samples * channels * sizeof(std::int16_t));
  if (decoded > SWITCH_RECOMMENDED_BUFFER_SIZE) {
    throw std::invalid_argument("a packet would decode to " + std::to_string(decoded) +
                                " bytes: the switch allows 8192");
  }
  const Codec& codec = codec_named(!name.empty()                   ? name
                                   : rate == 8000 && channels == 1 ? "PCMU"
                                                                   : "L16");
  const bool g722 = codec.payload == 9;
  if (g722 && rate != 16000) throw std::invalid_argument("G722 decodes to 16000 only");

  static std::atomic<std::uint32_t> last_id{0};
  switch_codec_implementation_t made{};
  made.codec_type = SWITCH_CODEC_TYPE_AUDIO;
  made.ianacode = codec.payload;
  made.iananame = const_cast<char*>(codec.name);
  made.samples_per_second = g722 ? 8000 : rate;  // RFC 3551 got it wrong, and so it stays
  made.actual_samples_per_second = rate;
  made.bits_per_second = static_cast<int>(rate) * codec.bits_per_sample * channels;
  made.microseconds_per_packet = static_cast<int>(ptime_ms) * 1000;
  made.samples_per_packet = g722 ? samples / 2 : samples;
  made.decoded_bytes_per_packet = decoded;
  made.encoded_bytes_per_packet =
      samples * channels * static_cast<std::uint32_t>(codec.bits_per_sample) / 8;
  made.number_of_channels = channels;
  made.codec_frames_per_packet = 1;
  made.codec_id = codec.payload + 1U;
  made.impl_id = ++last_id;
  return made;
}

}  // namespace simulator

switch_status_t switch_core_codec_init_with_bitrate(switch_codec_t* codec, const char* codec_name,
                                                    const char*, const char*, uint32_t rate, int ms,
                                                    int channels, uint32_t, uint32_t flags,
                                                    const switch_codec_settings_t*,
                                                    switch_memory_pool_t*) {
  if (strcasecmp(codec_name, "L16") != 0) return SWITCH_STATUS_NOTIMPL;
  try {
    auto made = std::make_unique<switch_codec_implementation_t>(simulator::codec_implementation(
        "L16", rate, static_cast<std::uint32_t>(ms), static_cast<std::uint8_t>(channels)));
    *codec = {};
    codec->flags = flags;
    codec->private_info = made.get();
    codec->implementation = made.release();
  } catch (const std::invalid_argument&) {
    return SWITCH_STATUS_NOTIMPL;
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_codec_destroy(switch_codec_t* codec) {
  const std::unique_ptr<switch_codec_implementation_t> gone{
      static_cast<switch_codec_implementation_t*>(codec->private_info)};
  *codec = {};
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_mutex_unlock(switch_mutex_t*) {
  simulator::violation("a mutex is unlocked that nobody has locked");
}
