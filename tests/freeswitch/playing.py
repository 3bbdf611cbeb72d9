"""Cases of calls_test.py in which the server speaks: is it heard where it should be, and nowhere else?"""
from __future__ import annotations

import asyncio
import base64
import json
import math
import time
import uuid
from typing import Any

import sounds
from stage import Stage, Stream, check

SERVER = 1000  # Hz: what the server says


def tone(seconds: float, hertz: int = SERVER, rate: int = 8000, level: int = 8000) -> bytes:
    return sounds.bytes_of([round(level * math.sin(2 * math.pi * hertz * i / rate))
                            for i in range(round(seconds * rate))])


class Playing(Stream):
    """A stream with playback on."""

    def __init__(self, stage: Stage, call: str, options: str, words: str) -> None:
        super().__init__(stage, call, "default", words, 20)
        self.options = options
        self._read = 0

    async def start(self) -> Playing:
        path = str(uuid.uuid4())
        self.earliest = time.monotonic()
        await self.stage.switch.must(f"uuid_audio_stream {self.call} start playback=on {self.options} -- "
                                     f"{self.stage.listener.url(path)} {self.mix} {self.rate}")
        self.latest = time.monotonic()
        self.connection = await self.stage.listener.connection(path)
        return self

    async def say(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, (bytes, str)) else json.dumps(message))

    async def told(self, kind: str) -> dict[str, Any]:
        """The next text of that type."""
        def find() -> Any:
            for at in range(self._read, len(self.connection.texts)):
                if json.loads(self.connection.texts[at])["type"] == kind:
                    return at
            return None
        await self.connection.until(lambda _: find() is not None, kind)
        at = find()
        self._read = at + 1
        return dict(json.loads(self.connection.texts[at]))


async def plays(stage: Stage, call: str, options: str = "", words: str = "mono 8k") -> Playing:
    return await Playing(stage, call, options, words).start()


async def heard_since(phone: Any, begin: int, seconds: float) -> None:
    """Waits until so much has arrived; after an utterance to an idle call there comes no more."""
    missing = seconds - (len(phone.heard) - begin) / phone.codec.rate
    if missing > 0:
        await phone.hears(missing)


async def speaks(sound: Any, alone: bool = True) -> None:
    """The server is heard: alone, or together with somebody else who is about as loud."""
    [found] = await sound.shares(SERVER)
    check(found > (0.95 if alone else 0.25), f"{sound.what}: the server is only {found:.3f} of it")


def server_onset(sound: Any) -> float:
    """Where the server is first heard, to a tenth of a second."""
    window = sound.rate // 10
    for at in range(0, len(sound.samples) - window, window):
        if sounds.share(sound.samples[at:at + window], sound.rate, SERVER) > 0.2:
            return at / sound.rate
    check(False, f"{sound.what}: the server is nowhere in {sound.seconds:.2f} s")
    return 0.0


def is_unheard(sound: Any) -> None:
    found = sounds.share(sound.samples, sound.rate, SERVER)
    check(sounds.loudness(sound.samples) > 1000 and found < 0.02, f"{sound.what}: the server is {found:.3f} of it")


async def heard_tone(stage: Stage, phone: Any, stream: Playing, alone: bool = False) -> None:
    """The server says two seconds; the phone hears them."""
    await stream.say({"type": "mark", "name": "begin"})
    await stream.told("mark")
    begin = len(phone.heard)
    await stream.say(tone(2))
    await stream.say({"type": "mark", "name": "end"})
    await stream.told("mark")
    await heard_since(phone, begin, 1.98 if alone else 2.2)
    sound = stage.heard_by(phone)
    sound.samples = sound.samples[begin:]
    onset = server_onset(sound)
    await speaks(sound.part(onset + 0.1, onset + 1.5), alone)


async def parked(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 700)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    await heard_tone(stage, phone, stream, alone=True)
    drained = await stream.told("drained")
    check(drained["position_ms"] == 2000, f"drained: {drained}")
    await stream.stop()
    stream.keeps_time()
    is_unheard(stream.said.part(0.3))


async def early(stage: Stage) -> None:
    phone = await stage.phone("PCMA", 700)
    call = await stage.calls(phone, "early", until=183)
    stream = await plays(stage, call)
    await heard_tone(stage, phone, stream, alone=True)


