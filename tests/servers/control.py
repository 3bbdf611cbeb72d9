"""Code that the test servers share: the line protocol with the test, the listening socket and TLS.

One JSON object a line: commands come in on stdin, events go out on stdout. A command may carry an
"id"; it is then answered by {"event": "done", "id": ..., "result": ...} or by {"event": "error",
"id": ..., "message": ...}. End of input means the same as the command "quit".
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import os
import socket
import ssl
import sys
import threading
from typing import Any, Awaitable, Callable, Dict, NoReturn, Optional

Command = Dict[str, Any]
LISTEN_BACKLOG = 512


class CommandError(Exception):
    """A command that failed. The test gets its message."""


quiet = False  # only essential events, for tests with thousands of connections


def emit(event: str, **fields: Any) -> None:
    """Sends an event to the test."""
    if quiet and event not in ("listening", "done", "error"):
        return
    try:
        sys.stdout.write(json.dumps({"event": event, **fields}, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)  # the test has ended


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def leave() -> NoReturn:
    """Ends the process at once. The kernel closes remaining connections."""
    sys.stdout.flush()
    os._exit(0)


class Controlled:
    """A server that obeys commands: the command "x" is the coroutine method "do_x".

    Takes care of listening itself; a subclass says in `start` what is to be done with the socket.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.numbers = itertools.count(1)
        self.port: int = arguments.port
        self.tls = tls_context(arguments)
        global quiet
        quiet = arguments.quiet

    async def start(self, listener: socket.socket) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    async def listen(self) -> None:
        listener = listening_socket(self.arguments, self.port)
        self.port = listener.getsockname()[1]
        await self.start(listener)
        emit("listening", port=self.port, host=self.arguments.bind)

    async def run(self) -> NoReturn:
        await self.listen()
        await obey(self._dispatch)
        leave()

    async def do_stop_listening(self, command: Command) -> None:
        await self.stop()

    async def do_listen_again(self, command: Command) -> None:
        await self.listen()

    async def do_quit(self, command: Command) -> None:
        leave()

    async def _dispatch(self, command: Command) -> Any:
        method = getattr(self, f"do_{command.get('cmd')}", None)
        if method is None:
            raise CommandError(f"unknown command {command.get('cmd')!r}")
        return await method(command)


async def obey(dispatch: Callable[[Command], Awaitable[Any]]) -> None:
    """Carries out the commands on stdin, in order, until its end."""
    lines: asyncio.Queue[Optional[str]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read_lines, args=(loop, lines), daemon=True).start()
    while (line := await lines.get()) is not None:
        await _carry_out(dispatch, line)


def _read_lines(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[Optional[str]]) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, None)


async def _carry_out(dispatch: Callable[[Command], Awaitable[Any]], line: str) -> None:
    number = None
    try:
        command = json.loads(line)
        number = command.get("id")
        result = await dispatch(command)
    except Exception as error:  # the test must get every error
        emit("error", id=number, message=f"{type(error).__name__}: {error}", command=line.strip()[:200])
    else:
        if number is not None:
            emit("done", id=number, result=result)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on, e.g. ::1")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (0: a free one)")
    parser.add_argument("--receive-buffer", type=int, metavar="BYTES", help="SO_RCVBUF of every connection")
    parser.add_argument("--quiet", action="store_true", help="tell of nothing but errors, and answer commands")
    parser.add_argument("--tls-cert", metavar="FILE", help="server certificate: makes this a TLS server")
    parser.add_argument("--tls-key", metavar="FILE", help="key of the server certificate")
    parser.add_argument("--tls-most", choices=["1.1", "1.2", "1.3"], help="the newest version of TLS spoken")
    parser.add_argument("--tls-client-ca", metavar="FILE", help="ask for a client certificate of this CA")


def listening_socket(arguments: argparse.Namespace, port: int) -> socket.socket:
    """Sets the receive buffer before listen(), because the TCP window depends on it."""
    family = socket.AF_INET6 if ":" in arguments.bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if arguments.receive_buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, arguments.receive_buffer)
    listener.bind((arguments.bind, port))
    listener.listen(LISTEN_BACKLOG)
    listener.setblocking(False)
    return listener


def tls_context(arguments: argparse.Namespace) -> Optional[ssl.SSLContext]:
    """The TLS context. The TLS object's attribute `asked_name` has the name of the client's SNI."""
    if not arguments.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    if arguments.tls_most == "1.1":
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL needs it for TLS 1.1
    if arguments.tls_most == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.sni_callback = _remember_asked_name
    if arguments.tls_client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(arguments.tls_client_ca)
    return context


def _remember_asked_name(tls: ssl.SSLObject, name: Optional[str], context: ssl.SSLContext) -> None:
    setattr(tls, "asked_name", name)


def describe_tls(tls: Optional[ssl.SSLObject]) -> Optional[Dict[str, Any]]:
    """The `tls` member of the "open" event. None for a plain connection."""
    if tls is None:
        return None
    certificate = tls.getpeercert() or {}
    subject = {key: value for entry in certificate.get("subject", ()) for key, value in entry}
    return {
        "version": tls.version(),
        "asked_name": getattr(tls, "asked_name", None),
        "client_name": subject.get("commonName"),
        "resumed": bool(tls.session_reused),
    }
