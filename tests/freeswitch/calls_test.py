#!/usr/bin/python3
"""Places calls of every shape over SIP and RTP, each with a stream, and compares the audio that arrives with the spoken
audio.

    calls_test.py --module build/release/mod_audio_stream.so [--list] [--jobs 5] [--long 60] [words of names...]

The matrix is CASES, at the end. A case is one line: its name, and a coroutine that takes a Stage.
"""
from __future__ import annotations

import argparse
import asyncio
import sys
import time
import traceback
import uuid
from typing import Awaitable, Callable

import playing
import running
from listener import Listener
from phone import Phone
from stage import SLACK, Stage, Stream, check, judges
from switch import OURS, TONE, Switch

Play = Callable[[Stage], Awaitable[None]]

# ---- codecs, ptimes, rates and packets ---------------------------------------------------------


def coded(codec: str, words: str, packet: int = 20) -> Play:
    """The switch calls itself, so the codecs are its own. The far end speaks 700 Hz, the near end 400 Hz."""
    async def play(stage: Stage) -> None:
        call = await stage.originate(stage.switch.sip("tone-700"), f"&playback({TONE},400))",
                                     absolute_codec_string=codec)
        await stage.speaks(call, codec)
        stream = await stage.stream(call, words, packet)
        await stream.seconds(2.5)
        await stream.stop()
        stream.keeps_time()
        stream.keeps_all(ptime_of(codec))
        if stream.mix == "mixed":
            await stream.said.part(0.5).has_tones(700, 400)
            return
        # Only Opus changes a tone.
        least = 0.8 if codec.startswith("OPUS") else 0.95
        await stream.said.part(0.5).is_tone(700, least)
        if stream.mix == "stereo":
            await stream.heard.part(0.5).is_tone(400, least)
    return play


def ptime_of(codec: str) -> int:
    """The ptime of a codec: 40 of "OPUS@48000h@40i"."""
    return next((int(word[:-1]) for word in codec.split("@")[1:] if word.endswith("i")), 20)


# ---- one leg -----------------------------------------------------------------------------------


async def parked(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMU", 400), "park")
    stream = await stage.stream(call, "stereo 16k")
    await stream.seconds(2)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3).is_tone(400)
    stream.heard.is_zero()


async def ivr(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMA", 700), "ivr")
    stream = await stage.stream(call, "stereo 8k")
    await stream.seconds(2)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3).is_tone(700)
    await stream.heard.part(0.3).is_tone(400)


async def early_inbound(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMU", 700), "early-400", until=183)
    stream = await stage.stream(call, "stereo 8k")
    await stream.seconds(2)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3).is_tone(700)
    await stream.heard.part(0.3).is_tone(400)


async def early_outbound(stage: Stage) -> None:
    """The called phone speaks before it answers."""
    phone = await stage.phone("PCMU", 700, answers=183)
    call = await stage.originate(stage.dial(phone), ignore_early_media="false")
    stream = await stage.stream(call, "mono 8k")
    await stream.seconds(1.5)
    phone.answer()
    await stage.switch.wait("CHANNEL_ANSWER", call)
    await stream.seconds(1)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3).is_tone(700)


async def no_media(stage: Stage) -> None:
    phone = await stage.phone("PCMU", answers=180)
    call = "no-media-" + phone.call_id
    await stage.switch.must(f"bgapi originate {{origination_uuid={call}}}{stage.dial(phone)} &park()")
    await phone.rings.wait()
    await stage.refused(call, "it has no media yet")
    phone.answer()
    await stage.switch.wait("CHANNEL_ANSWER", call)
    await stage.switch.must(f"uuid_kill {call}")


async def no_media_inbound(stage: Stage) -> None:
    """An incoming call without any media."""
    phone = await stage.phone("PCMU", 700)
    mark = stage.switch.mark()
    call = await stage.calls(phone, "nomedia", until=100)
    await stage.switch.wait("CHANNEL_PARK", call, after=mark)
    await stage.refused(call, "it has no media yet")
    check(set(phone.statuses) == {100}, f"the switch answered {phone.statuses}")
    await stage.switch.must(f"uuid_kill {call}")
    await phone.give_up()


# ---- a start that waits for media --------------------------------------------------------------

WAITING = "wait-media=60000"


async def flows(stream: Stream, said: int, heard: int = 0) -> None:
    await stream.seconds(1.5)
    await stream.stop()
    await stream.said.part(0.3).is_tone(said)
    if heard:
        await stream.heard.part(0.3).is_tone(heard)


async def dialled(stage: Stage, phone: Phone, number: str) -> tuple[str, str]:
    """Calls a number of the dialplan in which a start stands. Returns the call and the stream's path."""
    path = str(uuid.uuid4())
    await stage.switch.must(f"global_setvar stream_server={stage.listener.url('')}")
    return await stage.calls(phone, f"{number}-{path}", until=183 if "waits-pre_answer" in number else 200), path


def hook_inbound(number: str) -> Play:
    async def play(stage: Stage) -> None:
        call, path = await dialled(stage, await stage.phone("PCMU", 700), number)
        await flows(await Stream(stage, call, "default", "stereo 8k", 20).begun(path), 700)
    return play


