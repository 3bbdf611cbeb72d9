"""Scenarios of permessage-deflate. A client that does not offer it gets a 400."""

from __future__ import annotations

import zlib

from . import frames
from .client import Client
from .messages import DEFLATE_TAIL
from .registry import scenario

BOMB_BYTES = (16 << 20) + (1 << 16)


def deflated(payload: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data[:-len(DEFLATE_TAIL)]


async def _send(client: Client, payload: bytes) -> None:
    if await client.accept_deflate():
        async with client.conversation():
            await client.send(frames.frame(frames.TEXT, payload, rsv=frames.RSV1))


@scenario("deflate")
async def deflate(client: Client) -> None:
    """agrees to permessage-deflate, sends a compressed text "squeezed", then is normal"""
    await _send(client, deflated(b"squeezed"))


@scenario("deflate-broken")
async def deflate_broken(client: Client) -> None:
    """sends a text marked as compressed whose data is not a deflate stream"""
    await _send(client, b"\xff\xff\xff\xff no deflate")


@scenario("deflate-bomb")
async def deflate_bomb(client: Client) -> None:
    """sends a text of about 16 KiB that inflates to more than 16 MiB"""
    await _send(client, deflated(b"a" * BOMB_BYTES))


@scenario("deflate-continuation-marked")
async def deflate_continuation_marked(client: Client) -> None:
    """sends a compressed text in two fragments and, against the rules, marks the second one too"""
    if not await client.accept_deflate():
        return
    data = deflated(b"squeezed in two")
    async with client.conversation():
        await client.send(frames.frame(frames.TEXT, data[:5], fin=False, rsv=frames.RSV1)
                          + frames.frame(frames.CONTINUATION, data[5:], rsv=frames.RSV1))


@scenario("deflate-announced")
async def deflate_announced(client: Client) -> None:
    """begins a compressed text of a few KiB and announces 4 EiB more"""
    if not await client.accept_deflate():
        return
    more = DEFLATE_TAIL + deflated(b"and so on " * 1000)
    async with client.conversation():
        await client.send(frames.frame(frames.TEXT, deflated(b"squeezed, "), fin=False, rsv=frames.RSV1)
                          + frames.header(frames.CONTINUATION, 1 << 62, fin=False) + more)
