#!/usr/bin/python3
"""The sink as a process: sink_test.py <bench_sink>. Thousands of connections, and TLS."""
from __future__ import annotations

import resource
import socket
import ssl
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "macro"))
from sink_process import Sink, certificate  # noqa: E402

CONNECTIONS = 2500
MAGIC = bytes((0xA5, 0x5A, 0xC3, 0x3C, 0x96, 0x69, 0xF0, 0x0F))


def connected(url: str) -> socket.socket:
    address, _, path = url.split("://")[1].partition("/")
    host, _, port = address.partition(":")
    client = socket.create_connection((host, int(port)))
    if url.startswith("wss"):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = context.wrap_socket(client)
    client.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nSec-WebSocket-Key: eA==\r\n\r\n".encode())
    return client


def frame() -> bytes:
    """20 ms of audio with a stamp. The mask is zero."""
    audio = MAGIC + time.monotonic_ns().to_bytes(8, sys.byteorder) + bytes(304)
    return bytes((0x82, 0xFE)) + len(audio).to_bytes(2, "big") + bytes(4) + audio


def text(words: str) -> bytes:
    payload = words.encode()
    return bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload


class SinkTest(unittest.TestCase):
    program: Path

    def test_a_dialects_audio_is_counted_and_not_timed(self) -> None:
        with Sink(self.program) as sink:
            client = connected(sink.url("texts"))
            client.sendall(text('{"event":"start"}') + text('{"event":"media","media":{"payload":"fn5+"}}'))
            self.wait_for_frames(sink, "texts", 1)
            told = sink.report("texts")
            self.assertEqual((told["messages"], told["latency_us"]["count"]), (1, 0))
            client.close()

    def test_thousands_of_connections(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        count = CONNECTIONS if hard == resource.RLIM_INFINITY else min(CONNECTIONS, hard - 100)
        with Sink(self.program) as sink:
            clients = [connected(sink.url("many")) for _ in range(count)]
            self.assertTrue(sink.wait_for("many", count, 60))
            for client in clients:
                client.sendall(frame())
            self.wait_for_frames(sink, "many", count)
            told = sink.report("many")
            self.assertEqual(told["first_us"]["count"], count)
            self.assertGreater(told["latency_us"]["p50"], 0)
            sink.reset()
            self.assertEqual(sink.report("many")["open"], count)
            for client in clients:
                client.close()
            self.assertTrue(sink.wait_for("many", 0, 60))

    def test_tls(self) -> None:
        with tempfile.TemporaryDirectory() as folder, Sink(self.program, "--tls", *certificate(folder)) as sink:
            clients = [connected(sink.url("safe")) for _ in range(20)]
            for client in clients:
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 101 "))
                client.sendall(frame() * 3)
            self.wait_for_frames(sink, "safe", 60)
            for client in clients:
                client.close()

    def wait_for_frames(self, sink: Sink, group: str, count: int) -> None:
        end = time.monotonic() + 60
        while sink.report(group)["frames"] < count and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(sink.report(group)["frames"], count)


if __name__ == "__main__":
    SinkTest.program = Path(sys.argv.pop(1))
    unittest.main()
