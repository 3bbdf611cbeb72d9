"""Bad networks: two network namespaces and a link between them, or a TCP proxy if the machine allows no
namespaces."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable, Iterator, List, Optional

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
numbers = itertools.count(1)


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


def has_namespaces() -> bool:
    """Whether this process can create namespaces with a packet filter."""
    if os.geteuid() != 0:
        return False
    name = f"as{os.getpid()}probe"
    try:
        run("ip", "netns", "add", name)
        try:
            run("ip", "netns", "exec", name, "nft", "add table inet probe")
        finally:
            run("ip", "netns", "del", name)
        return True
    except (OSError, subprocess.CalledProcessError):
        return False


class Network:
    """Two namespaces, for the call and for the server, which reach only each other."""

    def __init__(self) -> None:
        number = next(numbers)
        stem = f"as{os.getpid()}n{number}"
        self.call, self.server = stem + "c", stem + "s"
        self.call_address, self.server_address = "10.213.0.1", "10.213.0.2"
        self.device = "eth0"
        self.stem = stem
        self.dead = threading.Event()

    def __enter__(self) -> "Network":
        for name in (self.call, self.server):
            run("ip", "netns", "add", name)
            self.inside(name, "ip", "link", "set", "lo", "up")
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.dead.set()
        for name in (self.call, self.server):
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", name)

    @staticmethod
    def inside(name: str, *words: str) -> None:
        run("ip", "netns", "exec", name, *words)

    def connect(self) -> None:
        left, right = self.stem + "l", self.stem + "r"
        run("ip", "link", "add", left, "type", "veth", "peer", "name", right)
        for device, name, address in ((left, self.call, self.call_address),
                                      (right, self.server, self.server_address)):
            run("ip", "link", "set", device, "netns", name)
            self.inside(name, "ip", "link", "set", device, "name", self.device)
            self.inside(name, "ip", "address", "add", address + "/24", "dev", self.device)
            self.inside(name, "ip", "link", "set", self.device, "up")

    def link(self, up: bool) -> None:
        self.inside(self.call, "ip", "link", "set", self.device, "up" if up else "down")

    def lose(self, percent: int) -> None:
        """Drops this share of the packets that arrive on either side from now on."""
        for name in (self.call, self.server):
            self.inside(name, "nft", "add table inet bad; "
                        "add chain inet bad in { type filter hook input priority 0; }; "
                        f"add rule inet bad in iifname {self.device} "
                        f"numgen random mod 100 < {percent} drop")


class SlowNetwork(Network):
    """As Network, with a userspace forwarder between two TUN devices. It delays each packet by its own time, so
    that packets overtake each other, and drops some."""

    def __init__(self, least: float, most: float, loss: float, seed: int) -> None:
        super().__init__()
        self.least, self.most, self.loss = least, most, loss
        self.random = random.Random(seed)
        self.forwarded = self.overtaken = self.lost = 0
        self.thread: Optional[threading.Thread] = None

    def connect(self) -> None:
        ends = [self.tun(self.call, self.call_address, self.server_address),
                self.tun(self.server, self.server_address, self.call_address)]
        self.thread = threading.Thread(target=self.forward, args=(ends,))
        self.thread.start()

    def __exit__(self, *ignored: object) -> None:
        self.dead.set()
        if self.thread is not None:
            self.thread.join()
        super().__exit__(*ignored)

    def tun(self, name: str, own: str, peer: str) -> int:
        opened: List[int] = []

        def open_inside() -> None:  # setns() changes the namespace of one thread
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{name}", "rb") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", self.device.encode(), IFF_TUN | IFF_NO_PI))
            opened.append(tun)

        thread = threading.Thread(target=open_inside)
        thread.start()
        thread.join()
        self.inside(name, "ip", "address", "add", own, "peer", peer, "dev", self.device)
        self.inside(name, "ip", "link", "set", self.device, "up")
        return opened[0]

    def forward(self, ends: List[int]) -> None:
        waiting: List[tuple[float, int, int, bytes]] = []
        order = itertools.count()
        newest = {ends[0]: -1, ends[1]: -1}
        while not self.dead.is_set():
            timeout = 0.1 if not waiting else min(0.1, max(0.0, waiting[0][0] - time.monotonic()))
            for end in select.select(ends, [], [], timeout)[0]:
                packet = os.read(end, 65536)
                if self.random.random() < self.loss:
                    self.lost += 1
                    continue
                due = time.monotonic() + self.random.uniform(self.least, self.most)
                heapq.heappush(waiting, (due, next(order), ends[end == ends[0]], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, number, other, packet = heapq.heappop(waiting)
                self.forwarded += 1
                self.overtaken += number < newest[other]
                newest[other] = max(newest[other], number)
                with contextlib.suppress(OSError):
                    os.write(other, packet)
        for end in ends:
            os.close(end)


class Proxy:
    """A TCP proxy on this machine. A test can change how it passes bytes while it runs."""

    def __init__(self, port_of_server: int) -> None:
        self.target = port_of_server
        self.port = 0
        self.delay: Callable[[], float] = lambda: 0.0
        self.may_pass = True
        self.connections = 0
        self.loop = asyncio.new_event_loop()
        self.writers: List[asyncio.StreamWriter] = []
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self) -> "Proxy":
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers += [writer, there_writer]
        await asyncio.gather(self.pump(reader, there_writer), self.pump(there_reader, writer),
                             return_exceptions=True)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                await asyncio.sleep(self.delay())
                while not self.may_pass:
                    await asyncio.sleep(0.01)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    def cut(self) -> None:
        """Resets all connections."""
        def abort() -> None:
            for writer in self.writers:
                writer.transport.abort()
            self.writers.clear()
        self.loop.call_soon_threadsafe(abort)


@contextlib.contextmanager
def dead_name_server(namespace: str, address: str) -> Iterator[None]:
    """Makes programs in the namespace use a name server that never answers."""
    folder = Path("/etc/netns") / namespace
    folder.mkdir(parents=True)
    try:
        (folder / "resolv.conf").write_text(f"nameserver {address}\n")
        yield
    finally:
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()