def hook_outbound(variable: str, answers: int) -> Play:
    """`answers`: the called phone's first answer. It speaks from 183 on, and answers later."""
    async def play(stage: Stage) -> None:
        phone = await stage.phone("PCMU", 700, answers=answers)
        call, path = str(uuid.uuid4()), str(uuid.uuid4())
        command = f"uuid_audio_stream {call}" if variable.startswith("api_") else "audio_stream"
        start = f"{variable}='{command} start {WAITING} {stage.listener.url(path)} stereo 8k'"
        await stage.switch.must(f"bgapi originate {{^^|origination_uuid={call}|ignore_early_media=false|{start}}}"
                                f"{stage.dial(phone)} &park()")
        rings = answers == 180 or (answers == 183 and variable.endswith("on_answer"))
        if rings:
            await phone.rings.wait()
            phone.answer()
        stream = await Stream(stage, call, "default", "stereo 8k", 20).begun(path)
        if answers == 183 and not rings:
            await stream.seconds(0.5)
            phone.answer()
            await stage.switch.wait("CHANNEL_ANSWER", call)
        await flows(stream, 700)
        await stage.switch.must(f"uuid_kill {call}")
    return play


async def waits_for_a_bridge(stage: Stage) -> None:
    """The start stands before the bridge, on the caller's leg."""
    callee, caller = await stage.phone("PCMU", 700), await stage.phone("PCMU", 400)
    call, path = await dialled(stage, caller, f"waits-bridge-{callee.port}")
    await flows(await Stream(stage, call, "default", "stereo 8k", 20).begun(path), 400, 700)


async def waits_on_the_other_leg(stage: Stage) -> None:
    """The start is exported to the leg that the bridge makes."""
    callee, caller = await stage.phone("PCMU", 700), await stage.phone("PCMU", 400)
    mark = stage.switch.mark()
    call, path = await dialled(stage, caller, f"other-leg-{callee.port}")
    other = await stage.bridged_with(call, mark)
    await flows(await Stream(stage, other, "default", "stereo 8k", 20).begun(path), 700, 400)


async def waits_in_vain(stage: Stage) -> None:
    phone = await stage.phone("PCMU", 700)
    mark = stage.switch.mark()
    call = await stage.calls(phone, "nomedia", until=100)
    await stage.switch.wait("CHANNEL_PARK", call, after=mark)
    await stage.switch.must(f"uuid_audio_stream {call} start wait-media=100 {stage.listener.url('x')} mono 8k")
    await stage.switch.wait("mod_audio_stream::error", call, Stream_Final="true")
    await stage.lives(call)
    await stage.switch.must(f"uuid_audio_stream {call} start {WAITING} {stage.listener.url('x')} mono 8k")
    await stage.switch.must(f"uuid_kill {call}")
    await stage.switch.wait("mod_audio_stream::disconnect", call, Stream_Final="true")
    await phone.give_up()


# ---- media that bypasses the switch ------------------------------------------------------------


def passed_by(how: str, reason: str) -> Play:
    async def play(stage: Stage) -> None:
        callee = await stage.phone("PCMU", 700)
        caller = await stage.phone("PCMU", 400)
        call = await stage.calls(caller, f"{how}-{callee.port}")
        await stage.switch.wait("CHANNEL_BRIDGE", call)
        await stage.refused(call, reason)
        await callee.hears(1)
    return play


async def passed_by_for_a_while(stage: Stage) -> None:
    """uuid_media off and on: the phones send to each other, and the stream has silence meanwhile."""
    a, caller, b, _ = await stage.pair()
    stream = await stage.stream(caller, "stereo 8k")
    await stream.seconds(1)
    await stage.switch.must(f"uuid_media off {caller}")
    away = stream.got
    await stage.refused(caller, "(bypass_media)")
    await stream.seconds(2)
    await stage.switch.must(f"uuid_media {caller}")
    back = stream.got
    await stream.seconds(2)
    await stream.stop()
    stream.keeps_time(SLACK + 0.1)
    for sound, hertz in ((stream.said, 400), (stream.heard, 700)):
        await sound.part(0.3, away - 0.2).is_tone(hertz)
        sound.part(away + 0.5, back - 0.1).is_zero()
        await sound.part(back + 0.6).is_tone(hertz)


# ---- bridged -----------------------------------------------------------------------------------


def bridged(first: str, second: str, words: str) -> Play:
    async def play(stage: Stage) -> None:
        _, caller, _, callee = await stage.pair(first, second)
        one, two = await stage.stream(caller, words), await stage.stream(callee, words)
        await asyncio.gather(one.seconds(2.5), two.seconds(2.5))
        await asyncio.gather(one.stop(), two.stop())
        for stream, said, heard in ((one, 400, 700), (two, 700, 400)):
            stream.keeps_time()
            stream.keeps_all(max(ptime_of(first), ptime_of(second)))
            await stream.said.part(0.5).is_tone(said, 0.95)
            await stream.heard.part(0.5).is_tone(heard, 0.95)
    return play


# The phones click at the same time, so any distance between their clicks is caused by the stream.
ONE_FRAME = 0.02 + 0.005


def silent_then_click(silent: int) -> Play:
    """One of two phones sends no packet for ten seconds. Then both click once a second."""
    async def play(stage: Stage) -> None:
        a, caller, b, _ = await stage.pair(tones=(0, 0))
        await stage.in_step(a, b)
        (a, b)[silent].sends = False
        stream = await stage.stream(caller, "stereo 8k")
        await stream.seconds(10)
        speaking = stream.got
        (a, b)[silent].sends = True
        stage.click_every(1, 4, a, b)
        await stream.seconds(4.5)
        await stream.stop()
        stream.keeps_time()
        stream.channel(silent).part(0, speaking).is_zero()
        stream.keeps_together(4, ONE_FRAME)
    return play


