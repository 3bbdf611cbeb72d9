"""Scenarios of the opening handshake."""

from __future__ import annotations

import http

from . import frames
from .client import Client, Drop
from .registry import scenario

HUGE_HEADER_BYTES = 1 << 20
WRONG_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the answer to the key in RFC 6455 1.3


@scenario("handshake-silent")
async def silent(client: Client) -> None:
    """reads the request and never answers"""
    await client.hold()


@scenario("handshake-half-silent")
async def half_then_silence(client: Client) -> None:
    """sends half of the 101 answer, then nothing"""
    await client.send(_half(client))
    await client.hold()


@scenario("handshake-half-close")
async def half_then_close(client: Client) -> None:
    """sends half of the 101 answer, then ends TCP"""
    await client.send(_half(client))
    await client.leave()


@scenario("handshake-slow")
async def slow(client: Client) -> None:
    """sends a right 101 answer byte by byte, ms=1 between them, then is normal"""
    await client.send(client.upgrade(), pace=client.parameter("ms", 1.0) / 1000)
    await client.converse()


@scenario("handshake-wrong-accept")
async def wrong_accept(client: Client) -> None:
    """101 with a Sec-WebSocket-Accept of another key"""
    await client.accept(Sec_WebSocket_Accept=WRONG_ACCEPT)
    await client.hold()


@scenario("handshake-no-accept")
async def no_accept(client: Client) -> None:
    """101 without Sec-WebSocket-Accept"""
    await client.accept(Sec_WebSocket_Accept=None)
    await client.hold()


@scenario("handshake-no-upgrade")
async def no_upgrade(client: Client) -> None:
    """101 without an Upgrade header"""
    await client.accept(Upgrade=None)
    await client.hold()


@scenario("handshake-no-connection")
async def no_connection(client: Client) -> None:
    """101 without a Connection header"""
    await client.accept(Connection=None)
    await client.hold()


@scenario("handshake-garbage")
async def garbage(client: Client) -> None:
    """answers the request with what is not HTTP"""
    await client.send(b"\x00\x01\x02 nothing of HTTP here \xff\xfe\r\n\r\n")
    await client.hold()


@scenario("handshake-huge-header")
async def huge_header(client: Client) -> None:
    """101 with a header of 1 MiB"""
    async with client.conversation():
        await client.accept(X_Filler="x" * HUGE_HEADER_BYTES)


@scenario("handshake-many-headers")
async def many_headers(client: Client) -> None:
    """101 with 20000 headers"""
    fillers = {f"X_Filler_{number}": "x" for number in range(20000)}
    async with client.conversation():
        await client.accept(**fillers)


@scenario("handshake-deflate-unasked")
async def deflate_unasked(client: Client) -> None:
    """101 with permessage-deflate, offered or not, then a text "alive", uncompressed"""
    await client.accept(Sec_WebSocket_Extensions="permessage-deflate")
    async with client.conversation():
        await client.send_text("alive")


@scenario("handshake-extension-unknown")
async def unknown_extension(client: Client) -> None:
    """101 with an extension that nobody offered"""
    await client.accept(Sec_WebSocket_Extensions="x-nobody-asked")
    await client.converse()


@scenario("handshake-subprotocol-unasked")
async def unasked_subprotocol(client: Client) -> None:
    """101 with a subprotocol that nobody asked for"""
    await client.accept(Sec_WebSocket_Protocol="nobody-asked")
    await client.converse()


@scenario("handshake-then-reset")
async def then_reset(client: Client) -> None:
    """101, then a TCP reset"""
    await client.accept()
    raise Drop


@scenario("handshake-then-fin")
async def then_fin(client: Client) -> None:
    """101, then TCP ends without a close frame"""
    await client.accept()
    client.wire.cut()
    await client.converse()


@scenario("handshake-with-text")
async def with_text(client: Client) -> None:
    """101 and a text "hello" in one TCP segment, then is normal"""
    await client.send(client.upgrade() + frames.text("hello"))
    await client.converse()


@scenario("status")
async def status(client: Client) -> None:
    """refuses with HTTP status code=403, with a Retry-After of retry_after= seconds if given"""
    code = client.parameter("code", 403)
    headers = {"Retry_After": client.parameters["retry_after"]} if "retry_after" in client.parameters else {}
    if code == http.HTTPStatus.UNAUTHORIZED:
        headers["WWW_Authenticate"] = 'Basic realm="test"'
    await client.refuse(f"{code} {http.HTTPStatus(code).phrase}", **headers)


@scenario("redirect")
async def redirect(client: Client) -> None:
    """redirects with HTTP status code=302 to location=ws://127.0.0.1:9/elsewhere"""
    code = client.parameter("code", 302)
    await client.refuse(f"{code} {http.HTTPStatus(code).phrase}",
                        Location=client.parameter("location", "ws://127.0.0.1:9/elsewhere"))


@scenario("status-endless-body")
async def endless_body(client: Client) -> None:
    """refuses with 503 and a body of 1 GiB that never comes, TCP staying open"""
    await client.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1073741824\r\n\r\nwait")
    await client.hold()


def _half(client: Client) -> bytes:
    answer = client.upgrade()
    return answer[:len(answer) // 2]
