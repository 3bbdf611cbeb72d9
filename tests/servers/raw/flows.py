"""Scenarios of flow: the normal one, and servers that read slowly or not at all."""

from __future__ import annotations

import asyncio
import contextlib

from . import frames
from .client import Client
from .registry import scenario

TINY_BUFFER_BYTES = 2048


@scenario("normal")
async def normal(client: Client) -> None:
    """keeps to the rules and reports every frame; sends nothing but what it is told to"""
    await client.accept()
    await client.converse()


@scenario("never-reads")
async def never_reads(client: Client) -> None:
    """101, then never reads again, with a tiny receive buffer, but stays connected"""
    await client.accept()
    client.wire.limit_receive_buffer(TINY_BUFFER_BYTES)
    await client.ignore()


@scenario("slow-reader")
async def slow_reader(client: Client) -> None:
    """reads no more than rate=8000 bytes a second, with a tiny receive buffer"""
    await client.accept()
    client.wire.limit_receive_buffer(TINY_BUFFER_BYTES)
    await client.converse(bytes_per_second=client.parameter("rate", 8000))


@scenario("no-pong")
async def no_pong(client: Client) -> None:
    """normal, but never answers a ping"""
    await client.accept()
    await client.converse(answer_pings=False)


@scenario("silent-after")
async def silent_after(client: Client) -> None:
    """is normal for ms=100, then neither reads nor answers, TCP staying open"""
    await client.accept()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(client.converse(), client.parameter("ms", 100.0) / 1000)
    await client.ignore()


@scenario("chatter")
async def chatter(client: Client) -> None:
    """sends a text "tick 0", "tick 1"... every ms=20, n=50 of them, while it reads as usual"""
    await client.accept()
    async with client.conversation():
        for number in range(client.parameter("n", 50)):
            await client.send(frames.text(f"tick {number}"))
            await asyncio.sleep(client.parameter("ms", 20.0) / 1000)


@scenario("speaker")
async def speaker(client: Client) -> None:
    """two-way: n=20 times, every ms=5, audio and a mark, and by turns a clear, a pause, a resume and audio in JSON"""
    await client.accept()
    others = [b'{"type":"clear"}', b'{"type":"pause"}', b'{"type":"resume"}',
              b'{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":16000,"audioData":"'
              + b"AAAA" * 60_000 + b'"}}']
    async with client.conversation():
        for number in range(client.parameter("n", 20)):
            await client.send(frames.frame(frames.BINARY, bytes(1601)))
            await client.send(frames.text(f'{{"type":"mark","name":"{number}"}}'))
            await client.send(frames.frame(frames.TEXT, others[number % len(others)]))
            await asyncio.sleep(client.parameter("ms", 5.0) / 1000)