def late(who: int) -> Play:
    """Packets of one of two phones are late by 200 ms, four times."""
    async def play(stage: Stage) -> None:
        a, caller, b, _ = await stage.pair(tones=(0, 0))
        await stage.in_step(a, b)
        stream = await stage.stream(caller, "stereo 8k")
        for _ in range(4):
            (a, b)[who].stall(0.2)
            await stream.seconds(3)  # the switch reads the late packets a tenth faster than in real time
        await stream.seconds(1)
        stage.click_every(1, 4, a, b)
        await stream.seconds(4.5)
        await stream.stop()
        # Late audio is silence until it arrives. It shifts the stream only once.
        stream.keeps_time(SLACK + 0.2)
        stream.keeps_together(4, ONE_FRAME)
        if who == 0:
            check(stream.totals["dropped_ms"]["late"] == 0, f"the heard leg lost audio: {stream.totals}")
    return play


def long(minutes: int, every: int = 60) -> Play:
    """Two phones speak for a long time and click every `every` seconds."""
    async def play(stage: Stage) -> None:
        a, caller, b, _ = await stage.pair(tones=(0, 0))
        await stage.in_step(a, b)
        stream = await stage.stream(caller, "stereo 8k")
        clicks = 60 * minutes // every
        stage.click_every(every, clicks, a, b)
        for _ in range(6 * minutes + 1):
            await stream.seconds(10)
        await stream.stop()
        skews = [round(1000 * skew) for skew in stream.keeps_together(clicks, ONE_FRAME)]
        print(f"{minutes} minutes: {stream.got:.3f} s of audio in {stream.least:.3f} to {stream.most:.3f} s; "
              f"heard after said by {skews} ms; the phones stood still for at most {1000 * stream.stood:.0f} ms; "
              f"{stream.totals}", flush=True)
        stream.keeps_time()
    return play


async def muted(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMU", 400), "park")
    stream = await stage.stream(call, "mono 8k")
    await stream.seconds(1)
    await stage.switch.must(f"uuid_audio {call} start read mute -4")
    muted_at = stream.got
    await stream.seconds(1)
    await stage.switch.must(f"uuid_audio {call} stop")
    unmuted_at = stream.got
    await stream.seconds(1)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3, muted_at - 0.1).is_tone(400)
    stream.said.part(muted_at + 0.2, unmuted_at - 0.1).is_zero()
    await stream.said.part(unmuted_at + 0.2).is_tone(400)


# ---- hold --------------------------------------------------------------------------------------


HOLD_MUSIC = 500


def held(by_switch: bool) -> Play:
    """The other party hears the hold music of the held one, 500 Hz."""
    async def play(stage: Stage) -> None:
        a, caller, _, callee = await stage.pair()
        await stage.switch.must(f"uuid_setvar {caller} hold_music {TONE},{HOLD_MUSIC})")
        stream, other = await stage.stream(caller, "stereo 8k"), await stage.stream(callee, "stereo 8k")
        await stream.seconds(1)
        if by_switch:
            await stage.switch.must(f"uuid_hold {caller}")
            a.sends = False
        else:
            await a.hold()
        held_at, others_held = stream.got, other.got
        await stream.seconds(2)
        if by_switch:
            await stage.switch.must(f"uuid_hold off {caller}")
            a.sends = True
        else:
            await a.take_back()
        back_at, others_back = stream.got, other.got
        await asyncio.gather(stream.seconds(1.5), other.seconds(1.5))
        await asyncio.gather(stream.stop(), other.stop())
        for each in (stream, other):
            each.keeps_time()
        await stream.said.part(0.3, held_at - 0.1).is_tone(400)
        await stream.heard.part(0.3, held_at - 0.1).is_tone(700)
        stream.said.part(held_at + 0.4, back_at - 0.3).is_zero()
        stream.heard.part(held_at + 0.4, back_at - 0.3).is_zero()
        await other.said.part(others_held + 0.4, others_back - 0.3).is_tone(700)
        await other.heard.part(others_held + 0.4, others_back - 0.3).is_tone(HOLD_MUSIC)
        await stream.said.part(back_at + 0.5).is_tone(400)
        await stream.heard.part(back_at + 0.5).is_tone(700)
        await other.said.part(others_back + 0.5).is_tone(700)
        await other.heard.part(others_back + 0.5).is_tone(400)
    return play


# ---- changes in mid-call -----------------------------------------------------------------------


def changed(before: str, after: str, words: str) -> Play:
    """The switch sends a re-INVITE to itself, and both ends change to another codec."""
    async def play(stage: Stage) -> None:
        call = await stage.originate(stage.switch.sip("tone-700"), f"&playback({TONE},400))",
                                     absolute_codec_string=before)
        stream = await stage.stream(call, words)
        await stream.seconds(1.5)
        mark = stage.switch.mark()
        await stage.switch.must(f"uuid_media_reneg {call} ={after}")
        await stage.switch.wait("CODEC", call, after=mark, Channel_Read_Codec_Name=after.split("@")[0])
        changed_at = stream.got
        await stream.seconds(2)
        await stream.stop()
        stream.keeps_time(SLACK + 0.1)
        await stream.said.part(0.5, changed_at - 0.3).is_tone(700)
        await stream.said.part(changed_at + 0.6).is_tone(700)
        if stream.mix == "stereo":
            await stream.heard.part(0.5, changed_at - 0.3).is_tone(400)
            await stream.heard.part(changed_at + 0.6).is_tone(400)
    return play


