"""From frames to whole messages: what arrived, as events and as counts."""

from __future__ import annotations

import zlib
from typing import Callable

from control import encode

from . import frames

DEFLATE_TAIL = b"\x00\x00\xff\xff"  # RFC 7692 7.2.1
TOLD = 1 << 19  # bytes of a payload in an event: more would take too long in JSON
CONTROL_EVENTS = {frames.PING: "ping", frames.PONG: "pong"}


def told(payload: bytes) -> bytes:
    return payload if len(payload) <= TOLD else b""


class Messages:
    """Reports every frame, and every message after its last frame."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self.pongs_are_reported = True  # pongs are events; off for a flood of pings
        self.pongs = 0
        self.binary_messages = 0
        self.binary_bytes = 0
        self._emit = emit
        self._opcode = frames.CONTINUATION
        self._compressed = False
        self._payload = bytearray()
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def take(self, frame: frames.Frame) -> None:
        if frame.opcode == frames.PONG:
            self.pongs += 1
            if not self.pongs_are_reported:
                return
        self._emit("frame", fin=frame.fin, rsv=frame.rsv, opcode=frame.opcode, masked=frame.masked,
                   mask=encode(frame.mask), len=len(frame.payload), data=encode(told(frame.payload)))
        if frame.opcode in CONTROL_EVENTS:
            self._emit(CONTROL_EVENTS[frame.opcode], data=encode(frame.payload))
        elif frame.opcode != frames.CLOSE:
            self._collect(frame)

    def _collect(self, frame: frames.Frame) -> None:
        if frame.opcode != frames.CONTINUATION:
            self._opcode, self._compressed = frame.opcode, bool(frame.rsv & frames.RSV1)
            self._payload.clear()
        self._payload += frame.payload
        if frame.fin:
            self._report(self._inflated(bytes(self._payload)))

    def _inflated(self, payload: bytes) -> bytes:
        return self._inflater.decompress(payload + DEFLATE_TAIL) if self._compressed else payload

    def _report(self, payload: bytes) -> None:
        if self._opcode == frames.TEXT:
            self._emit("text", data=told(payload).decode("utf-8", "replace"))
        elif self._opcode == frames.BINARY:
            self.binary_messages += 1
            self.binary_bytes += len(payload)
            self._emit("binary", len=len(payload), data=encode(payload))

