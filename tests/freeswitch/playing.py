"""Cases of calls_test.py with playback: the server's audio must be heard on the right leg, and nowhere else."""
from __future__ import annotations

import asyncio
import base64
import json
import math
import random
import time
import uuid
from typing import Any

import sounds
from stage import Stage, Stream, check

SERVER = 1000  # Hz, the server's tone
MOST_PREBUFFER = 200  # ms, the bound of the prebuffer


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
        """Waits for the next text of that type."""
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
    """Waits until `seconds` have arrived since `begin`. An idle call gets no more audio after an utterance."""
    missing = seconds - (len(phone.heard) - begin) / phone.codec.rate
    if missing > 0:
        await phone.hears(missing)


async def speaks(sound: Any, alone: bool = True) -> None:
    """The server is heard: alone, or together with another sound of about the same level."""
    [found] = await sound.shares(SERVER)
    check(found > (0.95 if alone else 0.25), f"{sound.what}: the server is only {found:.3f} of it")


def server_onset(sound: Any) -> float:
    """The time when the server is first heard, to a tenth of a second."""
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
    """The server sends two seconds, and the phone hears them."""
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


def parked(codec: str) -> Any:
    """In PCMA of 60 ms a switch that calls itself loses packets of any source (tone_stream too: the stamps skip
    one that was never sent), so a phone listens."""
    async def play(stage: Stage) -> None:
        phone = await stage.phone(codec, 700)
        call = await stage.calls(phone, "park")
        stream = await plays(stage, call)
        await heard_tone(stage, phone, stream, alone=True)
        drained = await stream.told("drained")
        check(drained["position_ms"] == 2000, f"drained: {drained}")
        await stream.stop()
        stream.keeps_time()
        is_unheard(stream.said.part(0.3))
    return play


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
    """record_session was started first. It still records the server, on the right."""
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
    onset = first_sound(right)
    await speaks(right.part(onset + 0.1, onset + 1.7))


async def in_uuid_record(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 440)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    await stage.switch.must(f"uuid_setvar {call} RECORD_STEREO true")
    file = stage.switch.home / f"{call}-uuid.wav"
    await stage.switch.must(f"uuid_record {call} start {file}")
    await heard_tone(stage, phone, stream, alone=True)
    mark = stage.switch.mark()
    await stage.switch.must(f"uuid_record {call} stop {file}")
    await stage.switch.wait("RECORD_STOP", call, after=mark)
    left, right = stage.recording(file.name, 0), stage.recording(file.name, 1)
    is_unheard(left.part(0.3, left.seconds - 0.3))
    onset = first_sound(right)
    await speaks(right.part(onset + 0.1, onset + 1.7))


async def eavesdropped(stage: Stage) -> None:
    phone, ear = await stage.phone("PCMU", 440), await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    await stage.originate(stage.dial(ear), f"&eavesdrop({call})", absolute_codec_string="PCMU")
    await ear.hears(0.5)
    await heard_tone(stage, phone, stream, alone=True)
    await heard_tone(stage, ear, stream)


async def on_hold(stage: Stage) -> None:
    """During the hold nothing is heard, and nothing is lost."""
    a, caller, _, _ = await stage.pair()
    stream = await plays(stage, caller)
    await stream.say(tone(3))
    await stream.say({"type": "mark", "name": "end"})
    await a.hears(1)
    await stage.switch.must(f"uuid_hold {caller}")
    await stream.seconds(0.5)
    held = len(a.heard)
    await stream.seconds(2.5)
    check(not stream.connection.texts, f"what was on hold is told as played: {stream.connection.texts}")
    unheard = a.heard[held:]
    if len(unheard) > 2000:
        found = sounds.share(sounds.decoded("PCMU", bytes(unheard)), 8000, SERVER)
        check(found < 0.1, f"on hold the server is {found:.3f} of it")
    await stage.switch.must(f"uuid_hold off {caller}")
    mark = await stream.told("mark")
    check(mark["result"] == "played" and mark["position_ms"] == 3000, f"{mark}")
    sound = stage.heard_by(a)
    await speaks(sound.part(sound.seconds - 1, sound.seconds - 0.2), alone=False)


