#!/usr/bin/python3
"""Measures the memory of streams beyond a bare media bug: memory_test.py <bench_sink> <bench_simulated_switch>.

The bounds are those of docs/performance.md: 16 KiB for a plain stream, 64 KiB for one over TLS, no thread for any,
and no growth while servers stall.
"""
from __future__ import annotations

import base64
import hashlib
import re
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "macro"))
from own_simulator import OwnSimulator  # noqa: E402
from sink_process import Sink, certificate  # noqa: E402

STREAMS = 200
TOGETHER = 10
PLAIN_KIB = 16
TLS_KIB = 64
# A packet of 20 ms at 8 kHz in the pool.
PACKET_KIB = 0.375
# The packets per stream for which the pool has memory: four are free, and two are in use.
USUAL_PACKETS = 6
PATIENCE = 60
TRUST_ANYBODY = {"STREAM_TLS_CA_FILE": "NONE", "STREAM_TLS_DISABLE_HOSTNAME_VALIDATION": "true"}


class StalledServer:
    """Completes each client's handshake and then reads nothing."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1000)
        self._port = self._listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self._port}/"
        self.clients: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def unsent(self) -> list[int]:
        """The bytes that wait in each client's socket."""
        rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
        return [int(row[4].split(":")[0], 16) for row in rows if row[2].endswith(f":{self._port:04X}")]

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(4096)
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
            assert key
            digest = hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n")
            self.clients.append(client)


class MemoryTest(unittest.TestCase):
    sink_program: Path
    switch_program: Path

    def switch(self) -> OwnSimulator:
        return OwnSimulator(self.switch_program, 2)

    def eventually(self, holds: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def weigh(self, switch: OwnSimulator) -> tuple[float, float]:
        """Heap and private pages in KiB, once they are constant: a call allocates with its first frames."""
        before = [0.0]

        def at_rest() -> bool:
            before.append(switch.heap_kib())
            return max(before[-5:]) - min(before[-5:]) < STREAMS / 4

        self.assertTrue(self.eventually(at_rest))
        return switch.heap_kib(), switch.private_kib()

    def start(self, switch: OwnSimulator, calls: list[str], url: str, metadata: str = "",
              api: str = "uuid_audio_stream") -> None:
        for call in calls:
            self.assertTrue(switch.api(f"{api} {call} start {url} mono 8k {metadata}").startswith("+OK"))

    def bare(self) -> tuple[float, float]:
        """Heap and private pages of a single media bug, in KiB."""
        with self.switch() as switch:
            first, *others = switch.add_calls(STREAMS + 1)
            self.start(switch, [first], "", api="uuid_audio_bare")
            heap, private = self.weigh(switch)
            self.start(switch, others, "", api="uuid_audio_bare")
            heap_now, private_now = self.weigh(switch)
            return (heap_now - heap) / STREAMS, (private_now - private) / STREAMS

    def expect_at_most(self, kib: int, sink: Sink, metadata: str = "") -> None:
        bare_heap, bare_private = self.bare()
        with self.switch() as switch:
            # The first stream's one-time memory (code, tables, threads) does not count.
            first, *others = switch.add_calls(STREAMS + 1, **TRUST_ANYBODY, STREAM_OUTAGE_BUFFER=1000)
            self.start(switch, [first], sink.url("first"), metadata)
            self.assertTrue(sink.wait_for("first", 1, PATIENCE))
            self.assertTrue(self.eventually(lambda: sink.report("first")["frames"] > 0))
            heap, private = self.weigh(switch)
            threads = switch.threads()
            # A few at a time: how many pages malloc keeps after many simultaneous handshakes depends on the machine.
            for at in range(0, STREAMS, TOGETHER):
                self.start(switch, others[at:at + TOGETHER], sink.url("all"), metadata)
                self.assertTrue(sink.wait_for("all", at + TOGETHER, PATIENCE))

            def beyond() -> tuple[float, float]:
                return ((switch.heap_kib() - heap) / STREAMS - bare_heap,
                        (switch.private_kib() - private) / STREAMS - bare_private)

            # Counts the heap, because the pages that malloc keeps, and the number of waiting packets, depend on the
            # machine. A stream has the packets of normal load.
            of_heap = kib - USUAL_PACKETS * PACKET_KIB
            settled = self.eventually(lambda: beyond()[0] <= of_heap)
            told = "heap {:.1f}, private {:.1f} KiB a stream beyond a bare bug".format(*beyond())
            print(f"{self.id()}: {told}")
            self.assertTrue(settled, told)
            self.assertEqual(switch.threads(), threads)

    def test_of_a_plain_stream(self) -> None:
        with Sink(self.sink_program) as sink:
            self.expect_at_most(PLAIN_KIB, sink)

    def test_of_a_plain_stream_with_metadata(self) -> None:
        with Sink(self.sink_program) as sink:
            self.expect_at_most(PLAIN_KIB, sink, '{"caller":"memory_test.py"}')

    def test_of_a_stream_over_tls(self) -> None:
        with tempfile.TemporaryDirectory() as folder, Sink(self.sink_program, "--tls", *certificate(folder)) as sink:
            self.expect_at_most(TLS_KIB, sink)

    def test_while_servers_stall(self) -> None:
        streams, queue_ms, speed = 20, 5000, 40
        packets_kib = (queue_ms / 20 + USUAL_PACKETS) * PACKET_KIB
        server = StalledServer()
        with self.switch() as switch:
            first, *others = switch.add_calls(streams + 1, speed, STREAM_OUTAGE_BUFFER=queue_ms, STREAM_STALL_TIME=0)
            self.start(switch, [first], server.url)
            self.assertTrue(self.eventually(lambda: len(server.clients) == 1))
            private = switch.private_kib()
            self.start(switch, others, server.url)
            self.assertTrue(self.eventually(lambda: len(server.clients) == streams + 1))

            def more() -> float:
                return (switch.private_kib() - private) / streams

            # Wait until kilobytes have filled the sockets and the queues stay full. Then each call speaks for eight
            # more queue lengths.
            _, bare = self.bare()
            waited = [[0]]

            def sockets_are_full() -> bool:
                waited.append(server.unsent())
                return min(waited[-1]) > 8_000 and all(each == waited[-1] for each in waited[-10:])

            self.assertTrue(self.eventually(sockets_are_full))
            self.assertTrue(self.eventually(lambda: more() > bare + 0.9 * packets_kib))
            time.sleep(8 * queue_ms / 1000 / speed)
            full = more()
            print(f"{self.id()}: private {full - bare:.1f} KiB a stream beyond a bare bug")
            # With few streams one-time memory counts much. A queue without a bound would have megabytes.
            self.assertLess(full, 2 * (bare + PLAIN_KIB + packets_kib))
            for call in switch.calls:
                switch.api(f"uuid_audio_stream {call} stop")
            # The memory is freed, except for what malloc keeps.
            self.assertTrue(self.eventually(lambda: more() < full - packets_kib / 2), more())


if __name__ == "__main__":
    MemoryTest.switch_program = Path(sys.argv.pop(2))
    MemoryTest.sink_program = Path(sys.argv.pop(1))
    unittest.main()
