"""RFC 6455 frames, legal and illegal ones alike."""

from __future__ import annotations

import dataclasses
import struct
from typing import Awaitable, Callable, Optional, Tuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
RSV1 = 0x4  # the reserved bit for a compressed message

ReadExactly = Callable[[int], Awaitable[bytes]]


@dataclasses.dataclass(frozen=True)
class Frame:
    fin: bool
    rsv: int
    opcode: int
    masked: bool
    payload: bytes  # unmasked
    mask: bytes = b""  # the masking key; empty if not masked


def header(opcode: int, length: int, *, fin: bool = True, rsv: int = 0, masked: bool = False) -> bytes:
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask = 0x80 if masked else 0
    if length < 126:
        return struct.pack("!BB", first, mask | length)
    if length < 1 << 16:
        return struct.pack("!BBH", first, mask | 126, length)
    return struct.pack("!BBQ", first, mask | 127, length)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0,
          mask: Optional[bytes] = None) -> bytes:
    start = header(opcode, len(payload), fin=fin, rsv=rsv, masked=mask is not None)
    return start + payload if mask is None else start + mask + apply_mask(payload, mask)


def text(content: str) -> bytes:
    return frame(TEXT, content.encode("utf-8"))


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def close_payload(payload: bytes) -> Tuple[int, str]:
    """Code and reason; 1005 for an empty payload, as RFC 6455 7.1.5 says."""
    if len(payload) < 2:
        return 1005, ""
    return struct.unpack("!H", payload[:2])[0], payload[2:].decode("utf-8", "replace")


def apply_mask(payload: bytes, mask: bytes) -> bytes:
    if not payload:
        return b""
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    mixed = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return mixed.to_bytes(len(payload), "little")


async def read_frame(read_exactly: ReadExactly) -> Frame:
    first, second = await read_exactly(2)
    length = second & 0x7F
    if length == 126:
        length, = struct.unpack("!H", await read_exactly(2))
    elif length == 127:
        length, = struct.unpack("!Q", await read_exactly(8))
    masked = bool(second & 0x80)
    mask = await read_exactly(4) if masked else b""
    payload = await read_exactly(length)
    return Frame(bool(first & 0x80), first >> 4 & 0x7, first & 0xF, masked,
                 apply_mask(payload, mask) if masked else payload, mask)