def offered_anew(before: str, after: str, words: str, number: str = "ivr") -> Play:
    """The peer sends the re-INVITE."""
    async def play(stage: Stage) -> None:
        phone = await stage.phone(before, 700)
        call = await stage.calls(phone, number)
        stream = await stage.stream(call, words)
        await stream.seconds(1.5)
        mark = stage.switch.mark()
        await phone.offer(speaks=after)
        await stage.switch.wait("CODEC", call, after=mark, Channel_Read_Codec_Name=after.split("@")[0])
        changed_at = stream.got
        await stream.seconds(2)
        await stream.stop()
        stream.keeps_time(SLACK + 0.1)
        await stream.said.part(0.3, changed_at - 0.3).is_tone(700)
        await stream.said.part(changed_at + 0.6).is_tone(700)
        if stream.mix == "stereo":
            await stream.heard.part(changed_at + 0.6).is_tone(400)
    return play


def read_at_another_rate(rate: int, words: str) -> Play:
    """The application "record" reads the call and writes a file of another rate."""
    async def play(stage: Stage) -> None:
        mark = stage.switch.mark()
        call = await stage.calls(await stage.phone("PCMU", 400), f"rate-{rate}")
        await stage.switch.wait("RECORD_START", call, after=mark)
        stream = await stage.stream(call, words)
        await stream.seconds(2)
        await stream.stop()
        stream.keeps_time()
        await stream.said.part(0.3).is_tone(400)
        await stage.switch.must(f"uuid_kill {call}")
        await stage.switch.wait("RECORD_STOP", call)
        recording = stage.recording(f"rate-{rate}.wav")
        check(recording.rate == rate, f"the file has {recording.rate} Hz")
        await recording.part(0.3).is_tone(400)
    return play


# ---- transfers ---------------------------------------------------------------------------------


async def unbridged_and_bridged_again(stage: Stage) -> None:
    _, caller, _, callee = await stage.pair()
    stream = await stage.stream(caller, "stereo 8k")
    await stream.seconds(1)
    mark = stage.switch.mark()
    await stage.switch.must(f"uuid_transfer {caller} -both park XML calls")
    await stage.switch.wait("CHANNEL_PARK", caller, after=mark)
    alone = stream.got
    await stream.seconds(1)
    await stage.bridge(caller, callee)
    together = stream.got
    await stream.seconds(1.5)
    await stream.stop()
    stream.keeps_time(SLACK + 0.1)
    await stream.heard.part(0.3, alone - 0.2).is_tone(700)
    stream.heard.part(alone + 0.2, together - 0.1).is_silent()
    await stream.heard.part(together + 0.4).is_tone(700)
    await stream.said.part(together + 0.4).is_tone(400)


async def transferred_blindly(stage: Stage) -> None:
    _, caller, _, _ = await stage.pair()
    stream = await stage.stream(caller, "stereo 8k")
    await stream.seconds(1)
    mark = stage.switch.mark()
    await stage.switch.must(f"uuid_transfer {caller} tone-500 XML calls")
    await stage.switch.wait("PLAYBACK_START", caller, after=mark)
    transferred = stream.got
    await stream.seconds(1.5)
    await stream.stop()
    stream.keeps_time(SLACK + 0.1)
    await stream.heard.part(0.3, transferred - 0.3).is_tone(700)
    await stream.heard.part(transferred + 0.4).is_tone(500)
    await stream.said.part(transferred + 0.4).is_tone(400)


async def transferred_by_refer(stage: Stage) -> None:
    _, caller, other, _ = await stage.pair()
    stream = await stage.stream(caller, "stereo 8k")
    await stream.seconds(1)
    mark = stage.switch.mark()
    await other.refer(f"sip:tone-500@127.0.0.1:{stage.switch.sip_port}")
    await stage.switch.wait("PLAYBACK_START", caller, after=mark)
    transferred = stream.got
    await stream.seconds(1.5)
    await stream.stop()
    stream.keeps_time(SLACK + 0.1)
    await stream.heard.part(transferred + 0.4).is_tone(500)
    await stream.said.part(transferred + 0.4).is_tone(400)


async def transferred_by_refer_with_replaces(stage: Stage) -> None:
    """The second party calls a third, and then its phone connects the other two."""
    _, caller, second, second_call = await stage.pair()
    stream, seconds = await stage.stream(caller, "stereo 8k"), await stage.stream(second_call, "stereo 8k")
    third, consulting = await stage.phone("PCMU", 500), await stage.phone("PCMU", 700)
    mark = stage.switch.mark()
    consultation = await stage.calls(consulting, f"bridge-{third.port}")
    third_call = await stage.bridged_with(consultation, mark)
    thirds = await stage.stream(third_call, "stereo 8k")
    await thirds.seconds(1)
    mark = stage.switch.mark()
    await second.refer_to(consulting)
    await third_takes_over(stage, caller, third_call, seconds, stream, thirds, mark)


