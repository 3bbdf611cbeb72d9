#!/usr/bin/python3
"""Runs the commands of public tutorials about mod_audio_stream, each on a call of its own, and shows what each does:
the command, the module's reply, and what the server got. Succeeds if each did what its tutorial says.

    replay.py --callsim PROGRAM                  simulated calls
    replay.py --module mod_audio_stream.so       calls of a separate FreeSWITCH
"""
from __future__ import annotations

import argparse
import base64
import json
import queue
import subprocess
import sys
import threading
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Protocol

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds for one thing to happen, on a machine as busy as may be
API = "uuid_audio_stream"
USUAL_HEADERS = {"host", "upgrade", "connection", "user-agent", "sec-websocket-key", "sec-websocket-version",
                 "sec-websocket-extensions"}


@dataclass(frozen=True)
class Example:
    """$URL stands for the server's URL without its path."""

    pasted: str                  # as the tutorial has it
    commands: tuple[str, ...]    # what FreeSWITCH runs of it; ${uuid} is the call
    gets: tuple[str, ...] = ()   # what must be among what the server gets
    way: str = "api"             # "api"; "set": a variable of the dialplan; else the variable of a hook
    variables: dict[str, str] = field(default_factory=dict)
    says: str = ""               # the server, when it is connected
    audio: bytes = b""           # likewise
    event: str = ""              # then comes this event of the stream
    refused: bool = False


EXAMPLES = (
    Example("uuid_audio_stream <uuid> start ws://.. mono 16k",
            ("${uuid} start $URL/ mono 16k",), ("GET /", "audio")),
    Example('Lua: api:executeString("uuid_audio_stream "..uuid.." start ws://.. mono 8k {json}")',
            ('${uuid} start $URL/ mono 8k {"caller":"1001","tags":["a b"]}',),
            ('{"caller":"1001","tags":["a b"]}', "audio")),
    Example("originate {STREAM_PLAYBACK=true,STREAM_SAMPLE_RATE=24k,api_on_answer='uuid_audio_stream ${uuid} start "
            "ws://h/calls/${uuid}?called_number=.. mono 16k'}..",
            ("${uuid} start $URL/calls/${uuid}?called_number=1000 mono 16k",), ("?called_number=1000", "audio"),
            way="api_on_answer", variables={"STREAM_PLAYBACK": "true", "STREAM_SAMPLE_RATE": "24k"},
            audio=bytes(960), event="playback"),
    Example('<action application="set" data="api_result=${uuid_audio_stream(${uuid} start ws://.. mono 16k)}"/>, then park',
            ("${uuid} start $URL/ mono 16k",), ("audio",), way="set"),
    Example("bgapi uuid_audio_stream    <uuid> start   ws://h?uuid=.. mono   16000",
            ("   ${uuid} start   $URL?uuid=${uuid} mono   16000",), ("GET /?uuid=", "audio")),
    Example("uuid_audio_stream '<uuid>' start 'ws://..' 'mono' '16k' '{\"a\":1}'",
            ("'${uuid}' start '$URL/' 'mono' '16k' '{\"a\":1}'",), ('{"a":1}', "audio")),
    Example('uuid_audio_stream <uuid> start "ws://.." "stereo" 8000 {"a":1}',
            ('${uuid} start "$URL/" "stereo" 8000 {"a":1}',), ('{"a":1}', "audio")),
    Example("STREAM_EXTRA_HEADERS, STREAM_BUFFER_SIZE=100; start ws://.. mixed 24k",
            ("${uuid} start $URL/ mixed 24k",), ("X-Token: abc", "audio"),
            variables={"STREAM_EXTRA_HEADERS": '{"X-Token":"abc"}', "STREAM_BUFFER_SIZE": "100"}),
    Example("send_text {json}, pause, resume, stop {json}",
            ("${uuid} start $URL/ mono 8k", '${uuid} send_text {"say":"two words"}', "${uuid} pause",
             "${uuid} resume", '${uuid} stop {"eof":1}'), ('{"say":"two words"}', '{"eof":1}')),
    Example("send_text 'two words', graceful-shutdown",
            ("${uuid} start $URL/ mono 8k", "${uuid} send_text 'two words'", "${uuid} graceful-shutdown drain=0 bye"),
            ('"two words"', '"bye"')),
    Example("a server that answers with streamAudio, then uuid_broadcast <uuid> <file>",
            ("${uuid} start $URL/ mono 8k",), ("audio",),
            says='{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":"AAAAAA=="}}',
            event="play"),
    Example("a server that answers {\"type\":\"rawAudio\",..} without STREAM_PLAYBACK",
            ("${uuid} start $URL/ mono 8k",), ("audio",),
            says='{"type":"rawAudio","data":{"sampleRate":16000}}', event="json"),
    Example("START in capitals, and a rate of 24k", ("${uuid} START $URL/ MONO 24K",), ("audio",)),
    Example("uuid_audio_stream <uuid> start http://.. mono", ("${uuid} start http://h/ mono",), refused=True),
    Example("uuid_audio_stream <uuid> start ws://.. (no mix)", ("${uuid} start $URL/",), refused=True),
    Example("uuid_audio_stream <uuid> stop, without a stream", ("${uuid} stop",), refused=True),
)


