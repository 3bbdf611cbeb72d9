#!/usr/bin/python3
"""Dials a callee, streams what the callee says to a WebSocket endpoint, and prints each event of the stream
as one JSON object a line, until the stream's last event. Then, and on an error or Ctrl-C, it hangs up.

    stream.py user/1000 ws://127.0.0.1:9000 mono 8k '{"caller":"1000"}'
"""
from __future__ import annotations

import argparse
import json
import sys
import uuid
from contextlib import suppress
from typing import Callable

from event_socket import Event, EventSocket, SwitchError

STREAM_EVENTS = [f"mod_audio_stream::{name}"
                 for name in ("connect", "disconnect", "error", "json", "play", "gap", "playback", "transcript", "speech", "mask", "media")]


def described(event: Event) -> str:
    headers = {name: value for name, value in event.items() if name.startswith("Stream-")}
    return json.dumps({"event": event["Event-Subclass"], "headers": headers,
                       "body": event.get("_body")})


def stream_call(switch: EventSocket, call: str, callee: str, stream: str) -> None:
    switch.subscribe("CUSTOM", *STREAM_EVENTS)
    # originate returns when the call has been answered, and a stream needs an answered call.
    switch.api(f"originate {{origination_uuid={call},ignore_early_media=true}}{callee} &park()")
    switch.api(f"uuid_audio_stream {call} start {stream}")
    for event in switch.events():
        if event["Unique-ID"] == call:
            print(described(event), flush=True)
            if event["Stream-Final"] == "true":
                return


def hang_up(connect: Callable[[], EventSocket], call: str) -> None:
    """On a connection of its own: the other one may still wait for an answer."""
    with suppress(OSError, EOFError, SwitchError), connect() as switch:
        switch.api(f"uuid_kill {call}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8021)
    parser.add_argument("--password", default="ClueCon")
    parser.add_argument("callee", help="a dial string, such as user/1000")
    parser.add_argument("stream", nargs=argparse.REMAINDER, help="the words after 'start'")
    options = parser.parse_args()

    def connect() -> EventSocket:
        return EventSocket(options.host, options.port, options.password)

    call = str(uuid.uuid4())
    try:
        with connect() as switch:
            stream_call(switch, call, options.callee, " ".join(options.stream))
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, EOFError, SwitchError) as error:
        sys.exit(f"stream.py: {error}")
    finally:
        hang_up(connect, call)


if __name__ == "__main__":
    main()