async def transferred_by_att_xfer(stage: Stage) -> None:
    """The second party has the switch call a third, talks to it, and hangs up."""
    caller_phone, second = await stage.phone("PCMU", 400), await stage.phone("PCMU", 700)
    third = await stage.phone("PCMU", 500)
    mark = stage.switch.mark()
    caller = await stage.calls(caller_phone, f"att_xfer-{second.port}-{third.port}")
    second_call = await stage.bridged_with(caller, mark)
    stream, seconds = await stage.stream(caller, "stereo 8k"), await stage.stream(second_call, "stereo 8k")
    await stream.seconds(1)
    mark = stage.switch.mark()
    second.press("*")
    second.press("1")
    third_call = await stage.bridged_with(second_call, mark)
    thirds = await stage.stream(third_call, "stereo 8k")
    consulting, waiting = seconds.got, stream.got
    await thirds.seconds(1.5)
    await seconds.said.part(consulting + 0.4).is_tone(700)
    await seconds.heard.part(consulting + 0.4).is_tone(500)
    await thirds.heard.part(0.4).is_tone(700)
    await stream.said.part(waiting + 0.4).is_tone(400)
    stream.heard.part(waiting + 0.4).is_silent()
    mark = stage.switch.mark()
    await second.hang_up()
    await third_takes_over(stage, caller, third_call, seconds, stream, thirds, mark)


async def third_takes_over(stage: Stage, caller: str, third: str, gone: Stream, stays: Stream, new: Stream,
                           mark: int) -> None:
    """The caller is bridged to a third. The stream on the second's leg ends with the leg. The others hear each
    other."""
    check(await stage.bridged_with(caller, mark) == third, "the caller is bridged to another call")
    await gone.ended()
    check(gone.totals["reason"] == "hangup", f"the second's stream ended for {gone.totals['reason']}")
    joined, joined_new = stays.got, new.got
    await asyncio.gather(stays.seconds(1.5), new.seconds(1.5))
    await asyncio.gather(stays.stop(), new.stop())
    for stream, at, said, heard in ((stays, joined, 400, 500), (new, joined_new, 500, 400)):
        stream.keeps_time(SLACK + 0.1)
        await stream.said.part(at + 0.4).is_tone(said)
        await stream.heard.part(at + 0.4).is_tone(heard)


async def bridged_to_a_third(stage: Stage) -> None:
    """A bridge to a third by uuid_bridge, as an operator's console makes it."""
    _, caller, _, _ = await stage.pair()
    stream = await stage.stream(caller, "stereo 8k")
    await stream.seconds(1)
    third = await stage.phone("PCMA", 500)
    third_call = await stage.originate(stage.dial(third), absolute_codec_string="PCMA")
    await stage.bridge(caller, third_call)
    transferred = stream.got
    await stream.seconds(1.5)
    await stream.stop()
    stream.keeps_time(SLACK + 0.1)
    await stream.heard.part(transferred + 0.4).is_tone(500)
    await stream.said.part(transferred + 0.4).is_tone(400)


# ---- rooms and queues --------------------------------------------------------------------------


def conference(speaks: str, words: str) -> Play:
    """The conference has 8000 Hz, whatever rates its members have."""
    async def play(stage: Stage) -> None:
        a, b = await stage.phone(speaks, 400), await stage.phone("PCMU", 700)
        number = f"conference-{a.port}"  # a conference for this case
        caller = await stage.calls(a, number)
        await stage.calls(b, number)
        stream = await stage.stream(caller, words)
        await stream.seconds(3)
        await stream.stop()
        stream.keeps_time()
        await stream.said.part(1).is_tone(400)
        await stream.heard.part(1).is_tone(700)
    return play


async def fifo(stage: Stage) -> None:
    """A caller waits, with music of 500 Hz, until an agent takes it. Then the agent hangs up."""
    phone = await stage.phone("PCMU", 400)
    call = await stage.calls(phone, f"fifo-{phone.port}")
    stream = await stage.stream(call, "stereo 8k")
    await stream.seconds(2)
    taken = stream.got
    mark = stage.switch.mark()
    agent = await stage.phone("PCMA", 700)
    agent_call = await stage.calls(agent, f"agent-{phone.port}")
    check(await stage.bridged_with(call, mark) == agent_call, "another agent took the caller")
    agents = await stage.stream(agent_call, "stereo 8k")
    talking = stream.got
    await stream.seconds(1.5)
    await asyncio.gather(stream.stop(), agents.stop())
    stream.keeps_time(SLACK + 0.1)
    agents.keeps_time()
    await stream.said.part(0.3, taken - 0.1).is_tone(400)
    await stream.heard.part(0.3, taken - 0.1).is_tone(500)
    await stream.said.part(talking + 0.4).is_tone(400)
    await stream.heard.part(talking + 0.4).is_tone(700)
    await agents.said.part(0.4).is_tone(700)
    await agents.heard.part(0.4).is_tone(400)


async def voicemail(stage: Stage) -> None:
    call = await stage.calls(await stage.phone("PCMU", 400), "voicemail")
    await stage.switch.wait("RECORD_START", call)
    stream = await stage.stream(call, "mono 8k")
    await stream.seconds(2)
    await stream.stop()
    stream.keeps_time()
    await stream.said.part(0.3).is_tone(400)


# ---- other listeners ---------------------------------------------------------------------------


