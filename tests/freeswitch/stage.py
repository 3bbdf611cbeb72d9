"""The tools of a case of calls_test.py: phones, streams, and checks of a stream's audio.

A separate process measures the audio, because measuring must not delay the phones' packets.
"""
from __future__ import annotations

import asyncio
import concurrent.futures
import json
import time
import uuid
import wave
from typing import Any, Optional

import sounds
from event_socket import Event
from listener import Connection, Listener
from phone import Phone
from running import Watch, after_others
from switch import OURS, Switch

SLACK = 0.06  # seconds by which a busy machine may shift a packet


class Failed(AssertionError):
    pass


def check(truth: object, text: str) -> None:
    if not truth:
        raise Failed(text)


class Sound:
    """A section of one channel."""

    def __init__(self, judge: concurrent.futures.Executor, samples: sounds.Samples, rate: int, what: str) -> None:
        self._judge, self.samples, self.rate, self.what = judge, samples, rate, what

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def part(self, begin: float, end: Optional[float] = None) -> Sound:
        last = None if end is None else round(end * self.rate)
        return Sound(self._judge, self.samples[round(begin * self.rate):last], self.rate,
                     f"{self.what} [{begin:g}..{'' if end is None else f'{end:g}'}]")

    async def shares(self, *hertz: int) -> list[float]:
        """The share of each tone in the quarters of a second, without the worst quarter of them: a lost packet is
        no wrong pitch."""
        return await asyncio.get_running_loop().run_in_executor(
            self._judge, measured, sounds.bytes_of(self.samples), self.rate, hertz)

    async def is_tone(self, hertz: int, least: float = 0.8) -> None:
        [found] = await self.shares(hertz)
        check(found > least, f"{self.what}: {hertz} Hz is only {found:.3f} of it")

    async def has_tones(self, *hertz: int) -> None:
        """All the tones, equally loud, and little else."""
        found = await self.shares(*hertz)
        check(min(found) > 0.8 / len(hertz), f"{self.what}: {hertz} Hz are {[f'{each:.3f}' for each in found]} of it")

    def is_silent(self, below: float = 40) -> None:
        loud = sounds.loudness(self.samples)
        check(loud < below, f"{self.what}: is not silent: {loud:.0f}")

    def is_zero(self) -> None:
        """Silence, or filled time: samples of 0, not the core's -1."""
        loud = [sample for sample in self.samples if sample]
        check(self.samples and not loud, f"{self.what}: {len(loud)} of {len(self.samples)} samples are not 0, "
                                         f"as {loud[:5]}")

    def onset(self) -> float:
        """The time in seconds when the sound first is loud."""
        found = sounds.first_loud(self.samples)
        check(found is not None, f"{self.what}: nothing is loud in {self.seconds:.2f} s")
        return (found or 0) / self.rate

    def clicks(self) -> list[float]:
        """The times of the clicks in seconds, at least half a second apart."""
        found: list[float] = []
        at: Optional[int] = 0
        while (at := sounds.first_loud(self.samples, after=at)) is not None:
            found.append(at / self.rate)
            at += self.rate // 2
        return found