async def in_ivr(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 700)
    call = await stage.calls(phone, "ivr")
    stream = await plays(stage, call)
    await heard_tone(stage, phone, stream)


async def replacing(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 700)
    call = await stage.calls(phone, "ivr")
    stream = await plays(stage, call, "play-mode=replace")
    await stream.say(tone(2))
    await stream.say({"type": "mark", "name": "end"})
    await phone.hears(1.6)
    middle = stage.heard_by(phone)
    await middle.part(middle.seconds - 1, middle.seconds).is_tone(SERVER)
    await stream.told("mark")
    await phone.hears(1)
    after = stage.heard_by(phone)
    await after.part(after.seconds - 0.7).is_tone(400)


async def bridged(stage: Stage) -> None:
    a, caller, b, _ = await stage.pair()
    stream = await plays(stage, caller, words="stereo 8k")
    await heard_tone(stage, a, stream)
    other = stage.heard_by(b)
    is_unheard(other.part(other.seconds - 1.8))
    await stream.stop()
    is_unheard(stream.said.part(0.3))


async def to_callee(stage: Stage) -> None:
    a, caller, b, _ = await stage.pair()
    stream = await plays(stage, caller, "play-to=callee")
    await heard_tone(stage, b, stream)
    other = stage.heard_by(a)
    is_unheard(other.part(other.seconds - 1.8))
    await stream.stop()
    stream.keeps_time()
    is_unheard(stream.said.part(0.3))


async def to_both(stage: Stage) -> None:
    a, caller, b, _ = await stage.pair()
    stream = await plays(stage, caller, "play-to=both")
    await heard_tone(stage, a, stream)
    other = stage.heard_by(b)
    await speaks(other.part(other.seconds - 1.7, other.seconds - 0.6), alone=False)


async def in_conference(stage: Stage) -> None:
    a, b = await stage.phone("PCMU", 440), await stage.phone("PCMU", 700)
    call = await stage.calls(a, "conference-7001")
    await stage.calls(b, "conference-7001")
    await a.hears(1)
    stream = await plays(stage, call)
    await heard_tone(stage, a, stream)
    other = stage.heard_by(b)
    is_unheard(other.part(other.seconds - 1.8))


async def recorded(stage: Stage) -> None:
    """record_session was there first; it hears the server all the same, on the right."""
    phone = await stage.phone("PCMU", 440)
    call = await stage.calls(phone, "recorded")
    stream = await plays(stage, call)
    await heard_tone(stage, phone, stream, alone=True)
    await stream.stop()
    mark = stage.switch.mark()
    await stage.switch.must(f"uuid_kill {call}")
    await stage.switch.socket.wait(
        lambda event: event["Event-Name"] == "RECORD_STOP" and event["Unique-ID"] == call, "RECORD_STOP", mark)
    left = stage.recording(f"{call}-session.wav", 0)
    is_unheard(left.part(0.3, left.seconds - 0.3))
    right = stage.recording(f"{call}-session.wav", 1)
    onset = right.onset()
    await speaks(right.part(onset + 0.1, onset + 1.7))


