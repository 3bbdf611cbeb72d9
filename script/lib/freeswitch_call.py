#!/usr/bin/python3
"""Starts a separate FreeSWITCH with mod_audio_stream, places a call that plays a recording, streams the call,
and prints each event of the stream as one JSON object a line."""
from __future__ import annotations

import argparse
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "esl"))
from event_socket import EventSocket, SwitchError  # noqa: E402
from stream import STREAM_EVENTS, described  # noqa: E402

MODULES = ("mod_console", "mod_event_socket", "mod_commands", "mod_dptools", "mod_loopback",
           "mod_sndfile", "mod_tone_stream")
HOST = "127.0.0.1"


def find_freeswitch() -> str:
    prefix = subprocess.run(["pkg-config", "--variable=prefix", "freeswitch"], check=False,
                            capture_output=True, text=True).stdout.strip()
    program = shutil.which("freeswitch") or shutil.which(f"{prefix}/bin/freeswitch")
    if not program:
        raise FileNotFoundError("no program freeswitch on PATH or where pkg-config says it is")
    return program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def settings(name: str, **values: object) -> str:
    params = "".join(f'<param name="{key.replace("_", "-")}" value={quoteattr(str(value))}/>'
                     for key, value in values.items())
    return f'<configuration name="{name}.conf"><settings>{params}</settings></configuration>'


def configuration(module: Path, port: int, password: str) -> str:
    loads = "".join(f'<load module="{name}"/>' for name in MODULES)
    return (f'<document type="freeswitch/xml"><section name="configuration">'
            f'<configuration name="modules.conf"><modules>{loads}'
            f'<load module="{module.stem}" path={quoteattr(str(module.parent))}/>'
            f'</modules></configuration>'
            f'{settings("switch", loglevel="warning")}'
            f'{settings("event_socket", listen_ip=HOST, listen_port=port, password=password)}'
            f'</section></document>')


def start(arguments: list[str], output: Path) -> None:
    """Returns when FreeSWITCH is ready and in the background."""
    with output.open("w") as file:
        status = subprocess.run(arguments, check=False, stdin=subprocess.DEVNULL, stdout=file,
                                stderr=subprocess.STDOUT).returncode
    if status != 0:
        raise ChildProcessError(f"FreeSWITCH did not start: {output.read_text().strip()}")


@contextmanager
def running_freeswitch(module: Path) -> Iterator[EventSocket]:
    """One that lives in a temporary directory; gone with it at the end."""
    port, password = free_port(), secrets.token_hex()
    with tempfile.TemporaryDirectory(prefix="audio_stream.", ignore_cleanup_errors=True) as home:
        arguments = [find_freeswitch(), "-ncwait", "-nonat", "-nosql"]
        for purpose in ("conf", "log", "db", "run", "temp", "recordings", "storage", "cache"):
            Path(home, purpose).mkdir()
            arguments += [f"-{purpose}", f"{home}/{purpose}"]
        Path(home, "conf", "freeswitch.xml").write_text(configuration(module, port, password))
        start(arguments, Path(home, "output"))
        process = os.pidfd_open(int(Path(home, "run", "freeswitch.pid").read_text()))
        try:
            with EventSocket(HOST, port, password) as switch:
                yield switch
        finally:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            select.select([process], [], [])
            os.close(process)


def stream_recording(switch: EventSocket, recording: Path, stream: str) -> None:
    """One end of a call speaks, the other end is streamed."""
    switch.subscribe("CHANNEL_PARK", "PLAYBACK_STOP", "CUSTOM", *STREAM_EVENTS)
    # A loopback takes the rate of the leg that calls it: wideband, as calls with G.722 or Opus are,
    # because that is what the recogniser learnt from.
    switch.api("originate {rate=16000}null/caller &bridge(loopback/m:^:answer^park/default/inline)")
    speaker = listener = ""
    for event in switch.events():
        if event["Event-Name"] == "CHANNEL_PARK":
            speaker, listener = event["Unique-ID"], event["variable_other_loopback_leg_uuid"]
            switch.api(f"uuid_audio_stream {listener} start {stream}")
        elif event["Event-Name"] == "PLAYBACK_STOP":
            # Not "stop", which does not wait for the last words. The server says them and closes.
            switch.api(f'uuid_audio_stream {listener} send_text {{"eof":1}}')
        else:
            print(described(event), flush=True)
            if event["Event-Subclass"].endswith("::connect"):
                switch.api(f"uuid_broadcast {speaker} {recording} aleg")
            if event["Stream-Final"] == "true":
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", type=Path, required=True, help="the built mod_audio_stream.so")
    parser.add_argument("--recording", type=Path, required=True, help="a WAV file")
    parser.add_argument("stream", nargs=argparse.REMAINDER, help="the words after 'start'")
    options = parser.parse_args()
    try:
        with running_freeswitch(options.module.resolve()) as switch:
            stream_recording(switch, options.recording.resolve(), " ".join(options.stream))
    except (OSError, EOFError, SwitchError) as error:
        sys.exit(f"freeswitch_call.py: {error}")


if __name__ == "__main__":
    main()