def measured(data: bytes, rate: int, hertz: tuple[int, ...]) -> list[float]:
    samples, window = sounds.samples_of(data), rate // 4
    pieces = [samples[at:at + window] for at in range(0, len(samples) - window + 1, window)]
    if not pieces:
        return [0.0] * len(hertz)
    return [sorted(sounds.share(piece, rate, each) for piece in pieces)[len(pieces) // 4] for each in hertz]


class Stream:
    """One stream of a call from its start on."""

    def __init__(self, stage: Stage, call: str, name: str, words: str, packet: int) -> None:
        self.stage, self.call, self.name, self.packet = stage, call, name, packet
        self.mix, rate = words.split()
        self.rate = int(rate.rstrip("k")) * 1000
        self.channels = 2 if self.mix == "stereo" else 1
        self.connection: Connection

    async def start(self, listener: Optional[Listener] = None) -> Stream:
        path = str(uuid.uuid4())
        switch, listener = self.stage.switch, listener or self.stage.listener
        await switch.must(f"uuid_setvar {self.call} STREAM_BUFFER_SIZE {self.packet}")
        self.earliest = time.monotonic()
        await switch.must(f"uuid_audio_stream {self.call} start name={self.name} "
                          f"{listener.url(path)} {self.mix} {self.rate}")
        self.latest = time.monotonic()
        self.connection = await listener.connection(path)
        return self

    async def begun(self, path: str) -> Stream:
        """A start that something else has made: waits for its connection."""
        self.connection = await self.stage.listener.connection(path)
        self.earliest = self.latest = time.monotonic()
        return self

    @property
    def got(self) -> float:
        """Seconds of audio so far."""
        return len(self.connection.audio) / (2 * self.channels * self.rate)

    async def seconds(self, more: float) -> None:
        await self.connection.bytes_beyond(round(more * self.rate) * 2 * self.channels)

    async def stop(self) -> None:
        switch = self.stage.switch
        earliest = time.monotonic()
        await switch.must(f"uuid_audio_stream {self.call} stop name={self.name}")
        latest = time.monotonic()
        await self.ended()
        self.least, self.most = earliest - self.latest, latest - self.earliest
        # Measured now, because analysing an hour of sound takes long enough to count as a standstill.
        self.stood = self.stage.watch.longest(self.earliest)

    async def ended(self) -> None:
        final = await self.stage.switch.wait(f"{OURS}::disconnect", self.call, Stream_Name=self.name,
                                             Stream_Final="true")
        self.totals = json.loads(final["_body"])["stats"]
        await self.connection.until(lambda each: each.closed, "the close")

    def keeps_time(self, slack: float = SLACK) -> None:
        """As many samples as time has passed, and complete packets except for the last."""
        slack += 2 * self.packet / 1000
        # Late audio of the phones was silence first, and arrived later.
        check(self.least - slack < self.got < self.most + slack + self.stood,
              f"{self.name}: {self.got:.3f} s of audio in {self.least:.3f} to {self.most:.3f} s; {self.totals}")
        size = self.rate * self.packet // 1000 * 2 * self.channels
        check(set(self.connection.sizes[:-1]) <= {size}, f"{self.name}: packets of {set(self.connection.sizes)} bytes")

    def keeps_all(self, ptime: int) -> None:
        """Nothing was lost, and nothing was filled except what the core dropped when the media bug was added."""
        check(not any(self.totals["dropped_ms"].values()), f"{self.name}: {self.totals}")
        check(self.totals["filled_ms"] <= 100 + 2 * ptime, f"{self.name}: {self.totals}")

    def keeps_together(self, clicks: int, most: float) -> list[float]:
        """Simultaneous clicks of both sides are at most `most` seconds apart.

        If something was late, one in four may be two frames apart, which takes a second to correct.
        """
        said, heard = self.said.clicks(), self.heard.clicks()
        check(len(said) == len(heard) == clicks, f"clicks: said at {said}, heard at {heard}; {self.totals}")
        skews = sorted(abs(b - a) for a, b in zip(said, heard))
        excused = 0
        if self.totals["dropped_ms"]["late"] or self.stood > 0.01:
            excused = clicks // 4
        check(skews[-1 - excused] <= most and skews[-1] <= most + 0.02,
              f"the legs are apart: said at {said}, heard at {heard}; {self.totals}")
        return [b - a for a, b in zip(said, heard)]

    def channel(self, number: int) -> Sound:
        samples = sounds.samples_of(bytes(self.connection.audio))[number::self.channels]
        return Sound(self.stage.judge, samples, self.rate, f"{self.name} {self.mix} channel {number}")

    @property
    def said(self) -> Sound:
        return self.channel(0)

    @property
    def heard(self) -> Sound:
        return self.channel(1)


class Stage:
    def __init__(self, switch: Switch, listener: Listener, judge: concurrent.futures.Executor, watch: Watch) -> None:
        self.switch, self.listener, self.judge, self.watch = switch, listener, judge, watch
        self._phones: list[Phone] = []
        self._calls: list[str] = []

    # ---- calls -----------------------------------------------------------------------------

    async def phone(self, speaks: str = "PCMU", hertz: int = 0, answers: int = 200) -> Phone:
        phone = await Phone(speaks, hertz, answers).open()
        self._phones.append(phone)
        return phone

    async def calls(self, phone: Phone, number: str, until: int = 200) -> str:
        call = await phone.call(number, self.switch.sip_port, until)
        self._calls.append(call)
        return call

    async def originate(self, dial: str, application: str = "&park()", **variables: Any) -> str:
        call = await self.switch.originate(dial, application, **variables)
        self._calls.append(call)
        return call

    def dial(self, phone: Phone) -> str:
        return f"sofia/test/sip:phone@127.0.0.1:{phone.port}"

    async def pair(self, first: str = "PCMU", second: str = "PCMU", tones: tuple[int, int] = (400, 700),
                   number: str = "park") -> Any:
        """Two bridged phones: (phone, its call, phone, its call)."""
        a, b = await self.phone(first, tones[0]), await self.phone(second, tones[1])
        a_call = await self.calls(a, number)
        b_call = await self.originate(self.dial(b), absolute_codec_string=second)
        await self.bridge(a_call, b_call)
        return a, a_call, b, b_call

    async def in_step(self, a: Phone, b: Phone) -> None:
        """From now on the switch reads the audio of each phone after the same delay, never a turn later, so any
        distance between their clicks is caused by the stream. When it reads one phone it writes to the other."""
        await asyncio.gather(a.hears(0.5), b.hears(0.5))
        a.keep_away_from(b.beat())
        b.keep_away_from(a.beat())

    def click_every(self, seconds: float, times: int, *phones: Phone) -> None:
        now = asyncio.get_running_loop().time()
        for turn in range(1, times + 1):
            for phone in phones:
                phone.click(now + turn * seconds)

    async def bridge(self, first: str, second: str) -> None:
        mark = self.switch.mark()
        await self.switch.must(f"uuid_bridge {first} {second}")
        await self.switch.socket.wait(
            lambda event: event["Event-Name"] == "CHANNEL_BRIDGE" and event["Unique-ID"] in (first, second),
            "CHANNEL_BRIDGE of this pair", mark)

    async def bridged_with(self, call: str, after: int) -> str:
        """Waits until this call is bridged, and returns the other call."""
        def other(event: Event) -> str:
            legs = [event.get("Bridge-A-Unique-ID", ""), event.get("Bridge-B-Unique-ID", "")]
            return legs[1 - legs.index(call)] if event["Event-Name"] == "CHANNEL_BRIDGE" and call in legs else ""
        return other(await self.switch.socket.wait(lambda event: bool(other(event)), f"a bridge of {call}", after))

    async def speaks(self, call: str, codec: str) -> None:
        """Checks that exactly this codec was negotiated, for example "OPUS@16000h@60i"."""
        name, *rest = codec.split("@")
        wanted = {"name": name, **{{"h": "rate", "i": "ptime", "c": "channels"}[word[-1]]: word[:-1] for word in rest}}
        found = {key: await self.switch.api(f"uuid_getvar {call} rtp_use_codec_{key}") for key in wanted}
        found["name"] = found["name"].upper()
        check(found == wanted, f"asked for {wanted}, got {found}")

    async def lives(self, call: str) -> None:
        check(await self.switch.api(f"uuid_exists {call}") == "true", "the call is gone")

    async def refused(self, call: str, reason: str) -> None:
        answer = await self.switch.api(f"uuid_audio_stream {call} start ws://127.0.0.1:1/ mono")
        check(answer.startswith("-ERR ") and reason in answer, f"start: {answer}")
        await self.lives(call)

    async def stream(self, call: str, words: str, packet: int = 20, name: str = "default",
                     listener: Optional[Listener] = None) -> Stream:
        return await Stream(self, call, name, words, packet).start(listener)

    def heard_by(self, phone: Phone) -> Sound:
        samples = sounds.decoded(phone.codec.name, bytes(phone.heard))
        return Sound(self.judge, samples, phone.codec.rate, f"{phone.hertz} Hz's phone")

    # ---- files -----------------------------------------------------------------------------

    def recording(self, file: str, channel: int = 0) -> Sound:
        with wave.open(str(self.switch.home / file)) as source:
            samples = sounds.samples_of(source.readframes(source.getnframes()))[channel::source.getnchannels()]
            return Sound(self.judge, samples, source.getframerate(), file)

    async def leave(self) -> None:
        for call in self._calls:
            await self.switch.api(f"uuid_kill {call}")
        for phone in self._phones:
            await phone.close()  # the switch would wait for a phone without a BYE when it ends


def judges() -> concurrent.futures.Executor:
    return concurrent.futures.ProcessPoolExecutor(1, initializer=after_others)
