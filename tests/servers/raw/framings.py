"""Scenarios of frames: violations, and rarely used features."""

from __future__ import annotations

import struct

from . import frames
from .client import Client
from .registry import scenario

MEBIBYTE = 1 << 20
OVERSIZED = 17 * MEBIBYTE
LARGEST = 16 * MEBIBYTE
FILLER = b"a"
MASK = b"\x12\x34\x56\x78"
ALIVE = frames.text("alive")


async def _send(client: Client, data: bytes, pace: float = 0.0) -> None:
    await client.accept()
    async with client.conversation():
        await client.send(data, pace)


# Legal

@scenario("text")
async def text(client: Client) -> None:
    """sends a text data=hello, times n=1"""
    await _send(client, frames.text(client.parameter("data", "hello")) * client.parameter("n", 1))


@scenario("text-fragments")
async def text_fragments(client: Client) -> None:
    """sends "hello fragmented world" in three fragments, with a ping "between" after the first"""
    await _send(client, frames.frame(frames.TEXT, b"hello ", fin=False)
                + frames.frame(frames.PING, b"between")
                + frames.frame(frames.CONTINUATION, b"fragmented ", fin=False)
                + frames.frame(frames.CONTINUATION, b"world"))


@scenario("text-fragments-utf8")
async def text_fragments_utf8(client: Client) -> None:
    """sends "gr\u00fc\u00df \u20ac \U0001f600" in fragments of one byte, which cut its characters"""
    content = "gr\u00fc\u00df \u20ac \U0001f600".encode()
    pieces = [frames.frame(frames.CONTINUATION if position else frames.TEXT, content[position:position + 1],
                           fin=position == len(content) - 1) for position in range(len(content))]
    await _send(client, b"".join(pieces))


@scenario("text-fragments-empty")
async def text_fragments_empty(client: Client) -> None:
    """sends "alive" between empty fragments"""
    await _send(client, frames.frame(frames.TEXT, b"", fin=False)
                + frames.frame(frames.CONTINUATION, b"alive", fin=False)
                + frames.frame(frames.CONTINUATION, b""))


@scenario("text-byte-by-byte")
async def text_byte_by_byte(client: Client) -> None:
    """sends a text "one byte at a time" byte by byte, ms=1 between them"""
    await _send(client, frames.text("one byte at a time"), pace=client.parameter("ms", 1.0) / 1000)


@scenario("text-nul")
async def text_nul(client: Client) -> None:
    """sends a text with a NUL character inside: "before", NUL, "after\""""
    await _send(client, frames.text("before\0after"))


@scenario("text-empty")
async def text_empty(client: Client) -> None:
    """sends an empty text, then a text "alive\""""
    await _send(client, frames.text("") + ALIVE)


@scenario("binary-empty")
async def binary_empty(client: Client) -> None:
    """sends an empty binary message, then a text "alive\""""
    await _send(client, frames.frame(frames.BINARY) + ALIVE)


@scenario("binary")
async def binary(client: Client) -> None:
    """sends a binary message of size=320 bytes counting up from 0, then a text "alive\""""
    payload = bytes(position % 256 for position in range(client.parameter("size", 320)))
    await _send(client, frames.frame(frames.BINARY, payload) + ALIVE)


@scenario("text-largest")
async def text_largest(client: Client) -> None:
    """sends a text of exactly 16 MiB in one frame"""
    await _send(client, frames.frame(frames.TEXT, FILLER * LARGEST))


@scenario("pong-unsolicited")
async def pong_unsolicited(client: Client) -> None:
    """sends a pong that nobody asked for, then a text "alive\""""
    await _send(client, frames.frame(frames.PONG, b"unasked") + ALIVE)


@scenario("ping-flood")
async def ping_flood(client: Client) -> None:
    """sends n=10000 pings, then a text "alive"; reports the pongs in one event {count} at the end"""
    client.messages.pongs_are_reported = False
    await client.accept()
    async with client.conversation():
        for number in range(client.parameter("n", 10000)):
            await client.send(frames.frame(frames.PING, struct.pack("!I", number)))
        await client.send(ALIVE)
    client.emit("pongs", count=client.messages.pongs)


# Legal, but too much

@scenario("text-oversized-announced")
async def text_oversized_announced(client: Client) -> None:
    """sends the header of a text of 17 MiB and its first KiB, no more"""
    await _send(client, frames.header(frames.TEXT, OVERSIZED) + FILLER * 1024)


@scenario("text-oversized")
async def text_oversized(client: Client) -> None:
    """sends a text of 17 MiB in one frame"""
    await _send(client, frames.frame(frames.TEXT, FILLER * OVERSIZED))


