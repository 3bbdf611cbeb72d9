"""Scenarios that begin as soon as TCP connects."""

from __future__ import annotations

from .client import Client, Drop
from .registry import before_request

GARBAGE = b"\x00\xff\x15\x03 this is no protocol of yours \r\n\r\n"


@before_request("tcp-silent")
async def tcp_silent(client: Client) -> None:
    """accepts TCP and never answers"""
    await client.hold()


@before_request("tcp-close")
async def tcp_close(client: Client) -> None:
    """accepts TCP and ends it at once"""
    client.wire.cut()
    await client.see_off()


@before_request("tcp-reset")
async def tcp_reset(client: Client) -> None:
    """accepts TCP and resets it at once"""
    raise Drop


@before_request("tcp-garbage")
async def tcp_garbage(client: Client) -> None:
    """sends garbage without being asked"""
    await client.wire.send_plain(GARBAGE)
    await client.hold()


@before_request("tls-garbage")
async def tls_garbage(client: Client) -> None:
    """answers garbage to the ClientHello"""
    await client.wire.receive()
    await client.wire.send_plain(GARBAGE)
    await client.hold()


@before_request("tls-stall")
async def tls_stall(client: Client) -> None:
    """reads the ClientHello and never answers"""
    await client.hold()


@before_request("tls-close")
async def tls_close(client: Client) -> None:
    """reads the ClientHello and ends TCP"""
    await client.wire.receive()
    client.wire.cut()
    await client.see_off()
