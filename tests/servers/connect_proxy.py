#!/usr/bin/python3
"""An HTTP proxy that supports only CONNECT (RFC 9110, 9.3.6).

Driven by a test over stdin and stdout, one JSON object a line (see control.py).

Events, each with the number of its connection in "conn" (1, 2, 3... in the order of accepting):
  listening {port, host}
  request   {method, target, headers: [[name, value]...]}
  tunnel    {target}              the connection to the target stands
  refused   {status}
  error     {message}

Commands:
  answer    {n, status}           the next n requests get this HTTP status; 0: none at all
  quit      {}
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import collections
import hmac
import http
import socket
from typing import Deque, Dict, Optional, Tuple

from control import Command, Controlled, add_common_options, emit


class Proxy(Controlled):
    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(arguments)
        self.hosts: Dict[str, str] = dict(item.split("=", 1) for item in arguments.host)
        self.answers: Deque[int] = collections.deque()
        self.server: Optional[asyncio.AbstractServer] = None

    async def start(self, listener: socket.socket) -> None:
        self.server = await asyncio.start_server(self.serve, sock=listener)

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(self.numbers)
        try:
            await self.tunnel(number, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # one side has closed
        except Exception as error:
            emit("error", conn=number, message=f"{type(error).__name__}: {error}")
        writer.close()

    async def tunnel(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = request[:-4].split("\r\n")
        method, target, _ = first.split(" ")
        headers = [line.split(": ", 1) for line in lines]
        emit("request", conn=number, method=method, target=target, headers=headers)
        status = self.status(method, {name.lower(): value for name, value in headers})
        if status == 0:
            await reader.read()  # no answer until the client gives up
            return
        if status != http.HTTPStatus.OK:
            await refuse(number, writer, status)
            return
        try:
            there = await asyncio.open_connection(*self.address(target))
        except OSError:
            await refuse(number, writer, http.HTTPStatus.BAD_GATEWAY)
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        emit("tunnel", conn=number, target=target)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        there[1].close()

    def status(self, method: str, headers: Dict[str, str]) -> int:
        if self.answers:
            return self.answers.popleft()
        if method != "CONNECT":
            return http.HTTPStatus.METHOD_NOT_ALLOWED
        expected = "Basic " + base64.b64encode(self.arguments.basic_auth.encode()).decode()
        if self.arguments.basic_auth and not hmac.compare_digest(headers.get("proxy-authorization", ""), expected):
            return http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
        return http.HTTPStatus.OK

    def address(self, target: str) -> Tuple[str, int]:
        host, port = target.rsplit(":", 1)
        if host in self.hosts:
            host = self.hosts[host]
        elif host == "localhost":  # also on a machine without a hosts file
            host = "127.0.0.1"
        return host.strip("[]"), int(port)

    async def do_answer(self, command: Command) -> None:
        self.answers.extend([command["status"]] * command.get("n", 1))


async def refuse(number: int, writer: asyncio.StreamWriter, status: int) -> None:
    emit("refused", conn=number, status=status)
    writer.write(f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\nContent-Length: 0\r\n\r\n".encode())
    await writer.drain()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes on data until the end, and the end too."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_options(parser)
    parser.add_argument("--basic-auth", default="", metavar="USER:PASSWORD",
                        help="answer 407 without these credentials")
    parser.add_argument("--host", action="append", default=[], metavar="NAME=ADDRESS",
                        help="where a name is that no name server knows")
    return parser


if __name__ == "__main__":
    asyncio.run(Proxy(options().parse_args()).run())
