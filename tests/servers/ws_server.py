#!/usr/bin/python3
"""A well-behaved WebSocket server of an independent implementation: Debian's python3-websockets.

Driven by a test over stdin and stdout, one JSON object a line (see control.py).

Events, each with the number of its connection in "conn" (1, 2, 3... in the order of the requests):
  listening {port, host}
  open      {path, headers: [[name, value]...], extensions, subprotocol, tls}; bytes above 127 in the
            path or the headers come as the characters U+0080 to U+00FF
  refused   {status, path, headers}
  text      {data}
  binary    {len, data: base64 (without --no-audio-data)}
  ping      {data: base64}
  pong      {data: base64}
  close     {code, reason, by: "client" | "server" | "none", received_code, sent_code,
            binary_messages, binary_bytes}; the code and reason are those of the side that closed
            first, 1006 if none sent a close frame

Commands:
  send_text      {conn, data}           send_binary  {conn, data: base64}
  ping           {conn, data: base64}   close        {conn, code, reason}
  abort          {conn}                 ends the TCP connection with a reset
  pause_reading  {conn}                 leaves what arrives in the socket, so that TCP pushes back
  resume_reading {conn}
  refuse_next    {n, status, retry_after}  the next n requests get this HTTP status
  stats          {}                     answers {conn: {binary_messages, binary_bytes, texts}...}
  stop_listening {}                     listen_again {}    (same port)
  quit           {}
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import functools
import hmac
import http
import socket
import struct
from typing import Any, Deque, Dict, List, Optional, Tuple

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHeader
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Opcode
from websockets.headers import parse_authorization_basic
from websockets.legacy.server import WebSocketServer, WebSocketServerProtocol, serve

from control import Command, CommandError, Controlled, add_common_options, decode, describe_tls, emit, encode

Refusal = Tuple[http.HTTPStatus, Headers, bytes]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds


def latin1(text: str) -> str:
    """What was received as bytes above 127 becomes characters that JSON can carry."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def header_list(headers: Headers) -> List[List[str]]:
    return [[latin1(name), latin1(value)] for name, value in headers.raw_items()]


@dataclasses.dataclass
class Counters:
    binary_messages: int = 0
    binary_bytes: int = 0
    texts: int = 0