def in_codec(codec: str) -> Any:
    """The switch calls itself with this codec. The far end streams what it hears to its own server."""
    async def play(stage: Stage) -> None:
        call = await stage.originate(stage.switch.sip("park"), "&park()", absolute_codec_string=codec)
        await stage.speaks(call, codec)
        # An incoming call has its Call-ID in a variable.
        far = await stage.switch.api(f"uuid_getvar {call} sip_call_id")
        ear = await stage.stream(far, "mono 16k", name="ear")
        stream = await plays(stage, call)
        await ear.seconds(0.5)
        await stream.say(tone(2))
        await stream.say({"type": "mark", "name": "end"})
        mark = await stream.told("mark")
        check(mark["position_ms"] == 2000, f"{mark}")
        await ear.seconds(0.5)
        await ear.stop()
        onset = first_sound(ear.said)
        await speaks(ear.said.part(onset + 0.1, onset + 1.7))
        await stream.stop()
        playback = stream.totals["playback"]
        check(playback["played_ms"] == 2000 and playback["underruns"] == 0, f"{playback}")
    return play


async def offered_anew(stage: Stage) -> None:
    """A re-INVITE in the middle of an utterance."""
    phone = await stage.phone("PCMU@20i", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    await stream.say(tone(4))
    await stream.say({"type": "mark", "name": "end"})
    await phone.hears(1)
    mark = stage.switch.mark()
    await phone.offer(speaks="PCMA@30i")
    await stage.switch.wait("CODEC", call, after=mark, Channel_Read_Codec_Name="PCMA")
    begin = len(phone.heard)
    end = await stream.told("mark")
    check(end["result"] == "played" and end["position_ms"] == 4000, f"{end}")
    sound = stage.heard_by(phone)
    sound.samples = sound.samples[begin:]
    await speaks(sound.part(0.2, sound.seconds - 0.2))
    await stream.stop()
    check(stream.totals["playback"]["underruns"] == 0, f"{stream.totals}")


def with_jitter(most: float, prebuffer: int) -> Any:
    """A server that speaks in real time over a network that delays each piece by up to `most` seconds, in order."""
    async def play(stage: Stage) -> None:
        phone = await stage.phone("PCMU", 0)
        call = await stage.calls(phone, "park")
        await stage.switch.must(f"uuid_setvar {call} STREAM_PLAYBACK_PREBUFFER {prebuffer}")
        stream = await plays(stage, call)
        clock, chance = asyncio.get_running_loop().time, random.Random(6)
        begin, due = clock(), 0.0
        for number in range(200):
            due = max(due, number * 0.02 + chance.uniform(0, most))
            await asyncio.sleep(max(0.0, begin + due - clock()))
            await stream.say(tone(0.02))
        await stream.say({"type": "mark", "name": "end"})
        await stream.told("mark")
        late = stage.watch.longest(begin)
        await stream.stop()
        totals = stream.totals["playback"]
        if 1000 * most > MOST_PREBUFFER:
            check(totals["underruns"] > 0 and totals["underrun_ms"] > 0, f"{totals}")
        elif late < 0.05:
            check(totals["underruns"] == 0, f"this program stood still for {late:.3f} s: {totals}")
        check(totals["played_ms"] == 4000, f"{totals}")
    return play


async def one_writer(stage: Stage) -> None:
    """The peer stalls and continues. While the server speaks meanwhile, no more is written to the caller than
    otherwise.

    With a media bug the switch itself fills a part of the stall and restarts its time stamps.
    """
    a, caller, b, _ = await stage.pair()
    stream = await plays(stage, caller)
    written: list[tuple[int, int]] = []
    begin = asyncio.get_running_loop().time()
    for speaks_too in (False, True):
        if speaks_too:
            await stream.say(tone(8))
        await a.hears(0.5)
        first, loop = len(a.packets), asyncio.get_running_loop()
        end = loop.time() + 4
        while loop.time() < end:
            b.stall(0.2)
            await a.hears(0.9)
        packets = a.packets[first:]
        extra = round(len(packets) - (packets[-1].at - packets[0].at) / 0.02)
        jumps = sum((after.stamp - before.stamp) & 0xFFFFFFFF != 160 for before, after in zip(packets, packets[1:]))
        check(all((after.sequence - before.sequence) & 0xFFFF == 1 for before, after in zip(packets, packets[1:])),
              "a packet's number does not follow the one before it")
        written.append((extra, jumps))
    slack = 2 + round(stage.watch.longest(begin) / 0.02)
    check(abs(written[1][0] - written[0][0]) <= slack and written[1][1] <= written[0][1] + slack,
          f"packets too many, and jumps of time: {written[0]} without the server, {written[1]} with it")


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
    onset = first_sound(sound)
    await speaks(sound.part(onset + 0.05, onset + 1.8))


async def cleared(stage: Stage) -> None:
    """The phone's recording ends where the answer says."""
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
    heard = [at for at, sample in enumerate(sounds.decoded("PCMU", bytes(phone.heard[begin:]))) if abs(sample) > 100]
    length = (heard[-1] - heard[0]) / 8000
    # A part of the fade is heard.
    check(-0.02 < length - answer["heard_ms"] / 1000 < 0.005, f"heard {length:.3f} s, told {answer}")
    check(len(phone.heard) - asked < 0.3 * 8000, f"went on for {(len(phone.heard) - asked) / 8000:.3f} s")


async def echo(stream: Playing) -> None:
    """Echoes the caller's audio until the task is cancelled."""
    at = 0
    while True:
        await stream.connection.until(lambda each: len(each.audio) > at, "more audio")
        end = len(stream.connection.audio)
        await stream.say(bytes(stream.connection.audio[at:end]))
        at = end


async def echoed(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 440)
    call = await stage.calls(phone, "park")
    echoing = asyncio.create_task(echo(await plays(stage, call)))
    await phone.hears(3)
    echoing.cancel()
    sound = stage.heard_by(phone)
    await sound.part(sound.seconds - 2.5).is_tone(440, 0.3)  # a busy machine shifts its phase


async def clicks_echoed(stage: Stage) -> None:
    """No click is lost on its way to the server and back. All take the same time: the prebuffer, and frames on
    the way."""
    phone = await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    echoing = asyncio.create_task(echo(stream))
    await phone.hears(0.5)
    now = asyncio.get_running_loop().time()
    said = [now + 0.8 * turn for turn in range(1, 7)]
    for moment in said:
        phone.click(moment)
    await phone.hears(6)
    echoing.cancel()
    heard = stage.heard_by(phone).clicks()
    check(len(heard) == len(said), f"{len(said)} clicks were said, and heard at {heard}")
    delays = [phone.arrived(round(at * phone.codec.rate)) - moment for at, moment in zip(heard, said)]
    late = stage.watch.longest(now)
    check(0.06 < min(delays) and max(delays) < 0.25 + late, f"they took {delays}")
    check(max(delays) - min(delays) < 0.06 + late, f"they took {delays}")


async def marked(stage: Stage) -> None:
    """A mark is answered when and where the sound changes."""
    phone = await stage.phone("PCMU", 0)
    call = await stage.calls(phone, "park")
    stream = await plays(stage, call)
    begin = len(phone.heard)
    loop = asyncio.get_running_loop()
    since = loop.time()
    await stream.say(tone(1.05, 440))
    await stream.say({"type": "mark", "name": "change"})
    await stream.say(tone(1))
    mark = await stream.told("mark")
    told_at = loop.time()
    await stream.told("drained")
    await heard_since(phone, begin, 2.03)
    check(mark["position_ms"] == 1050, f"{mark}")
    sound = stage.heard_by(phone)
    sound.samples = sound.samples[begin:]
    onset, change = first_sound(sound), changed_to(sound, 440, SERVER)
    check(abs(change - onset - 1.05) < 0.005, f"it changes {change - onset:.3f} s after it began: {mark}")
    late = stage.watch.longest(since)
    apart = told_at - phone.arrived(begin + round(change * phone.codec.rate))
    check(abs(apart) < 0.02 + late, f"the mark came {apart:.3f} s after the change")


def first_sound(sound: Any) -> float:
    at = sounds.first_loud(sound.samples, 1000)
    check(at is not None, f"{sound.what}: nothing in {sound.seconds:.2f} s")
    return float(at or 0) / sound.rate


def changed_to(sound: Any, before: int, after: int) -> float:
    """The position where one tone changes to another, to a few samples: where the best two halves meet."""
    count = sound.rate // 50
    found = [sounds.share(sound.samples[at:at + count], sound.rate, before)
             - sounds.share(sound.samples[at + count:at + 2 * count], sound.rate, before)
             + sounds.share(sound.samples[at + count:at + 2 * count], sound.rate, after)
             - sounds.share(sound.samples[at:at + count], sound.rate, after)
             for at in range(0, len(sound.samples) - 2 * count, 4)]
    return (4 * max(range(len(found)), key=found.__getitem__) + count) / float(sound.rate)


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
    onset = first_sound(sound)
    await speaks(sound.part(onset + 0.05, onset + 0.9))


async def ended_in_the_middle(stage: Stage) -> None:
    """Ends playback repeatedly: by the command, a hangup, the server, without a listener, and in a bridge."""
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
    await stage.switch.must(f"uuid_recv_dtmf {call} ~5")
    digit, answer = await stream.told("dtmf"), await stream.told("cleared")
    check(digit["digit"] == "5", f"{digit}")
    check(answer["reason"] == "dtmf" and answer["heard_ms"] > 0, f"{answer}")


def interrupted_by_the_phones_key(in_rtp: bool) -> Any:
    async def play(stage: Stage) -> None:
        phone = await stage.phone("PCMU", 0)
        phone.dials = in_rtp
        call = await stage.calls(phone, "park")
        stream = await plays(stage, call, "barge-in=dtmf dtmf=on")
        await stream.say(tone(20))
        await phone.hears(0.5)
        (phone.dial if in_rtp else phone.press)("7")
        digit, answer = await stream.told("dtmf"), await stream.told("cleared")
        check(digit["digit"] == "7", f"{digit}")
        check(answer["reason"] == "dtmf" and answer["heard_ms"] > 0, f"{answer}")
        await stream.seconds(0.2)
        begin = len(phone.heard)
        await stream.seconds(0.5)
        left = sounds.decoded("PCMU", bytes(phone.heard[begin:]))
        check(not left or sounds.share(left, 8000, SERVER) < 0.02, "it went on")
    return play


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
    "play until a key, in INFO": interrupted_by_the_phones_key(in_rtp=False),
    "play until a key, in RTP": interrupted_by_the_phones_key(in_rtp=True),
    "play until the caller speaks": interrupted_by_a_voice,
    "play and end in the middle": ended_in_the_middle,
    "play to a parked call": parked("PCMU"),
    "play into early media": early,
    "play into an IVR": in_ivr,
    "play instead of an IVR": replacing,
    "play in a bridge": bridged,
    "play to the callee": to_callee,
    "play to both": to_both,
    "play in a conference": in_conference,
    "play into a recording": recorded,
    "play into uuid_record": in_uuid_record,
    "play to an eavesdropper": eavesdropped,
    "play and hold": on_hold,
    "play in a re-INVITE": offered_anew,
    "play in PCMU of 10 ms": in_codec("PCMU@10i"),
    "play in PCMA of 60 ms": parked("PCMA@60i"),
    "play in G722": in_codec("G722@20i"),
    "play in OPUS": in_codec("OPUS@48000h@20i"),
    "play in OPUS of 60 ms": in_codec("OPUS@16000h@60i"),
    "play in stereo OPUS": in_codec("OPUS@48000h@20i@2c"),
    "play with jitter of 60": with_jitter(0.06, 60),
    "play with jitter of 200": with_jitter(0.2, 200),
    "play with jitter of 400": with_jitter(0.4, 60),
    "play beside one writer": one_writer,
    "play to a wideband call": wideband,
    "play and clear": cleared,
    "play an echo": echoed,
    "play an echo of clicks": clicks_echoed,
    "play and mark": marked,
    "play what came as JSON": spoken_in_json,
}