class Gone(Exception):
    """A process ended, or did not do in time what it should."""


class Lines:
    """The lines that a process prints, read while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[Optional[str]] = queue.Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def wait(self, wanted: Callable[[str], bool], what: str) -> str:
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise Gone(f"{what} did not come in {PATIENCE} s") from None
            if line is None:
                raise Gone(f"{what} did not come: the program ended")
            self.seen.append(line)
            if wanted(line):
                return line

    def tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def running(arguments: list[str]) -> Iterator[Lines]:
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Lines(process)
    finally:
        assert process.stdin
        process.stdin.close()  # both programs end with their input
        process.wait()


class Server:
    """tests/servers/ws_server.py, which tells what it gets."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.url = f"ws://127.0.0.1:{self._next('listening')['port']}"
        self.got: list[str] = []

    def _next(self, *names: str) -> dict[str, Any]:
        return json.loads(self._lines.wait(lambda line: json.loads(line)["event"] in names,
                                           f"the server's {' or '.join(names)}"))

    def wait_audio(self) -> int:
        """Until the first audio of a new connection, and with it all that comes before. Returns the connection."""
        self.got.clear()
        opened = self._next("open")
        self.got.append(f"GET {opened['path']}")
        self.got += [f"{name}: {value}" for name, value in opened["headers"] if name.lower() not in USUAL_HEADERS]
        self._take_until("binary")
        return int(opened["conn"])

    def wait_close(self) -> None:
        self._take_until("close")

    def _take_until(self, last: str) -> None:
        while True:
            event = self._next("text", "binary", "close")
            what = f"{event['len']} bytes of audio" if event["event"] == "binary" else ""
            if event["event"] == "text":
                self.got.append(event["data"] if event["data"].startswith("{") else json.dumps(event["data"]))
            elif what and not any(each.endswith("bytes of audio") for each in self.got):
                self.got.append(what)
            if event["event"] == last:
                return
            if event["event"] == "close":
                raise Gone("the stream closed before its audio came")

    def say(self, connection: int, example: Example) -> None:
        if example.says:
            self._lines.tell(json.dumps({"cmd": "send_text", "conn": connection, "data": example.says}))
        if example.audio:
            audio = base64.b64encode(example.audio).decode()
            self._lines.tell(json.dumps({"cmd": "send_binary", "conn": connection, "data": audio}))


class Call(Protocol):
    """One call on a switch."""

    uuid: str

    def begin(self, example: Example, command: str) -> str: ...  # the first command, in the way of the example
    def api(self, command: str) -> str: ...
    def wait_event(self, name: str) -> None: ...


class SimulatedCall:
    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._lines.tell("calls")
        self.uuid = self._lines.wait(lambda line: " Hz" in line, "callsim's call").split()[0]

    def begin(self, example: Example, command: str) -> str:
        return self.api(command)

    def api(self, command: str) -> str:
        self._lines.tell(f"{API} {command}")
        return self._lines.wait(lambda line: line.startswith(("+", "-")), "the reply")

    def wait_event(self, name: str) -> None:
        wanted = f'{{"event":"mod_audio_stream::{name}"'
        if not any(line.startswith(wanted) for line in self._lines.seen):
            self._lines.wait(lambda line: line.startswith(wanted), f"the event {name}")


