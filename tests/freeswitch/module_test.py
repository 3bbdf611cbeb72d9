#!/usr/bin/python3
"""Tests the module in a real FreeSWITCH: loading, each verb, each event, unloading, the end of the switch.

    module_test.py --module build/release/mod_audio_stream.so [unittest's arguments]
"""
from __future__ import annotations

import asyncio
import base64
import json
import time
import unittest
import uuid
from typing import Any

import running
from event_socket import PATIENCE, Event
from listener import Listener
from switch import LEAST_MODULES, OURS, Switch, free_port

# "null" answers at once and sends comfort noise.
CALLEE = "null/callee"
SECOND = 16000  # bytes of mono at 8 kHz


class Fixture(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.switch, self.listener = Switch(running.here, LEAST_MODULES), Listener()
        await self.listener.start()
        await self.switch.start()

    async def asyncTearDown(self) -> None:
        await self.switch.stop()
        await self.listener.stop()

    async def load(self) -> None:
        self.assertEqual(await self.switch.api(f"load {OURS}"), "+OK Reloading XML\n+OK")

    async def call(self) -> str:
        # park reads the call, without which its audio would not flow.
        return await self.switch.originate(CALLEE)

    def url(self) -> tuple[str, str]:
        path = str(uuid.uuid4())
        return path, self.listener.url(path)

    async def command(self, call: str, words: str) -> str:
        return await self.switch.api(f"uuid_audio_stream {call} {words}")

    async def do(self, call: str, words: str) -> None:
        self.assertEqual(await self.command(call, words), "+OK Success", words)

    async def event(self, kind: str, call: str, **headers: str) -> Event:
        return await self.switch.wait(f"{OURS}::{kind}", call, **headers)

    def finals(self, call: str) -> list[str]:
        return [event["Stream-Name"] for event in self.stream_events(call) if event["Stream-Final"] == "true"]

    def stream_events(self, call: str) -> list[Event]:
        return [event for event in self.switch.socket.events
                if event.get("Event-Subclass", "").startswith(OURS) and event["Unique-ID"] == call]

    def check_one_final(self, call: str, name: str = "default") -> None:
        events = [event for event in self.stream_events(call) if event["Stream-Name"] == name]
        self.assertEqual([event["Stream-Final"] for event in events], ["false"] * (len(events) - 1) + ["true"])


def profile(packet: int) -> str:
    return (f'<configuration name="audio_stream.conf"><profiles><profile name="test">'
            f'<param name="STREAM_BUFFER_SIZE" value="{packet}"/></profile></profiles></configuration>')


class Verbs(Fixture):
    """All verbs use one switch, because a switch for each would be slow."""

    async def test_all_verbs_and_events(self) -> None:
        await self.load()
        for check in (self.each_verb, self.each_verb_with_a_name, self.play, self.reconnection,
                      self.graceful_shutdown, self.playback_and_clear, self.gap, self.configuration,
                      self.errors, self.hangup, self.application, self.refusals):
            with self.subTest(check.__name__):
                await check()

    def check_channel(self, event: Event) -> None:
        """An event has the headers of every event of a channel."""
        self.assertEqual(event["Channel-Name"], CALLEE)
        self.assertIn("Caller-Direction", event)
        self.assertEqual(event["variable_origination_uuid"], event["Unique-ID"])

    async def each_verb(self) -> None:
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f'start {url} mono 8k {{"caller":"one"}}')
        connect = await self.event("connect", call, Stream_Name="default", Stream_Final="false")
        self.assertEqual(json.loads(connect["_body"]), {"status": "connected"})
        self.check_channel(connect)
        server = await self.listener.connection(path)
        await server.bytes_beyond(SECOND // 2)
        self.assertEqual(server.texts, ['{"caller":"one"}'])
        self.assertEqual(set(server.sizes), {320})

        await self.do(call, "send_text two  blanks, 'quotes' and \\n")
        await server.until(lambda each: len(each.texts) == 2, "the text")
        self.assertEqual(server.texts[1], "two  blanks, 'quotes' and \\n")
        await server.send('{"heard":"hello"}')
        answer = await self.event("json", call, Stream_Name="default", Stream_Final="false")
        self.assertEqual(answer["_body"], '{"heard":"hello"}')

        await self.do(call, "pause")
        # Audio that was queued before the pause still arrives. A text sent now arrives after all of it.
        await self.do(call, "send_text paused")
        await server.until(lambda each: each.texts[-1] == "paused", "the text")
        begin, before = time.monotonic(), len(server.audio)
        await self.do(await self.call(), f"start {self.listener.url('clock')} mono 8k")
        await (await self.listener.connection("clock")).bytes_beyond(SECOND // 2)
        self.assertGreater(time.monotonic() - begin, 0.3)
        self.assertLess(len(server.audio) - before, SECOND // 10)
        await self.do(call, "resume")
        await server.bytes_beyond(SECOND // 2)

        await self.do(call, 'stop {"eof":1}')
        await self.event("disconnect", call, Stream_Final="true")
        await server.until(lambda each: each.closed, "the close")
        self.assertEqual(server.texts[-1], '{"eof":1}')
        self.check_one_final(call)
        self.assertIn("no stream named", await self.command(call, "stop"))
        await self.switch.must("hupall")

    async def each_verb_with_a_name(self) -> None:
        call, (first, first_url), (second, second_url) = await self.call(), self.url(), self.url()
        await self.do(call, f"start name=a {first_url} mono 8k one")
        await self.do(call, f"start name=b {second_url} stereo 16k two")
        self.assertIn('named "a" is already running', await self.command(call, f"start name=a {first_url} mono"))
        for name in "ab":
            await self.event("connect", call, Stream_Name=name, Stream_Final="false")
        a, b = await self.listener.connection(first), await self.listener.connection(second)
        await self.do(call, "send_text name=a for a")
        await self.do(call, "send_text name=b for b")
        await a.until(lambda each: each.texts == ["one", "for a"], "its texts")
        await b.until(lambda each: each.texts == ["two", "for b"], "its texts")
        await self.do(call, "pause name=a")
        await self.do(call, "send_text name=a paused")
        await a.until(lambda each: each.texts[-1] == "paused", "the text")
        before = len(a.audio)
        await b.bytes_beyond(2 * SECOND)
        self.assertLess(len(a.audio) - before, SECOND // 10)
        await self.do(call, "resume name=a")
        await a.bytes_beyond(SECOND // 4)
        await self.do(call, "stop name=a bye")
        await self.event("disconnect", call, Stream_Name="a", Stream_Final="true")
        self.assertEqual(a.texts[-1], "bye")
        await b.bytes_beyond(SECOND)
        await self.do(call, "stop name=b")
        await self.event("disconnect", call, Stream_Name="b", Stream_Final="true")
        self.check_one_final(call, "a")
        self.check_one_final(call, "b")
        await self.switch.must("hupall")

    async def play(self) -> None:
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f"start {url} mono 8k")
        server = await self.listener.connection(path)
        audio = bytes(320)
        await server.send(json.dumps({"type": "streamAudio", "data": {
            "audioDataType": "raw", "sampleRate": 8000, "audioData": base64.b64encode(audio).decode()}}))
        event = await self.event("play", call, Stream_Name="default", Stream_Final="false")
        file = json.loads(event["_body"])["file"]
        with open(file, "rb") as stored:
            self.assertEqual(stored.read(), audio)
        # The switch itself can play the file.
        await self.switch.must(f"uuid_broadcast {call} {file} aleg")
        await self.switch.wait("PLAYBACK_START", call)
        await self.do(call, "stop")
        await self.event("disconnect", call, Stream_Final="true")
        self.check_one_final(call)
        await self.switch.must("hupall")

    async def reconnection(self) -> None:
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f"start {url} mono 8k again")
        first = await self.listener.connection(path)
        await self.event("connect", call)
        mark = self.switch.mark()
        await first.close(1011)
        lost = await self.event("disconnect", call, Stream_Final="false")
        self.assertEqual(json.loads(lost["_body"])["message"]["code"], 1011)
        await self.switch.wait(f"{OURS}::connect", call, after=mark)
        second = await self.listener.connection(path)
        await second.bytes_beyond(SECOND // 4)
        self.assertEqual(second.texts, ["again"])
        await second.close(1000)
        await self.event("disconnect", call, Stream_Final="true")
        self.check_one_final(call)
        await self.switch.must("hupall")

    async def graceful_shutdown(self) -> None:
        """The server's last texts arrive after the end of the audio."""
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f"start {url} mono 8k")
        server = await self.listener.connection(path)
        await server.bytes_beyond(SECOND // 4)
        await self.do(call, "graceful-shutdown bye")
        await server.until(lambda each: each.texts == ["bye"], "the text")
        self.assertFalse(server.closed)
        await server.send('{"last":"words"}')
        self.assertEqual((await self.event("json", call, Stream_Final="false"))["_body"], '{"last":"words"}')
        await server.close(1000)
        await self.event("disconnect", call, Stream_Final="true")
        self.check_one_final(call)
        await self.switch.must("hupall")

    async def playback_and_clear(self) -> None:
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f"start playback=on {url} mono 8k")
        server = await self.listener.connection(path)
        await server.send(bytes(10 * SECOND))
        await server.send(json.dumps({"type": "mark", "name": "here"}))
        await server.bytes_beyond(SECOND // 4)
        self.assertFalse([event for event in self.stream_events(call) if event["Event-Subclass"].endswith("playback")])
        await self.do(call, "clear")
        kinds = {}
        while not {"mark", "cleared"} <= set(kinds):
            event = await self.switch.wait(f"{OURS}::playback", call, after=kinds.get("at", 0))
            kinds["at"] = self.switch.socket.events.index(event) + 1
            self.check_channel(event)
            body = json.loads(event["_body"])
            kinds[body["status"]] = body["message"]
        self.assertEqual((kinds["mark"]["name"], kinds["mark"]["result"]), ("here", "cleared"))
        self.assertEqual(kinds["cleared"]["heard_ms"] + kinds["cleared"]["thrown_ms"], 10000)
        await self.do(call, "stop")
        await self.event("disconnect", call, Stream_Final="true")
        await self.switch.must("hupall")

    async def gap(self) -> None:
        """The server is unreachable for longer than audio is kept."""
        server, port = Listener(), free_port()
        await server.start(port)
        call = await self.call()
        await self.switch.must(f"uuid_setvar {call} STREAM_OUTAGE_BUFFER 200")
        await self.do(call, f"start {server.url('gap')} mono 8k")
        await (await server.connection("gap")).bytes_beyond(SECOND // 4)
        await server.stop()
        failures = mark = 0
        while failures < 3:
            error = await self.switch.wait(f"{OURS}::error", call, after=mark)
            mark = self.switch.socket.events.index(error) + 1
            failures = json.loads(error["_body"])["message"]["retries"]
        await server.start(port)
        gap = await self.switch.wait(f"{OURS}::gap", call, after=mark, Stream_Name="default", Stream_Final="false")
        self.check_channel(gap)
        body = json.loads(gap["_body"])
        self.assertEqual(body["status"], "gap")
        self.assertGreater(body["message"]["position_ms"], 200)
        self.assertGreater(body["message"]["length_ms"], 100)
        await self.do(call, "stop")
        await self.event("disconnect", call, Stream_Final="true")
        self.check_one_final(call)
        await server.stop()
        await self.switch.must("hupall")

    async def configuration(self) -> None:
        """The file is read, and read again. A live stream keeps its settings."""
        reload = "uuid_audio_stream reload"
        self.assertTrue((await self.switch.api(reload)).startswith("-ERR"))
        taken = "+OK Success: audio_stream.conf.xml has 0 setting(s) and 1 profile(s) (test)"
        self.switch.configure(profile(100))
        self.assertEqual(await self.switch.must(reload), taken)
        self.assertEqual(await self.switch.must(reload), taken + "; nothing has changed")
        call, (old, old_url), (new, new_url) = await self.call(), self.url(), self.url()
        await self.do(call, f"start name=old profile=test {old_url} mono 8k")
        self.switch.configure(profile(40))
        self.assertEqual(await self.switch.must(reload), taken)
        await self.do(call, f"start name=new profile=test {new_url} mono 8k")
        for path, size in ((old, 1600), (new, 640)):
            server = await self.listener.connection(path)
            await server.bytes_beyond(SECOND // 2)
            self.assertEqual(set(server.sizes), {size})
        await self.switch.must("hupall")

    async def errors(self) -> None:
        call = await self.call()
        await self.switch.must(f"uuid_setvar {call} STREAM_NO_RECONNECT true")
        await self.do(call, f"start ws://127.0.0.1:{free_port()}/ mono 8k")
        error = await self.event("error", call, Stream_Name="default", Stream_Final="true")
        self.assertEqual(json.loads(error["_body"])["message"]["code"], 6)
        self.check_one_final(call)
        await self.switch.must("hupall")

    async def hangup(self) -> None:
        call, (path, url) = await self.call(), self.url()
        await self.do(call, f"start {url} stereo 16k")
        await (await self.listener.connection(path)).bytes_beyond(SECOND)
        await self.switch.must(f"uuid_kill {call}")
        last = await self.event("disconnect", call, Stream_Final="true")
        self.assertEqual(last["Channel-Name"], CALLEE)
        self.assertIn("Caller-Direction", last)
        self.check_one_final(call)

    async def application(self) -> None:
        path, url = self.url()
        call = await self.switch.originate(CALLEE, f"'audio_stream:start {url} mono 8k from an app,park:' inline")
        server = await self.listener.connection(path)
        await server.bytes_beyond(SECOND // 4)
        self.assertEqual(server.texts, ["from an app"])
        self.assertEqual(await self.switch.api(f"uuid_getvar {call} audio_stream_result"), "+OK Success")
        await self.switch.must("hupall")
        await self.event("disconnect", call, Stream_Final="true")

    async def refusals(self) -> None:
        call = await self.call()
        for words, reason in (("start", "-USAGE"), ("start http://x mono", "-ERR invalid websocket url"),
                              ("start ws://x both", "-ERR invalid mix type"),
                              ("start ws://x mono 7k", "-ERR invalid sample rate"),
                              ("jump", "-ERR unknown verb"), ("stop", "-ERR no stream named")):
            self.assertTrue((await self.command(call, words)).startswith(reason), words)
        self.assertTrue((await self.command("nobody", "stop")).startswith("-ERR no call with uuid"))
        await self.switch.must("hupall")


class Life(Fixture):
    async def unload(self) -> str:
        return await self.switch.api(f"unload {OURS}")

    async def test_loading_and_unloading(self) -> None:
        for _ in range(5):
            await self.load()
            self.assertEqual(await self.switch.api(f"module_exists {OURS}"), "true")
            call, (path, url) = await self.call(), self.url()
            await self.do(call, f"start {url} mixed 16k")
            await (await self.listener.connection(path)).bytes_beyond(SECOND // 2)
            self.assertIn("Module in use", await self.unload())
            await self.do(call, "stop")
            await self.event("disconnect", call, Stream_Final="true")
            await self.settled(call)
            self.assertEqual(await self.switch.api(f"module_exists {OURS}"), "false")
            self.assertEqual(await self.switch.api(f"uuid_exists {call}"), "true")
        await self.load()

    async def settled(self, call: str) -> None:
        """Retries, because the final event comes before the stream releases the module, and no event reports the
        release."""
        deadline = time.monotonic() + PATIENCE
        while not (answer := await self.unload()).startswith("+OK"):
            self.assertIn("Module in use", answer)
            self.assertLess(time.monotonic(), deadline)

    async def test_shutdown_with_live_streams(self) -> None:
        await self.load()
        servers: list[Any] = []
        for mix in ("mono", "mixed", "stereo"):
            call, (path, url) = await self.call(), self.url()
            await self.do(call, f"start {url} {mix} 16k")
            servers.append(await self.listener.connection(path))
            await servers[-1].bytes_beyond(SECOND // 2)
        # Also a stream that never connects.
        await self.do(await self.call(), f"start ws://127.0.0.1:{free_port()}/ mono 8k")
        # The core needs time to end, so the time of a switch without streams is the reference.
        other = Switch(running.here, LEAST_MODULES)
        await other.start()
        try:
            ours, bare = await asyncio.gather(self.seconds_to_shut_down(self.switch), self.seconds_to_shut_down(other))
        finally:
            await other.stop()
        told = f"{ours:.2f} s with streams, {bare:.2f} s without the module"
        print(f"shutdown: {told}", flush=True)
        self.assertLess(ours, max(5, bare + 0.5), told)
        for server in servers:
            await server.until(lambda each: each.closed, "the close")

    async def seconds_to_shut_down(self, switch: Switch) -> float:
        begin = time.monotonic()
        await switch.api("shutdown")
        self.assertEqual(await asyncio.wait_for(switch.process.wait(), 30), 0, switch.log())
        return time.monotonic() - begin


if __name__ == "__main__":
    running.run_unittest()