def recorded(with_stream: bool) -> Play:
    """record_session, uuid_record and an eavesdropper neither disturb the stream nor are disturbed by it."""
    async def play(stage: Stage) -> None:
        home, switch = stage.switch.home, stage.switch
        dialled = time.monotonic()
        _, caller, _, _ = await stage.pair(number="recorded")
        talking = time.monotonic()
        stream = await stage.stream(caller, "stereo 16k") if with_stream else None
        asked = time.monotonic()
        await switch.must(f"uuid_record {caller} start {home}/{caller}-api.wav")
        spy = await stage.phone("PCMU", 0)
        await stage.originate(stage.dial(spy), f"&eavesdrop({caller})", absolute_codec_string="PCMU")
        await spy.hears(2.5)
        mark = switch.mark()
        for name, longest, shortest in (("session", dialled, talking), ("api", asked, asked)):
            file = f"{caller}-{name}.wav"
            await switch.must(f"uuid_record {caller} stop {home}/{file}")
            await switch.wait("RECORD_STOP", caller, after=mark, Record_File_Path=f"{home}/{file}")
            now = time.monotonic()
            for number, hertz in ((0, 400), (1, 700)):
                sound = stage.recording(file, number)
                check(now - shortest - 0.3 < sound.seconds < now - longest + 0.3,
                      f"{name}: {sound.seconds:.2f} s of {now - shortest:.2f} to {now - longest:.2f}")
                await sound.part(0.8).is_tone(hertz)
        await stage.heard_by(spy).part(0.8, 2.5).has_tones(400, 700)
        if stream:
            await stream.stop()
            stream.keeps_time()
            await stream.said.part(0.3).is_tone(400)
            await stream.heard.part(0.3).is_tone(700)
    return play


async def recorded_alike(stage: Stage) -> None:
    """Two calls are recorded at the same time, one of them with a stream. The files have the same length."""
    _, streamed, _, _ = await stage.pair()
    _, plain, _, _ = await stage.pair()
    switch, calls = stage.switch, (streamed, plain)
    files = {call: f"{call}-alike.wav" for call in calls}
    stream = await stage.stream(streamed, "stereo 16k")
    await stream.seconds(0.5)

    async def record(verb: str) -> None:
        await asyncio.gather(*(switch.must(f"uuid_record {call} {verb} {switch.home}/{files[call]}")
                               for call in calls))
    await record("start")
    await stream.seconds(3)
    mark = switch.mark()
    await record("stop")
    for call in calls:
        await switch.wait("RECORD_STOP", call, after=mark)
    await stream.stop()
    lengths = [stage.recording(files[call]).seconds for call in calls]
    check(abs(lengths[0] - lengths[1]) <= 0.06, f"with a stream and without, {lengths} s")
    for call in calls:
        await stage.recording(files[call]).part(0.3).has_tones(400, 700)


async def two_servers(stage: Stage) -> None:
    """Each start, pause and stop concerns one stream. Both keep the call's time, and the one without a pause is
    complete."""
    other = Listener()
    await other.start()
    try:
        _, caller, _, _ = await stage.pair()
        one = await stage.stream(caller, "mono 16k", name="one")
        two = await stage.stream(caller, "stereo 8k", name="two", listener=other)
        await asyncio.gather(one.seconds(1), two.seconds(1))
        await stage.switch.must(f"uuid_audio_stream {caller} pause name=two")
        paused = two.got
        await one.seconds(1)
        check(two.got - paused < 0.2, f"{two.got - paused:.2f} s came in a pause")
        await stage.switch.must(f"uuid_audio_stream {caller} resume name=two")
        await two.seconds(1)
        await one.stop()
        after = two.got
        await two.seconds(1)
        check(two.got >= after + 1, "the stop of the other stream stopped it")
        await two.stop()
    finally:
        await other.stop()
    one.keeps_time()
    pause = two.totals["paused_ms"] / 1000
    check(0.9 < pause < 1.4, f"paused for {pause} s")
    check(two.least - 0.1 < two.got + pause < two.most + 0.1, f"{two.got} s and {pause} s in {two.least:.3f} s")
    await one.said.part(0.3).is_tone(400, 0.95)
    await two.said.part(0.3).is_tone(400)
    await two.heard.part(0.3).is_tone(700)


async def two_streams(stage: Stage) -> None:
    """The core drops a frame or two of the said audio whenever a media bug is added, by this module or another."""
    _, caller, _, _ = await stage.pair()
    one = await stage.stream(caller, "mono 16k", name="one")
    await one.seconds(0.5)
    two = await stage.stream(caller, "stereo 8k", packet=60, name="two")
    await two.seconds(1)
    await stage.switch.must(f"uuid_audio_stream {caller} pause name=one")
    before = one.got
    await two.seconds(1)
    check(one.got - before < 0.2, f"{one.got - before:.2f} s came in a pause")
    await stage.switch.must(f"uuid_audio_stream {caller} resume name=one")
    await one.seconds(0.5)
    await two.stop()
    await one.seconds(0.5)
    await one.stop()
    two.keeps_time()
    await two.said.part(0.3).is_tone(400)
    await two.heard.part(0.3).is_tone(700)
    await one.said.part(0.3, before - 0.1).is_tone(400)
    await one.said.part(before + 0.3).is_tone(400)


# ---- the matrix --------------------------------------------------------------------------------