class FreeswitchCall:
    """Its hook or its dialplan runs the first command, as a tutorial has it."""

    def __init__(self, switch: Any) -> None:
        self._switch = switch
        self.uuid = str(uuid.uuid4())

    def begin(self, example: Example, command: str) -> str:
        # A comma would separate two variables, so another character does. Quotes keep blanks together.
        variables = {"origination_uuid": self.uuid, **example.variables}
        line = f"{API} {command}"
        if example.way.startswith("api_on"):
            variables[example.way] = line
        given = "{^^;" + ";".join(f"{name}='{value}'" for name, value in variables.items()) + "}"
        if example.way == "set":
            runs = f"'set:api_result=${{{API}({command})}},park:' inline"
            self._switch.api(f"originate {given}null/caller {runs}")
            return str(self._switch.api(f"uuid_getvar {self.uuid} api_result"))
        self._switch.api(f"originate {given}null/caller &park()")
        return "(of a hook: none)" if example.way != "api" else self.api(command)

    def api(self, command: str) -> str:
        from event_socket import SwitchError  # in examples/esl
        try:
            return str(self._switch.api(f"{API} {command}"))
        except SwitchError as refusal:
            return str(refusal)

    def wait_event(self, name: str) -> None:
        for event in self._switch.events():
            subclass = event.get("Event-Subclass", "")
            if subclass == f"mod_audio_stream::{name}" and event["Unique-ID"] == self.uuid:
                return

    def hang_up(self) -> None:
        self._switch.api(f"uuid_kill {self.uuid}")


def replay(example: Example, call: Call, server: Server) -> tuple[list[str], list[str]]:
    """The replies, and what was not as it should be."""
    server.got.clear()
    commands = [each.replace("${uuid}", call.uuid).replace("$URL", server.url) for each in example.commands]
    replies = [call.begin(example, commands[0])]
    is_refused = replies[0].startswith("-")
    if is_refused != example.refused:
        return replies, ["it should be refused" if example.refused else "it is refused"]
    if is_refused:
        return replies, []
    connection = server.wait_audio()
    replies += [call.api(command) for command in commands[1:]]
    server.say(connection, example)
    if example.event:
        call.wait_event(example.event)
    if not any(" stop" in each or "graceful-shutdown" in each for each in commands):
        call.api(f"{call.uuid} stop")
    server.wait_close()
    faults = [f"{reply}" for reply in replies if reply.startswith("-")]
    faults += [f"the server did not get {each}" for each in example.gets
               if not any(each in got for got in server.got)]
    return replies, faults


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def show(example: Example, call: Call, server: Server) -> bool:
    replies, faults = replay(example, call, server)
    got = [each.replace(call.uuid, "<uuid>") for each in server.got]
    if example.event:
        got.append(f"(and the event {example.event})")
    got += [f"WRONG: {each}" for each in faults]
    reply = "; ".join(dict.fromkeys(replies))
    print(f"| `{cell(example.pasted)}` | {cell(reply)} | {cell('; '.join(got) or 'nothing')} |", flush=True)
    return not faults


@contextmanager
def callsim_calls(program: Path) -> Iterator[Callable[[Example], Any]]:
    @contextmanager
    def place(example: Example) -> Iterator[Call]:
        given = [f"--var={name}={value}" for name, value in example.variables.items()]
        with running([str(program), "--console", "--json", f"--conf={ROOT / 'conf'}", *given]) as lines:
            yield SimulatedCall(lines)
    yield place


@contextmanager
def freeswitch_calls(module: Path) -> Iterator[Callable[[Example], Any]]:
    from freeswitch_call import STREAM_EVENTS, running_freeswitch
    with running_freeswitch(module.resolve()) as switch:
        switch.subscribe("CUSTOM", *STREAM_EVENTS)

        @contextmanager
        def place(_: Example) -> Iterator[Call]:
            call = FreeswitchCall(switch)
            yield call
            call.hang_up()
        yield place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    switches = parser.add_mutually_exclusive_group(required=True)
    switches.add_argument("--callsim", type=Path, help="the built callsim")
    switches.add_argument("--module", type=Path, help="the built mod_audio_stream.so, for a FreeSWITCH")
    options = parser.parse_args()
    calls = callsim_calls(options.callsim) if options.callsim else freeswitch_calls(options.module)
    right = True
    try:
        with running([sys.executable, str(ROOT / "tests/servers/ws_server.py"), "--no-audio-data"]) as lines:
            server = Server(lines)
            with calls as place:
                print("| what people paste | reply | what the server got |\n| --- | --- | --- |", flush=True)
                for example in EXAMPLES:
                    with place(example) as call:
                        right = show(example, call, server) and right
    except (Gone, OSError) as error:
        sys.exit(f"replay.py: {error}")
    sys.exit(0 if right else "replay.py: an example did not do what its tutorial says")


if __name__ == "__main__":
    main()
