// Audio on its way through a session, past the media bugs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "session_state.hpp"
#include "simulator/packet.hpp"

namespace simulator {

/// One packet's room: what the real core has for one.
inline constexpr std::size_t kMostSamples = SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(std::int16_t);
using PacketRoom = std::array<std::int16_t, kMostSamples>;

/// Fills one packet of a codec with that rate and that many channels.
using Supply = std::function<Packet(std::span<std::int16_t> packet, std::uint32_t rate,
                                    std::uint8_t channels)>;

/// Reads one packet the caller sent: `supply` fills it, in a part of `room`, which has
/// kMostSamples. Not called, so that no audio is lost, while the channel is on hold.
void read_packet(switch_core_session& session, const Supply& supply, std::span<std::int16_t> room);
/// Writes one packet towards the caller, as the other leg's thread does; the endpoint gets what is
/// left after every WRITE_REPLACE bug. The other leg's packets may be longer or shorter than the
/// call's own: of `ptime_ms`, unless that is 0.
void write_packet(switch_core_session& session, const Supply& supply, std::span<std::int16_t> room,
                  std::uint32_t ptime_ms = 0);

}  // namespace simulator
