"""Scenarios of the closing handshake and of connections that end without one."""

from __future__ import annotations

import asyncio

from . import frames
from .client import Client, Drop
from .registry import scenario


@scenario("close")
async def close(client: Client) -> None:
    """sends a close frame with code=1000 (illegal ones too: 999, 1005, 1006) and reason="""
    await client.accept()
    async with client.conversation():
        await client.send_close(client.parameter("code", 1000), client.parameter("reason", "").encode())


@scenario("close-empty")
async def close_empty(client: Client) -> None:
    """sends a close frame without a payload"""
    await _send_close_payload(client, b"", 1005)


@scenario("close-one-byte")
async def close_one_byte(client: Client) -> None:
    """sends a close frame with a payload of one byte"""
    await _send_close_payload(client, b"\x03", 1005)


@scenario("close-bad-utf8")
async def close_bad_utf8(client: Client) -> None:
    """sends a close frame with code 1000 and a reason that is not UTF-8"""
    await _send_close_payload(client, b"\x03\xe8\xff\xfe\xc0", 1000)


@scenario("close-then-text")
async def close_then_text(client: Client) -> None:
    """sends a close frame with 1000 and, against the rules, a text "late" after it"""
    await client.accept()
    async with client.conversation():
        await client.send_close(1000)
        await client.send_text("late")


@scenario("close-keep-tcp")
async def close_keep_tcp(client: Client) -> None:
    """sends a close frame with 1000 and never ends TCP, even when the close is answered"""
    await client.accept()
    async with client.conversation(answer_close=False):
        await client.send_close(1000)


@scenario("close-unanswered")
async def close_unanswered(client: Client) -> None:
    """normal, but never answers a close frame and keeps TCP open"""
    await client.accept()
    await client.converse(answer_close=False)


@scenario("close-answered-by-reset")
async def close_answered_by_reset(client: Client) -> None:
    """normal, but answers a close frame with a TCP reset"""
    await client.accept()
    async with client.conversation(answer_close=False):
        await client.until(lambda: client.ending.received_code is not None)
        raise Drop


@scenario("close-after-binary")
async def close_after_binary(client: Client) -> None:
    """closes with code=1000 once n=5 binary messages have come"""
    await client.accept()
    async with client.conversation():
        await client.until(lambda: client.messages.binary_messages >= client.parameter("n", 5))
        await client.send_close(client.parameter("code", 1000))


@scenario("drop-after")
async def drop_after(client: Client) -> None:
    """is normal for ms=100, then drops TCP: how=reset or how=fin"""
    await client.accept()
    async with client.conversation():
        await asyncio.sleep(client.parameter("ms", 100.0) / 1000)
        await _drop(client)


@scenario("drop-after-binary")
async def drop_after_binary(client: Client) -> None:
    """drops TCP once n=5 binary messages have come: how=reset or how=fin"""
    await client.accept()
    async with client.conversation():
        await client.until(lambda: client.messages.binary_messages >= client.parameter("n", 5))
        await _drop(client)


async def _drop(client: Client) -> None:
    if client.parameter("how", "reset") == "reset":
        raise Drop
    client.wire.cut()


async def _send_close_payload(client: Client, payload: bytes, code: int) -> None:
    await client.accept()
    async with client.conversation():
        await client.send_close_frame(frames.frame(frames.CLOSE, payload), code)