CASES: list[tuple[str, Play]] = [
    # The longest case begins first, so that the others run beside it.
    ("a minute",                long(1, every=10)),
    # A call's codec (and ptime, "i"), the stream, ms in a packet. Every codec is combined with every mix.
    ("codec PCMU 10",           coded("PCMU@10i", "stereo 8k")),
    ("codec PCMU 20",           coded("PCMU@20i", "mixed 16k", 60)),
    ("codec PCMU 30",           coded("PCMU@30i", "stereo 24k", 20)),
    ("codec PCMU 40",           coded("PCMU@40i", "mono 48k", 100)),
    ("codec PCMU 60",           coded("PCMU@60i", "stereo 16k", 20)),
    ("codec PCMA 10",           coded("PCMA@10i", "mono 16k", 20)),
    ("codec PCMA 20",           coded("PCMA@20i", "mono 8k", 20)),
    ("codec PCMA 30",           coded("PCMA@30i", "mixed 8k", 100)),
    ("codec PCMA 40",           coded("PCMA@40i", "stereo 8k", 20)),
    ("codec PCMA 60",           coded("PCMA@60i", "stereo 48k", 60)),
    ("codec G722 10",           coded("G722@10i", "mixed 24k", 20)),
    ("codec G722 20",           coded("G722@20i", "stereo 16k", 20)),
    ("codec G722 30",           coded("G722@30i", "stereo 48k", 60)),
    ("codec G722 40",           coded("G722@40i", "mono 8k", 60)),
    ("codec G722 60",           coded("G722@60i", "stereo 16k", 20)),
    ("codec L16 8000 20",       coded("L16@8000h@20i", "stereo 8k", 100)),
    ("codec L16 16000 20",      coded("L16@16000h@20i", "mono 16k", 20)),
    ("codec L16 16000 10",      coded("L16@16000h@10i", "mixed 48k", 60)),
    ("codec L16 16000 30",      coded("L16@16000h@30i", "stereo 16k", 20)),
    ("codec L16 16000 40",      coded("L16@16000h@40i", "stereo 24k", 20)),
    ("codec L16 16000 60",      coded("L16@16000h@60i", "stereo 16k", 60)),
    ("codec OPUS mono 10",      coded("OPUS@48000h@10i", "mono 24k", 20)),
    ("codec OPUS mono 20",      coded("OPUS@48000h@20i", "stereo 48k", 20)),
    ("codec OPUS mono 40",      coded("OPUS@48000h@40i", "mixed 16k", 60)),
    ("codec OPUS 16000 60",     coded("OPUS@16000h@60i", "stereo 16k", 20)),
    ("codec OPUS 8000 60",      coded("OPUS@8000h@60i", "mixed 8k", 60)),
    ("codec OPUS stereo 10",    coded("OPUS@48000h@10i@2c", "stereo 48k", 20)),
    ("codec OPUS stereo 20",    coded("OPUS@48000h@20i@2c", "stereo 16k", 20)),
    ("codec OPUS stereo 40",    coded("OPUS@48000h@40i@2c", "mono 8k", 100)),
    # Codecs of two bridged legs, with a stream on each.
    ("bridged 20 to 20",        bridged("PCMU", "PCMU", "stereo 8k")),
    ("bridged 20 to 60",        bridged("PCMU@20i", "PCMA@60i", "stereo 16k")),
    ("bridged 10 to 30",        bridged("PCMA@10i", "PCMU@30i", "stereo 8k")),
    ("bridged 8000 to 16000",   bridged("PCMU@20i", "L16@16000h@20i", "stereo 16k")),
    # One leg, or a second leg without media yet.
    ("parked",                  parked),
    ("ivr",                     ivr),
    ("voicemail",               voicemail),
    ("early media, inbound",    early_inbound),
    ("early media, outbound",   early_outbound),
    ("no media",                no_media),
    ("no media, inbound",       no_media_inbound),
    # A start that waits for media.
    ("waits for answer",        hook_inbound("waits-answer")),
    ("waits for pre_answer",    hook_inbound("waits-pre_answer")),
    *[(f"{how}_on_{what}, inbound", hook_inbound(f"{how}-{what}"))
      for how in ("execute", "api") for what in ("answer", "media", "pre_answer")],
    *[(f"{how}_on_{what}, outbound {first}", hook_outbound(f"{how}_on_{what}", first))
      for how in ("execute", "api")
      for what, first in (("answer", 200), ("answer", 183), ("media", 200), ("media", 183), ("pre_answer", 183),
                          ("originate", 180), ("originate", 183))],
    ("waits before a bridge",   waits_for_a_bridge),
    ("waits on the other leg",  waits_on_the_other_leg),
    ("waits in vain",           waits_in_vain),
    ("bypass_media",            passed_by("bypass", "(bypass_media)")),
    ("proxy_media",             passed_by("proxy", "(proxy_media)")),
    ("media off and on",        passed_by_for_a_while),
    # Silence.
    ("muted",                   muted),
    ("held by the switch",      held(by_switch=True)),
    ("held by the peer",        held(by_switch=False)),
    ("caller silent for 10 s",  silent_then_click(0)),
    ("callee silent for 10 s",  silent_then_click(1)),
    ("caller late",             late(0)),
    ("callee late",             late(1)),
    # Changes during a stream.
    ("re-INVITE to PCMA",       offered_anew("PCMU@20i", "PCMA@20i", "stereo 8k")),
    ("re-INVITE to 30 ms",      offered_anew("PCMU@20i", "PCMA@30i", "mono 16k")),
    ("re-INVITE 8000 to 16000", changed("PCMU@20i", "G722@20i", "stereo 16k")),
    ("re-INVITE 16000 to 8000", changed("G722@20i", "PCMA@20i", "stereo 8k")),
    ("re-INVITE 8000 to 48000", changed("PCMA@20i", "opus@48000h@20i", "mono 16k")),
    ("re-INVITE 48000 to 8000", changed("opus@48000h@20i", "PCMU@20i", "stereo 48k")),
    ("re-INVITE to stereo",     changed("PCMU@20i", "opus@48000h@20i@2c", "stereo 16k")),
    ("re-INVITE to 60 ms",      offered_anew("PCMU@20i", "PCMA@60i", "mono 8k")),
    ("re-INVITE 60 to 20 ms",   offered_anew("PCMU@60i", "PCMA@20i", "mono 8k", "park")),
    ("re-INVITE 20 to 10 ms",   offered_anew("PCMU@20i", "PCMA@10i", "mono 8k")),
    ("re-INVITE 60 to 10 ms",   offered_anew("PCMU@60i", "PCMA@10i", "mono 8k", "park")),
    ("record at 16000",         read_at_another_rate(16000, "mono 8k")),
    ("record at 32000",         read_at_another_rate(32000, "stereo 16k")),
    # Changes of the other party.
    ("unbridged and bridged",   unbridged_and_bridged_again),
    ("transfer, blind",         transferred_blindly),
    ("transfer, REFER",         transferred_by_refer),
    ("transfer, Replaces",      transferred_by_refer_with_replaces),
    ("transfer, att_xfer",      transferred_by_att_xfer),
    ("bridged to a third",      bridged_to_a_third),
    ("conference",              conference("PCMU", "stereo 8k")),
    ("conference, 16000",       conference("L16@16000h@20i", "stereo 16k")),
    ("fifo",                    fifo),
    # Other listeners.
    ("recorded, no stream",     recorded(with_stream=False)),
    ("recorded, and a stream",  recorded(with_stream=True)),
    ("recorded alike",          recorded_alike),
    ("two servers",             two_servers),
    ("two streams",             two_streams),
    # Playback.
    *playing.CASES.items(),
]