@scenario("text-oversized-fragments")
async def text_oversized_fragments(client: Client) -> None:
    """sends a text of 17 MiB in fragments of 1 MiB"""
    await client.accept()
    async with client.conversation():
        for number in range(17):
            await client.send(frames.frame(frames.CONTINUATION if number else frames.TEXT,
                                           FILLER * MEBIBYTE, fin=number == 16))


@scenario("binary-oversized")
async def binary_oversized(client: Client) -> None:
    """sends a binary message of 17 MiB in one frame"""
    await _send(client, frames.frame(frames.BINARY, FILLER * OVERSIZED))


# Illegal

@scenario("text-invalid-utf8")
async def text_invalid_utf8(client: Client) -> None:
    """sends a text that is not UTF-8"""
    await _send(client, frames.frame(frames.TEXT, b"bad \xc3\x28 text"))


@scenario("text-truncated-utf8")
async def text_truncated_utf8(client: Client) -> None:
    """sends a text that ends in the middle of a UTF-8 sequence"""
    await _send(client, frames.frame(frames.TEXT, b"euro \xe2\x82"))


@scenario("text-truncated-utf8-fragments")
async def text_truncated_utf8_fragments(client: Client) -> None:
    """sends the same, and an empty last fragment"""
    await _send(client, frames.frame(frames.TEXT, b"euro \xe2\x82", fin=False)
                + frames.frame(frames.CONTINUATION, b""))


@scenario("text-truncated-utf8-garbage")
async def text_truncated_utf8_garbage(client: Client) -> None:
    """sends the same, and at once a fragment of no message, which breaks the protocol too"""
    await _send(client, frames.frame(frames.TEXT, b"euro \xe2\x82", fin=False)
                + frames.frame(frames.CONTINUATION, b"") + frames.frame(frames.CONTINUATION, b"garbage"))


@scenario("text-masked")
async def text_masked(client: Client) -> None:
    """sends a masked text, which a server must not"""
    await _send(client, frames.frame(frames.TEXT, b"masked", mask=MASK))


@scenario("opcode-unknown")
async def opcode_unknown(client: Client) -> None:
    """sends a frame with the reserved opcode=3 (11 to 15 are control frames)"""
    await _send(client, frames.frame(client.parameter("opcode", 3), b"what is this"))


@scenario("reserved-bits")
async def reserved_bits(client: Client) -> None:
    """sends a text with the reserved bits=7 set (4 is RSV1, 2 RSV2, 1 RSV3)"""
    await _send(client, frames.frame(frames.TEXT, b"reserved", rsv=client.parameter("bits", 7)))


@scenario("continuation-first")
async def continuation_first(client: Client) -> None:
    """sends a continuation of nothing"""
    await _send(client, frames.frame(frames.CONTINUATION, b"of what"))


@scenario("fragments-interleaved")
async def fragments_interleaved(client: Client) -> None:
    """sends a text inside another text's fragments"""
    await _send(client, frames.frame(frames.TEXT, b"begun ", fin=False) + frames.text("interrupted"))


@scenario("fragment-unfinished")
async def fragment_unfinished(client: Client) -> None:
    """sends the first fragment of a text, then a close frame with 1000"""
    await client.accept()
    async with client.conversation():
        await client.send(frames.frame(frames.TEXT, b"begun ", fin=False))
        await client.send_close(1000)


@scenario("ping-too-long")
async def ping_too_long(client: Client) -> None:
    """sends a ping with 126 bytes, one more than a control frame may have"""
    await _send(client, frames.frame(frames.PING, b"p" * 126))


@scenario("close-too-long")
async def close_too_long(client: Client) -> None:
    """sends a close frame with 126 bytes, one more than a control frame may have"""
    await client.accept()
    async with client.conversation():
        await client.send_close(1000, b"r" * 124)


@scenario("ping-fragmented")
async def ping_fragmented(client: Client) -> None:
    """sends a ping in two fragments"""
    await _send(client, frames.frame(frames.PING, b"first", fin=False)
                + frames.frame(frames.CONTINUATION, b"second"))


@scenario("length-high-bit")
async def length_high_bit(client: Client) -> None:
    """sends a text whose 64-bit length has the highest bit set"""
    await _send(client, struct.pack("!BBQ", 0x80 | frames.TEXT, 127, 1 << 63 | 5) + b"hello")


@scenario("length-not-minimal")
async def length_not_minimal(client: Client) -> None:
    """sends a text of 5 bytes whose length takes 64 bits"""
    await _send(client, struct.pack("!BBQ", 0x80 | frames.TEXT, 127, 5) + b"hello")


@scenario("frame-cut-off")
async def frame_cut_off(client: Client) -> None:
    """sends half of a text frame, then ends TCP"""
    await client.accept()
    async with client.conversation():
        await client.send(frames.text("cut off here")[:7])
        client.wire.cut()
