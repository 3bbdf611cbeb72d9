#!/usr/bin/python3
"""Sends random messages to an echo server of another implementation: differential_test.py ECHO_CLIENT python|node

    --messages N   messages in total; default 4000
    --seed N       seed of the random messages

Each way to agree on compression has its share. Exits with 77 and the reason if the server is not installed.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
# Debian's node packages. A node from elsewhere does not search there by itself.
NODE = os.environ | {"NODE_PATH": "/usr/share/nodejs"}

# The client's offer, the server's settings, and whether they agree on compression.
PYTHON = [
    ("none", None, False),
    ("full", None, False),
    ("none", {}, False),
    ("bare", {}, True),
    ("full", {}, True),
    ("bare", {"server_max_window_bits": 12, "client_max_window_bits": 12,
              "compress_settings": {"memLevel": 5}}, True),
    ("full", {"server_max_window_bits": 12, "client_max_window_bits": 12,
              "compress_settings": {"memLevel": 5}}, True),
    ("full", {"server_max_window_bits": 9, "client_max_window_bits": 9}, True),
    ("bare", {"server_no_context_takeover": True, "client_no_context_takeover": True}, True),
    ("full", {"server_no_context_takeover": True}, True),
    ("full", {"client_no_context_takeover": True, "client_max_window_bits": 10}, True),
]
NODE_WS = [
    ("none", None, False),
    ("full", None, False),
    ("none", {"threshold": 0}, False),
    ("bare", {"threshold": 0}, True),
    ("full", {"threshold": 0}, True),
    ("full", {"threshold": 300}, True),
    ("full", {"threshold": 0, "serverMaxWindowBits": 9, "clientMaxWindowBits": 9}, True),
    ("bare", {"threshold": 0, "serverNoContextTakeover": True, "clientNoContextTakeover": True}, True),
    ("full", {"threshold": 0, "serverNoContextTakeover": True}, True),
    ("full", {"threshold": 0, "clientNoContextTakeover": True, "serverMaxWindowBits": 10}, True),
]


def lacking(server: str) -> str:
    if server == "python":
        have = subprocess.run([sys.executable, "-c", "import websockets"], capture_output=True).returncode == 0
        return "" if have else "python3-websockets"
    if not shutil.which("node"):
        return "node"
    have = subprocess.run(["node", "-e", "require('ws')"], env=NODE, capture_output=True).returncode == 0
    return "" if have else "node's ws (node-ws)"


def run(client: Path, server: str, offer: str, settings: dict | None, agree: bool, messages: int, seed: int) -> str:
    """Returns what is wrong. Nothing if all messages came back unchanged."""
    program = [sys.executable, str(HERE / "echo.py")] if server == "python" else ["node", str(HERE / "echo.js")]
    with subprocess.Popen([*program, json.dumps(settings)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True, env=NODE) as echo:
        assert echo.stdin and echo.stdout
        port = echo.stdout.readline().strip()
        done = subprocess.run([str(client), port, str(messages), str(seed), offer], capture_output=True, text=True)
        echo.stdin.close()
    how = f"{server}, offer {offer}, server {json.dumps(settings)}: "
    print(how + (done.stdout + done.stderr).strip(), flush=True)
    if done.returncode != 0:
        return how + done.stderr
    if agree == ("no compression agreed" in done.stdout):
        return how + "compression was " + ("not " if agree else "") + "agreed"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client", type=Path)
    parser.add_argument("server", choices=("python", "node"))
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if missing := lacking(options.server):
        print(f"skipped: no {missing} here")
        return SKIPPED
    ways = PYTHON if options.server == "python" else NODE_WS
    share = -(-options.messages // len(ways))
    with ThreadPoolExecutor(2) as pool:
        wrong = [why for why in pool.map(
            lambda way: run(options.client.resolve(), options.server, *way[1], share, options.seed + way[0]), enumerate(ways))
            if why]
    print("\n".join(wrong) if wrong else f"{share * len(ways)} messages without a difference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