# ---- running the cases -------------------------------------------------------------------------

# If the machine stands still for longer, the switch loses packets. Then the case is repeated, and the output says so.
STANDSTILL = 0.05
ATTEMPTS = 3


async def attempt(play: Play, stage: Stage) -> str:
    """Runs a case and returns what failed. A case waits for everything with a timeout."""
    error = ""
    try:
        await play(stage)
    except AssertionError as failure:
        error = str(failure)
    except Exception:
        error = traceback.format_exc()
    await stage.leave()
    return error


async def run(cases: list[tuple[str, Play]], installed: running.Installation, jobs: int, levels: str) -> int:
    switch, listener, judge, watch = Switch(installed, levels=levels), Listener(), judges(), running.Watch()
    clock = asyncio.get_running_loop().time
    await listener.start()
    await switch.start()
    turns = asyncio.Semaphore(jobs)
    broken: list[str] = []
    repeated: list[str] = []

    async def in_turn(name: str, play: Play) -> None:
        async with turns:
            for left in reversed(range(ATTEMPTS)):
                begin = clock()
                error = await attempt(play, Stage(switch, listener, judge, watch))
                told = f"{name:26} {clock() - begin:5.1f} s  "
                if not error:
                    print(told + "ok", flush=True)
                    return
                stood = watch.longest(begin)
                if stood < STANDSTILL or left == 0:
                    broken.append(name)
                    print(f"{told}FAILED: {error}", flush=True)
                    return
                repeated.append(name)
                print(f"{told}REPEATED, because this machine stood still for {1000 * stood:.0f} ms: {error}", flush=True)
    try:
        await switch.must(f"load {OURS}")
        await asyncio.gather(*(in_turn(*case) for case in cases))
    finally:
        log = switch.log()
        status = await switch.stop()
        await listener.stop()
        watch.stop()
        judge.shutdown()
    if broken or status:
        print(log)
    print(f"{len(cases) - len(broken)} passed, {len(broken)} failed, {len(repeated)} attempts were repeated; "
          f"FreeSWITCH ended with {status}")
    return 1 if broken or status else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    running.add_options(parser)
    parser.add_argument("--list", action="store_true", help="lists the cases")
    parser.add_argument("--jobs", type=int, default=5, help="calls at a time")
    parser.add_argument("--long", type=int, metavar="MINUTES", help="adds a call of this length")
    parser.add_argument("--log", default="warning,err,crit,alert", help="levels of FreeSWITCH's log, or all")
    parser.add_argument("names", nargs="*", help="only cases whose name contains one of these")
    options = parser.parse_args()
    cases = [case for case in CASES if not options.names or any(word in case[0] for word in options.names)]
    if options.long:
        cases.append((f"{options.long} minutes", long(options.long)))
    if options.list:
        print("\n".join(name for name, _ in cases))
        return
    running.before_others()
    sys.exit(asyncio.run(run(cases, running.installation(options), options.jobs, options.log)))


if __name__ == "__main__":
    main()