async def wideband(stage: Stage) -> None:
    phone = await stage.phone("L16@16000h", 700)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call, "down-rate=24000")
    begin = len(phone.heard) // 2
    await stream.say(tone(2, rate=24000))
    await stream.told("drained")
    missing = 1.98 - (len(phone.heard) // 2 - begin) / phone.codec.rate
    if missing > 0:
        await phone.hears(missing)
    sound = stage.heard_by(phone)
    sound.samples = sound.samples[begin:]
    onset = sound.onset()
    await speaks(sound.part(onset + 0.05, onset + 1.8))


async def cleared(stage: Stage) -> None:
    """What the phone recorded ends where the answer says it does."""
    phone = await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    begin = len(phone.heard)
    await stream.say(tone(30))
    await stream.say({"type": "mark", "name": "never"})
    await phone.hears(1.5)
    await stream.say({"type": "clear"})
    asked = len(phone.heard)
    mark, answer = await stream.told("mark"), await stream.told("cleared")
    await heard_since(phone, begin, answer["heard_ms"] / 1000 - 0.02)
    check(mark["result"] == "cleared", f"{mark}")
    check(answer["heard_ms"] + answer["thrown_ms"] == 30000, f"{answer}")
    heard = [sample for sample in sounds.decoded("PCMU", bytes(phone.heard[begin:])) if abs(sample) > 16]
    # Of the tone one sample in eight is next to nothing.
    length = len(heard) / 8000 * 8 / 6
    check(abs(length - answer["heard_ms"] / 1000) < 0.06, f"heard {length:.3f} s, told {answer}")
    check(len(phone.heard) - asked < 0.3 * 8000, f"went on for {(len(phone.heard) - asked) / 8000:.3f} s")


async def echoed(stage: Stage) -> None:
    """What the caller says comes back."""
    phone = await stage.phone("PCMU", 440)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)

    async def echo() -> None:
        at = 0
        while True:
            await stream.connection.until(lambda each: len(each.audio) > at, "more audio")
            end = len(stream.connection.audio)
            await stream.say(bytes(stream.connection.audio[at:end]))
            at = end
    echoing = asyncio.create_task(echo())
    await phone.hears(3)
    echoing.cancel()
    sound = stage.heard_by(phone)
    await sound.part(sound.seconds - 2.5).is_tone(440, 0.3)  # a busy machine breaks its phase


async def spoken_in_json(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    begin = len(phone.heard)
    await stream.say({"type": "streamAudio", "data": {"audioDataType": "raw", "sampleRate": 16000,
                      "audioData": base64.b64encode(tone(1, rate=16000)).decode()}})
    await stream.told("drained")
    await heard_since(phone, begin, 0.98)
    sound = stage.heard_by(phone)
    sound.samples = sound.samples[begin:]
    onset = sound.onset()
    await speaks(sound.part(onset + 0.05, onset + 0.9))


async def ended_in_the_middle(stage: Stage) -> None:
    """Again and again: by the command, by a hangup, by the server, while it plays to nobody, and in a bridge."""
    for turn in range(6):
        phone = await stage.phone("PCMU", 700)
        if turn % 2:
            _, call, _, _ = await stage.pair()
        else:
            call = await stage.calls(phone, "park")
        stream = await plays(stage, call, "play-to=both")
        await stream.say(tone(5))
        await stream.say({"type": "mark", "name": "begin"})
        await stream.seconds(0.3)
        if turn < 2:
            await stream.stop()
            again = await plays(stage, call)
            await (again.say(tone(1)) if turn else heard_tone(stage, phone, again, alone=True))
            await again.stop()
        elif turn < 4:
            await stage.switch.must(f"uuid_kill {call}")
            await stream.ended()
        else:
            await stream.connection.close()
            await stream.ended()
            await stage.lives(call)


async def interrupted_by_a_key(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMU", 0), "park")
    stream = await plays(stage, call, "barge-in=dtmf dtmf=on")
    await stream.say(tone(20))
    await stream.seconds(0.5)
    await stage.switch.must(f"uuid_recv_dtmf {call} 5")
    digit, answer = await stream.told("dtmf"), await stream.told("cleared")
    check(digit["digit"] == "5", f"{digit}")
    check(answer["reason"] == "dtmf" and answer["heard_ms"] > 0, f"{answer}")


async def interrupted_by_a_voice(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call, "barge-in=speech")
    await stream.say(tone(20))
    await stream.seconds(1)
    check(not stream.connection.texts, f"silence is no voice: {stream.connection.texts}")
    phone.hertz = 300
    answer = await stream.told("cleared")
    check(answer["reason"] == "speech" and answer["thrown_ms"] > 0, f"{answer}")


CASES = {
    "play until a key is pressed": interrupted_by_a_key,
    "play until the caller speaks": interrupted_by_a_voice,
    "play and end in the middle": ended_in_the_middle,
    "play to a parked call": parked,
    "play into early media": early,
    "play into an IVR": in_ivr,
    "play instead of an IVR": replacing,
    "play in a bridge": bridged,
    "play to the callee": to_callee,
    "play to both": to_both,
    "play in a conference": in_conference,
    "play into a recording": recorded,
    "play to a wideband call": wideband,
    "play and clear": cleared,
    "play an echo": echoed,
    "play what came as JSON": spoken_in_json,
}
