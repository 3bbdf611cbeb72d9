#!/usr/bin/python3
"""A WebSocket server at the level of bytes, for behaviour that a well-behaved server does not show.

A command or --scenario names the scenario of a connection. Without one, the path of the request does:
"/close?code=1008" plays "close" with code=1008, and "/" plays "normal". The option --list shows all of
them. Driven by a test over stdin and stdout, one JSON object a line (see
control.py).

Events, each with the number of its connection in "conn" (1, 2, 3... in the order of accepting):
  listening  {port, host}
  connected  {}                   TCP is there
  tls_failed {message}            the TLS handshake did not succeed
  open       {scenario, path, headers: [[name, value]...], raw: base64 of the request, tls}
  frame      {fin, rsv, opcode, masked, mask: base64, len, data: base64, unmasked}
  text, binary, ping, pong        as of ws_server.py, once the message is whole
                                  (of texts and frames beyond 512 KiB the data is left out)
  pongs      {count}              of ping-flood
  error      {message}
  close      {code, reason, by: "client" | "server" | "none", received_code, sent_code,
             tcp: "eof" | "reset" (the client's doing) | "local" (ours),
             binary_messages, binary_bytes}; the last event of every connection

Commands:
  scenario       {name, next}           plays "name?parameters" whatever the path, for the next
                                        connections; without "next" for all, without a name never
  scenarios      {}                     answers [{name, reads_request, description}...]
  send_text      {conn, data}           send_binary  {conn, data: base64}
  ping           {conn, data: base64}   send_raw     {conn, data: base64, bytes put on the wire}
  close          {conn, code, reason}
  fin            {conn}                 ends our direction of TCP
  abort          {conn}                 ends the TCP connection with a reset
  pause_reading  {conn}                 resume_reading {conn}
  stop_listening {}                     listen_again   {}    (same port)
  quit           {}
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import socket
import ssl
from typing import Any, Dict, List, Optional

from control import Command, CommandError, Controlled, add_common_options, decode, emit
from raw import frames
from raw.client import Client, Drop
from raw.scenarios import Choice, choose, listing
from raw.wire import Wire


@dataclasses.dataclass
class Order:
    """A scenario that is played for any path."""

    choice: Choice
    left: Optional[int]  # number of connections; None for all


class Server(Controlled):
    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(arguments)
        self.order = Order(choose(arguments.scenario), None) if arguments.scenario else None
        self.clients: Dict[int, Client] = {}
        self.tasks: Dict[int, asyncio.Task[None]] = {}
        self.accepting: Optional[asyncio.Task[None]] = None
        self.background: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        self.accepting = asyncio.create_task(self.accept_clients(listener))

    async def stop(self) -> None:
        if self.accepting is not None:
            self.accepting.cancel()
            await asyncio.gather(self.accepting, return_exceptions=True)
            self.accepting = None

    async def accept_clients(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                connection, _ = await loop.sock_accept(listener)
                client = Client(next(self.numbers), Wire(connection))
                self.clients[client.number] = client
                self.tasks[client.number] = asyncio.create_task(self.serve(client, self.take_order()))

    def take_order(self) -> Optional[Choice]:
        order = self.order
        if order is None:
            return None
        if order.left is not None:
            order.left -= 1
            if order.left <= 0:
                self.order = None
        return order.choice

    async def serve(self, client: Client, choice: Optional[Choice]) -> None:
        client.emit("connected")
        reset = False
        try:
            await asyncio.wait_for(self.play(client, choice), self.arguments.lifetime)
        except (Drop, asyncio.CancelledError):
            reset = True
        except EOFError:
            client.ending.tcp = "eof"
        except ConnectionError:
            client.ending.tcp = "reset"
        except asyncio.TimeoutError:
            client.emit("error", message=f"the connection lived longer than {self.arguments.lifetime} s")
        except Exception as error:  # an error in a scenario must not look intended
            client.emit("error", message=f"{type(error).__name__}: {error}")
        if reset:
            client.wire.reset()
        else:
            client.wire.close()
        client.report_close()
        if self.arguments.quiet:  # no test knows its number
            del self.clients[client.number]
            del self.tasks[client.number]

    async def play(self, client: Client, choice: Optional[Choice]) -> None:
        if choice is None or choice.scenario.reads_request:
            if self.tls is not None and not await self.start_tls(client, self.tls):
                return
            await client.read_request()
            choice = choice or self.choice_of_path(client)
            client.report_request(choice.scenario.name)
        client.parameters = choice.parameters
        await choice.scenario.play(client)

    async def start_tls(self, client: Client, context: ssl.SSLContext) -> bool:
        try:
            await client.wire.start_tls(context)
            return True
        except (ssl.SSLError, ConnectionError) as error:
            client.emit("tls_failed", message=str(error))
            await client.see_off()
            return False

    def choice_of_path(self, client: Client) -> Choice:
        try:
            return choose(client.request.target)
        except KeyError as error:
            client.emit("error", message=str(error))
            return choose("status?code=404")

    # Commands

    def client(self, command: Command) -> Client:
        number = command["conn"]
        if number not in self.clients or self.tasks[number].done():
            raise CommandError(f"there is no open connection {number}")
        return self.clients[number]

    def in_background(self, work: Any) -> None:
        """Runs work that may have to wait for the client. The tasks send in the order in which they start."""
        task = asyncio.ensure_future(self.reporting(work))
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    async def reporting(self, work: Any) -> None:
        try:
            await work
        except Exception as error:
            emit("error", message=f"{type(error).__name__}: {error}")

    async def do_scenario(self, command: Command) -> None:
        name = command.get("name")
        self.order = Order(choose(name), command.get("next")) if name else None

    async def do_scenarios(self, command: Command) -> List[Dict[str, object]]:
        return listing()

    async def do_send_text(self, command: Command) -> None:
        self.in_background(self.client(command).send_text(command["data"]))

    async def do_send_binary(self, command: Command) -> None:
        frame = frames.frame(frames.BINARY, decode(command["data"]))
        self.in_background(self.client(command).send(frame))

    async def do_ping(self, command: Command) -> None:
        frame = frames.frame(frames.PING, decode(command.get("data", "")))
        self.in_background(self.client(command).send(frame))

    async def do_send_raw(self, command: Command) -> None:
        self.in_background(self.client(command).send(decode(command["data"])))

    async def do_close(self, command: Command) -> None:
        reason = command.get("reason", "").encode("utf-8")
        self.in_background(self.client(command).send_close(command.get("code", 1000), reason))

    async def do_fin(self, command: Command) -> None:
        self.client(command).wire.cut()

    async def do_abort(self, command: Command) -> None:
        self.client(command)
        self.tasks[command["conn"]].cancel()

    async def do_pause_reading(self, command: Command) -> None:
        self.client(command).may_read.clear()

    async def do_resume_reading(self, command: Command) -> None:
        self.client(command).may_read.set()


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_options(parser)
    parser.add_argument("--scenario", metavar="NAME[?PARAMETERS]", help="play this one whatever the path")
    parser.add_argument("--lifetime", type=float, default=300, metavar="SECONDS",
                        help="no connection lives longer than this (default 300)")
    parser.add_argument("--list", action="store_true", help="show all scenarios and end")
    return parser


def show_scenarios() -> None:
    for item in listing():
        note = "" if item["reads_request"] else " (with --scenario or the command only)"
        print(f"{item['name']:<30} {item['description']}{note}")


def main() -> None:
    parser = options()
    arguments = parser.parse_args()
    if arguments.list:
        show_scenarios()
        return
    try:
        server = Server(arguments)
    except KeyError as error:
        parser.error(str(error.args[0]))
    asyncio.run(server.run())


if __name__ == "__main__":
    main()
