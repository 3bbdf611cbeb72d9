#!/usr/bin/python3
"""Streams a call over bad networks and compares the samples that arrived with the caller's, one by one.

  network_test.py --callsim build/release/simulator/callsim/callsim [--long] [--list] [CASE...]

callsim runs in one network namespace and a websockets server in another. The link between them goes down or
loses packets, or a forwarder delays and reorders them. That needs root, ip and nft. Without them a TCP proxy
stalls, delays and resets connections. The short cases take about twenty seconds. --long has ten minutes of loss,
and a link that is down for 5 and 30 s.

The last line is "N passed, N failed"; the exit code is 1 if one failed.
"""

from __future__ import annotations

import argparse
import array
import base64
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

sys.path.insert(0, str(Path(__file__).parent))
from networks import Network, Proxy, SlowNetwork, dead_name_server, has_namespaces  # noqa: E402

RATE = 8000
NUMBERS = 65535  # the first sample of a pair counts pairs, 1 to 65535, the second the wraparounds; 0 is silence
SERVER = Path(__file__).parent.parent / "servers" / "ws_server.py"


# ---- speech, and what arrived of it ---------------------------------------------------------------

def write_speech(path: Path, seconds: float) -> int:
    count = int(seconds * RATE) // 2 * 2
    samples = array.array("H", (i // 2 % NUMBERS + 1 if i % 2 == 0 else i // 2 // NUMBERS + 1 for i in range(count)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return count


@dataclasses.dataclass
class Heard:
    samples: int = 0  # up to the last one that arrived
    missing: int = 0
    holes: List[tuple[int, int]] = dataclasses.field(default_factory=list)
    repeated: int = 0
    silence: int = 0

    @staticmethod
    def of(connections: List[bytes]) -> "Heard":
        """Compares by position: packets are cut between pairs, so each pair tells its own."""
        heard = Heard()
        for record in connections:
            samples = array.array("H")
            samples.frombytes(record)
            for low, high in zip(samples[::2], samples[1::2]):
                if low == 0 and high == 0:
                    heard.silence += 2
                    continue
                position = 2 * ((high - 1) * NUMBERS + low - 1)
                if position < heard.samples:
                    heard.repeated += 2
                    continue
                if position > heard.samples:
                    heard.holes.append((heard.samples, position - heard.samples))
                    heard.missing += position - heard.samples
                heard.samples = position + 2
        return heard


# ---- the two ends ---------------------------------------------------------------------------------

class Server:
    """A websockets server that keeps the audio of each connection."""

    def __init__(self, address: str, namespace: Optional[str] = None) -> None:
        where = ["ip", "netns", "exec", namespace] if namespace else []
        self.process = subprocess.Popen(
            [*where, "/usr/bin/python3", str(SERVER), "--bind", address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.received: Dict[int, bytearray] = {}
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "open":
                self.received[event["conn"]] = bytearray()
            elif event["event"] == "binary":
                self.received[event["conn"]] += base64.b64decode(event["data"])

    def connections(self) -> List[bytes]:
        """Ends the server and returns the audio of all connections."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.reader.join()
        return [bytes(received) for received in self.received.values()]

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()


@dataclasses.dataclass
class Outcome:
    events: List[Dict[str, Any]]
    code: int

    def final(self) -> Dict[str, Any]:
        finals = [event for event in self.events if event["headers"].get("Stream-Final") == "true"]
        require(len(finals) == 1, f"{len(finals)} final events: {self.events}")
        require(self.events[-1] is finals[0], "something came after the final event")
        return finals[0]["body"]

    def count(self, name: str) -> int:
        return sum(event["event"] == "mod_audio_stream::" + name for event in self.events)


class Failure(Exception):
    pass


def require(holds: bool, text: str) -> None:
    if not holds:
        raise Failure(text)


@dataclasses.dataclass
class Stage:
    callsim: Path
    folder: Path

    @contextlib.contextmanager
    def call(self, url: str, speech: Path, namespace: Optional[str] = None,
             **variables: object) -> Iterator[subprocess.Popen[str]]:
        """Runs a call that speaks the file. Its output is in the file `events`."""
        where = ["ip", "netns", "exec", namespace] if namespace else []
        settings = {"STREAM_LINGER": 30000, **variables}
        words = [f"--var={name}={value}" for name, value in settings.items()]
        with (self.folder / "events").open("w") as out:
            process = subprocess.Popen([*where, str(self.callsim), "--json", "--caller", str(speech),
                                        "--tail", "1", "--connect-timeout", "60", *words, url, "mono", "8k"], stdout=out)
            try:
                yield process
            finally:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=120)
                process.kill()
                process.wait()

    def outcome(self, process: subprocess.Popen[str]) -> Outcome:
        lines = (self.folder / "events").read_text().splitlines()
        return Outcome([json.loads(line) for line in lines if line.startswith("{")], process.returncode)

    def wait_for_event(self, name: str, timeout: float = 20) -> None:
        """Polls, because callsim writes its events to a file."""
        until = time.monotonic() + timeout
        while f'"mod_audio_stream::{name}"' not in (self.folder / "events").read_text():
            require(time.monotonic() < until, f"no {name} event")
            time.sleep(0.02)

    def speech(self, seconds: float) -> tuple[Path, int]:
        path = self.folder / "speech.wav"
        return path, write_speech(path, seconds)


def judge(server: Server, outcome: Outcome, said: int, may_lose_ms: int = 0) -> str:
    """Requires that everything arrived in order and that losses were counted. `may_lose_ms`: audio that a proxy had
    acknowledged but not passed on when a connection broke."""
    stats = outcome.final()["stats"]
    dropped = stats["dropped_ms"]
    heard = Heard.of(server.connections())
    summary = (f"{heard.samples * 1000 // RATE} of {said * 1000 // RATE} ms, missing "
               f"{heard.missing * 1000 // RATE} ms, twice {heard.repeated * 1000 // RATE} ms; "
               f"connects {outcome.count('connect')}, stats {json.dumps(stats)}")
    counted = dropped["overflow"] + dropped["undelivered"] + dropped["unacknowledged"]
    require(stats["reason"] == "stop", "the stream ended without a stop: " + summary)
    require(heard.samples == said, "the end is missing: " + summary)
    require(heard.missing * 1000 // RATE <= counted + may_lose_ms,
            f"lost without being counted at {heard.holes}: " + summary)
    total = stats["sent_ms"] + counted
    require(total >= said * 1000 // RATE, "sent and dropped audio is less than the speech: " + summary)
    require(stats["sent_ms"] + 200 >= heard.samples * 1000 // RATE - heard.missing * 1000 // RATE,
            "more audio arrived than was sent: " + summary)
    return summary


# ---- the cases ------------------------------------------------------------------------------------

def down(seconds: float, speech_seconds: float, **variables: object) -> Callable[[Stage], str]:
    def play(stage: Stage) -> str:
        speech, said = stage.speech(speech_seconds)
        with Network() as net, Server(net.server_address, net.server) as server:
            with stage.call(f"ws://{net.server_address}:{server.port}/", speech, net.call,
                            **variables) as process:
                stage.wait_for_event("connect")
                time.sleep(1)
                net.link(up=False)
                time.sleep(seconds)
                net.link(up=True)
            return judge(server, stage.outcome(process), said)
    return play


def loss(percent: int, seconds: float) -> Callable[[Stage], str]:
    def play(stage: Stage) -> str:
        speech, said = stage.speech(seconds)
        with Network() as net, Server(net.server_address, net.server) as server:
            net.lose(percent)
            with stage.call(f"ws://{net.server_address}:{server.port}/", speech, net.call) as process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=seconds + 60)
            return judge(server, stage.outcome(process), said)
    return play


def delay(least_ms: float, most_ms: float, percent: float, seconds: float) -> Callable[[Stage], str]:
    def play(stage: Stage) -> str:
        speech, said = stage.speech(seconds)
        with SlowNetwork(least_ms / 1000, most_ms / 1000, percent / 100, seed=1) as net:
            with Server(net.server_address, net.server) as server:
                with stage.call(f"ws://{net.server_address}:{server.port}/", speech, net.call) as process:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=seconds + 60)
                require(net.overtaken > 0, "no packet overtook another")
                return (judge(server, stage.outcome(process), said) +
                        f"; {net.forwarded} packets, {net.overtaken} overtaken, {net.lost} lost")
    return play


def dns_hangs(stage: Stage) -> str:
    speech, _ = stage.speech(1)
    net = Network()
    with dead_name_server(net.call, net.server_address), net:
        net.inside(net.server, "nft", "add table inet bad; add chain inet bad in { type filter hook input "
                   "priority 0; }; add rule inet bad in udp dport 53 drop")
        with stage.call("ws://asr.example/", speech, net.call, STREAM_RECONNECT_MAX=2) as process:
            process.wait(timeout=40)
        outcome = stage.outcome(process)
        final = outcome.final()
        require(final["message"]["code"] == 10, f"no timeout: {final}")
        require(outcome.count("error") == 2, "each attempt must look up the name")
        return json.dumps(final)


def proxied(speech_seconds: float, meddle: Callable[[Proxy], None], may_lose_ms: int = 0) -> Callable[[Stage], str]:
    def play(stage: Stage) -> str:
        speech, said = stage.speech(speech_seconds)
        with Server("127.0.0.1") as server, Proxy(server.port) as proxy:
            with stage.call(f"ws://127.0.0.1:{proxy.port}/", speech) as process:
                stage.wait_for_event("connect")
                meddle(proxy)
            return judge(server, stage.outcome(process), said, may_lose_ms)
    return play


def stall(seconds: float) -> Callable[[Proxy], None]:
    def meddle(proxy: Proxy) -> None:
        time.sleep(0.5)
        proxy.may_pass = False
        time.sleep(seconds)
        proxy.may_pass = True
    return meddle


def jitter(proxy: Proxy) -> None:
    numbers = random.Random(1)
    proxy.delay = lambda: numbers.uniform(0.02, 0.2)


def cuts(proxy: Proxy) -> None:
    for _ in range(3):
        time.sleep(1)
        proxy.cut()


SHORT_NETWORKS = {
    "link-down-1s": down(1, 6),
    "loss-2-percent-10s": loss(2, 10),
    "delayed-and-reordered": delay(30, 150, 0, 8),
    "delayed-reordered-and-lost": delay(20, 60, 2, 8),
    "dns-hangs": dns_hangs,
}
SHORT_PROXIES = {
    "proxy-stalls-1s": proxied(5, stall(1)),
    "proxy-delays": proxied(6, jitter),
    "proxy-cuts": proxied(6, cuts, may_lose_ms=1000),
}
LONG_NETWORKS = {
    "link-down-5s": down(5, 20),
    "link-down-30s": down(30, 75, STREAM_OUTAGE_BUFFER=60000),
    "link-down-30s-default-buffer": down(30, 75),
    "loss-2-percent-10min": loss(2, 600),
    "loss-10-percent-2min": loss(10, 120),
    "delayed-reordered-and-lost-2min": delay(20, 200, 2, 120),
}
LONG_PROXIES = {"proxy-stalls-8s": proxied(20, stall(8))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callsim", type=Path, required=True)
    parser.add_argument("--long", action="store_true", help="the long cases instead of the short ones")
    parser.add_argument("--list", action="store_true", help="show the cases and end")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these, short or long")
    arguments = parser.parse_args()
    everything = {**SHORT_NETWORKS, **SHORT_PROXIES, **LONG_NETWORKS, **LONG_PROXIES}
    if arguments.list:
        print("\n".join(everything))
        return 0
    networks, proxies = (LONG_NETWORKS, LONG_PROXIES) if arguments.long else (SHORT_NETWORKS, SHORT_PROXIES)
    cases = {name: everything[name] for name in arguments.cases} or {**networks, **proxies}
    if not has_namespaces():
        print("no network namespaces here, or no nft in them (not root?): only the cases with a proxy")
        cases = {name: case for name, case in cases.items() if name.startswith("proxy")}

    def play(name: str) -> Optional[str]:
        with tempfile.TemporaryDirectory(prefix="network-") as folder:
            try:
                print(f"passed {name}: {cases[name](Stage(arguments.callsim.resolve(), Path(folder)))}", flush=True)
                return None
            except Exception as error:  # the other cases continue
                detail = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
                print(f"FAILED {name}: {type(error).__name__}: {error} {detail}", flush=True)
                return name

    with concurrent.futures.ThreadPoolExecutor(len(cases) or 1) as pool:
        failed = [name for name in pool.map(play, cases) if name]
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