class Protocol(WebSocketServerProtocol):
    """One connection: the library's own, with its control frames made visible."""

    def __init__(self, *args: Any, owner: "Server", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.number = 0
        self.counters = Counters()
        self.may_read = asyncio.Event()
        self.may_read.set()

    async def process_request(self, path: str, request_headers: Headers) -> Optional[Refusal]:
        self.number = next(self.owner.numbers)
        refusal = self.owner.refusal(request_headers)
        if refusal is not None:
            emit("refused", conn=self.number, status=refusal[0].value, path=latin1(path),
                 headers=header_list(request_headers))
        return refusal

    async def read_frame(self, max_size: Optional[int]) -> Any:
        frame = await super().read_frame(max_size)
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            emit(Opcode(frame.opcode).name.lower(), conn=self.number, data=encode(frame.data))
        return frame

    def pause(self) -> None:
        self.may_read.clear()
        self.transport.pause_reading()

    def resume(self) -> None:
        self.may_read.set()
        self.transport.resume_reading()

    def reset(self) -> None:
        tcp = self.transport.get_extra_info("socket")
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()

    def closed_by(self) -> str:
        if self.close_rcvd is not None and (self.close_rcvd_then_sent or self.close_sent is None):
            return "client"
        return "none" if self.close_sent is None or self.close_sent.code == 1006 else "server"


class Server(Controlled):
    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(arguments)
        self.connections: Dict[int, Protocol] = {}
        self.refusals: Deque[Refusal] = collections.deque()
        self.record = open(arguments.record, "ab", buffering=0) if arguments.record else None
        self.server: Optional[WebSocketServer] = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        self.server = await serve(
            self.handle, sock=listener, ssl=self.tls,
            create_protocol=functools.partial(Protocol, owner=self),
            compression=None, extensions=deflate_extensions(self.arguments),
            subprotocols=self.arguments.subprotocol or None,
            ping_interval=self.arguments.ping_interval, ping_timeout=None,
            close_timeout=self.arguments.close_timeout,
            max_size=None, max_queue=1)

    async def stop(self) -> None:
        """Closes the listening socket only: the library's own close() would end the connections too."""
        if self.server is not None:
            self.server.server.close()
            self.server = None

    def refusal(self, headers: Headers) -> Optional[Refusal]:
        if self.refusals:
            return self.refusals.popleft()
        if self.arguments.basic_auth and not authorized(headers, self.arguments.basic_auth):
            return (http.HTTPStatus.UNAUTHORIZED, Headers({"WWW-Authenticate": 'Basic realm="test"'}), b"")
        return None

    async def handle(self, connection: Protocol) -> None:
        self.connections[connection.number] = connection
        emit("open", conn=connection.number, path=latin1(connection.path),
             headers=header_list(connection.request_headers),
             extensions=connection.response_headers.get("Sec-WebSocket-Extensions", ""),
             subprotocol=connection.subprotocol,
             tls=describe_tls(connection.transport.get_extra_info("ssl_object")))
        try:
            while True:
                await connection.may_read.wait()
                await self.receive(connection, await connection.recv())
        except ConnectionClosed:
            await connection.wait_closed()
        self.report_close(connection)

    async def receive(self, connection: Protocol, message: Any) -> None:
        if isinstance(message, str):
            connection.counters.texts += 1
            emit("text", conn=connection.number, data=message)
        else:
            self.receive_binary(connection, message)
        if self.arguments.echo:
            await connection.send(message)

    def receive_binary(self, connection: Protocol, message: bytes) -> None:
        connection.counters.binary_messages += 1
        connection.counters.binary_bytes += len(message)
        if self.record is not None:
            self.record.write(message)
        if self.arguments.no_binary_events:
            return
        audio = {} if self.arguments.no_audio_data else {"data": encode(message)}
        emit("binary", conn=connection.number, len=len(message), **audio)

    def report_close(self, connection: Protocol) -> None:
        received, sent, by = connection.close_rcvd, connection.close_sent, connection.closed_by()
        first = {"client": received, "server": sent}.get(by)
        emit("close", conn=connection.number, code=first.code if first else 1006,
             reason=first.reason if first else "", by=by,
             received_code=received.code if received else None, sent_code=sent.code if sent else None,
             binary_messages=connection.counters.binary_messages,
             binary_bytes=connection.counters.binary_bytes)

    # Commands. What may have to wait for the client goes on in a task of its own; the tasks write
    # their frames in the order in which they are started.

    def connection(self, command: Command, must_be_open: bool = True) -> Protocol:
        connection = self.connections.get(command["conn"])
        if connection is None or (must_be_open and not connection.open):
            raise CommandError(f"there is no open connection {command['conn']}")
        return connection

    def in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(self.reporting(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def reporting(self, work: Any) -> None:
        try:
            await work
        except Exception as error:
            emit("error", message=f"{type(error).__name__}: {error}")

    async def do_send_text(self, command: Command) -> None:
        self.in_background(self.connection(command).send(command["data"]))

    async def do_send_binary(self, command: Command) -> None:
        self.in_background(self.connection(command).send(decode(command["data"])))

    async def do_ping(self, command: Command) -> None:
        self.in_background(self.connection(command).ping(decode(command.get("data", ""))))

    async def do_close(self, command: Command) -> None:
        connection = self.connection(command)
        self.in_background(connection.close(command.get("code", 1000), command.get("reason", "")))

    async def do_abort(self, command: Command) -> None:
        self.connection(command, must_be_open=False).reset()

    async def do_pause_reading(self, command: Command) -> None:
        self.connection(command).pause()

    async def do_resume_reading(self, command: Command) -> None:
        self.connection(command, must_be_open=False).resume()

    async def do_refuse_next(self, command: Command) -> None:
        headers = Headers()
        if command.get("retry_after") is not None:
            headers["Retry-After"] = str(command["retry_after"])
        status = http.HTTPStatus(command["status"])
        refusal = (status, headers, f"{status.phrase}\n".encode())
        self.refusals.extend([refusal] * command.get("n", 1))

    async def do_stats(self, command: Command) -> Dict[str, Any]:
        return {str(number): dataclasses.asdict(connection.counters)
                for number, connection in self.connections.items()}


def authorized(headers: Headers, expected: str) -> bool:
    try:
        user, password = parse_authorization_basic(headers.get("Authorization", ""))
    except InvalidHeader:
        return False
    return hmac.compare_digest(f"{user}:{password}".encode(), expected.encode())


def deflate_extensions(arguments: argparse.Namespace) -> Optional[List[ServerPerMessageDeflateFactory]]:
    if not arguments.deflate:
        return None
    return [ServerPerMessageDeflateFactory(
        server_no_context_takeover=arguments.server_no_context_takeover,
        client_no_context_takeover=arguments.client_no_context_takeover)]


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_options(parser)
    parser.add_argument("--deflate", action=argparse.BooleanOptionalAction, default=False,
                        help="agree to permessage-deflate")
    parser.add_argument("--server-no-context-takeover", action="store_true")
    parser.add_argument("--client-no-context-takeover", action="store_true")
    parser.add_argument("--subprotocol", action="append", metavar="NAME", help="agree to this subprotocol")
    parser.add_argument("--basic-auth", metavar="USER:PASSWORD", help="answer 401 without these credentials")
    parser.add_argument("--no-audio-data", action="store_true", help="binary events carry the length only")
    parser.add_argument("--no-binary-events", action="store_true",
                        help="binaries are only counted (see stats)")
    parser.add_argument("--record", metavar="FILE", help="append every binary payload to this file")
    parser.add_argument("--echo", action="store_true", help="send every message back")
    parser.add_argument("--ping-interval", type=float, metavar="SECONDS", help="ping the client this often")
    parser.add_argument("--close-timeout", type=float, default=10, metavar="SECONDS",
                        help="how long the client may take to answer a close frame")
    return parser


if __name__ == "__main__":
    asyncio.run(Server(options().parse_args()).run())
