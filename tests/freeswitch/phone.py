"""A SIP phone for tests: it speaks, holds or sends a re-INVITE at the moment the test asks for it.

Plain SIP over UDP and RTP. It speaks PCMU, PCMA and L16, at any ptime, a tone or silence, and clicks.

A tone of a multiple of 100 Hz has whole waves in each packet. So a late or missing packet is a gap, and the audio
after it keeps its pitch.
"""
from __future__ import annotations

import asyncio
import bisect
import cmath
import collections
import contextlib
import math
import random
import re
import struct
import urllib.parse
import uuid
from dataclasses import dataclass, replace
from typing import Any, Optional

import sounds
from event_socket import HOST, PATIENCE

Address = tuple[str, int]
EVENTS = 101  # the payload type of telephone-event


@dataclass(frozen=True)
class Packet:
    """A packet that arrived: the time, its header, and where its audio begins in `heard`."""
    at: float
    sequence: int
    stamp: int
    begin: int


@dataclass(frozen=True)
class Codec:
    name: str
    rate: int
    payload: int
    ptime: int = 20

    @property
    def count(self) -> int:
        return self.rate * self.ptime // 1000


def codec(text: str) -> Codec:
    """A codec as FreeSWITCH writes it: "PCMA@30i", "L16@16000h@20i"."""
    name, *rest = text.split("@")
    values = {word[-1]: int(word[:-1]) for word in rest}
    rate = values.get("h", 8000)
    return Codec(name, rate, {"PCMU": 0, "PCMA": 8}.get(name, 98 if rate == 8000 else 99), values.get("i", 20))


def tag_of(party: str) -> str:
    return party.partition(";tag=")[2].partition(";")[0]


class Message:
    """A request or response of SIP."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.decode().partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        return self.all(name)[0]

    @property
    def status(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.get("CSeq").split()[1]

    @property
    def number(self) -> int:
        return int(self.get("CSeq").split()[0])


class Protocol(asyncio.DatagramProtocol):
    def __init__(self, received: Any) -> None:
        self._received = received

    def datagram_received(self, data: bytes, address: Address) -> None:
        self._received(data, address)


class Phone:
    """Has at most one call. Speaks as soon as it knows the peer's address."""

    def __init__(self, speaks: str = "PCMU", hertz: int = 0, answers: int = 200) -> None:
        self.codec = codec(speaks)
        self.hertz = hertz          # 0: silence
        self.sends = True           # False: no RTP at all
        self.answers = answers  # with 200, or 183 and nothing more, or an error
        self.dials = False          # offers telephone-event, for dial()
        self.heard = bytearray()  # payloads in order of arrival
        self.packets: list[Packet] = []
        self._news = asyncio.Event()
        self.rings = asyncio.Event()
        self.ended = asyncio.Event()
        self.call_id = str(uuid.uuid4())
        self._tag = uuid.uuid4().hex[:8]
        self._cseq = random.randrange(1, 1000)
        self._responses: dict[int, asyncio.Queue[Message]] = {}
        self.statuses: list[int] = []  # of all responses, in order
        self._remote_party = self._route = ""
        self._rtp_to: Optional[Address] = None
        self._invited: asyncio.Queue[Message] = asyncio.Queue()
        self._clicks: list[float] = []
        self._events: list[tuple[bytes, bool]] = []
        self._version = 0
        self._step: Optional[float] = None
        self._stall = 0.0
        self._arrivals: collections.deque[float] = collections.deque(maxlen=100)
        self._direction = "sendrecv"
        self._sender: Optional[asyncio.Task[None]] = None

    async def open(self) -> Phone:
        loop = asyncio.get_running_loop()
        self._sip, _ = await loop.create_datagram_endpoint(lambda: Protocol(self._on_sip), (HOST, 0))
        self._rtp, _ = await loop.create_datagram_endpoint(lambda: Protocol(self._on_rtp), (HOST, 0))
        self.port: int = self._sip.get_extra_info("sockname")[1]
        self._rtp_port: int = self._rtp.get_extra_info("sockname")[1]
        self._sender = asyncio.create_task(self._speak())
        return self

    async def close(self) -> None:
        """Closes after the call. The switch's BYE must have been answered, or the switch would repeat it."""
        if self._remote_party:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 2)
        if self._sender:
            self._sender.cancel()
        self._sip.close()
        self._rtp.close()

    # ---- commands of a test ----------------------------------------------------------------

    async def call(self, number: str, port: int, until: int = 200) -> str:
        """Calls and returns the Call-ID, which is the call's uuid in the switch, once the call has got to
        `until`."""
        self._peer = (HOST, port)
        self._remote_party, self._route = f"<sip:{number}@{HOST}:{port}>", f"sip:{number}@{HOST}:{port}"
        await self._invite(until)
        return self.call_id

    async def offer(self, speaks: Optional[str] = None, direction: str = "sendrecv") -> None:
        """Sends a re-INVITE."""
        if speaks:
            self.codec = codec(speaks)
        self._direction = direction
        await self._invite(200)

    async def hold(self) -> None:
        self.sends = False
        await self.offer(direction="sendonly")

    async def take_back(self) -> None:
        await self.offer()
        self.sends = True

    async def give_up(self) -> None:
        """Waits for the refusal of a call that was not answered."""
        number = self._cseq
        while (answer := await asyncio.wait_for(self._responses[number].get(), PATIENCE)).status < 300:
            pass
        self._remote_party = answer.get("To")
        self._request("ACK", number=number)
        self.ended.set()

    async def hang_up(self) -> None:
        self._request("BYE")
        self.ended.set()

    async def refer(self, target: str) -> None:
        """Sends a blind transfer."""
        self._request("REFER", [("Refer-To", f"<{target}>")])

    async def refer_to(self, second: Phone) -> None:
        """Sends an attended transfer: connects this call's peer to that of `second`, another call of the same
        user."""
        tags = f"to-tag={tag_of(second._remote_party)};from-tag={second._tag}"
        replaces = urllib.parse.quote(f"{second.call_id};{tags}", safe="")
        self._request("REFER", [("Refer-To", f"<{second._route}?Replaces={replaces}>"),
                                ("Referred-By", f"<sip:phone@{HOST}:{self.port}>")])

    def press(self, key: str) -> None:
        self._request("INFO", [("Content-Type", "application/dtmf-relay")], f"Signal={key}\r\nDuration=160\r\n")

    def dial(self, key: str) -> None:
        """Presses a key for 100 ms in packets of RFC 4733. The last packet is sent three times."""
        for turn in (1, 2, 3, 4, 5, 5, 5):
            last = 0x80 if turn == 5 else 0
            payload = struct.pack("!BBH", "0123456789*#ABCD".index(key), last | 10, turn * self.codec.count)
            self._events.append((payload, turn == 1))

    async def hears(self, seconds: float) -> None:
        """Waits until `seconds` more of audio have arrived."""
        goal = len(self.heard) + round(seconds * self.codec.rate) * (2 if self.codec.name == "L16" else 1)

        async def look() -> None:
            while len(self.heard) < goal:
                self._news.clear()
                await self._news.wait()
        try:
            await asyncio.wait_for(look(), PATIENCE)
        except asyncio.TimeoutError:
            raise AssertionError(f"the phone hears nothing: {len(self.heard)} of {goal} bytes") from None

    def arrived(self, byte: int) -> float:
        """The time when that byte of `heard` arrived."""
        return self.packets[bisect.bisect_right([packet.begin for packet in self.packets], byte) - 1].at

    def click(self, moment: float) -> None:
        """Clicks at that moment of the event loop's clock. Two phones with the same moment click together."""
        self._clicks.append(moment)

    def stall(self, seconds: float) -> None:
        """Delays the packets once by `seconds`. Then all that are due are sent together."""
        self._stall = seconds

    def keep_away_from(self, beat: float) -> None:
        """From now on sends half a ptime away from `beat`, at which the switch reads."""
        self._step = beat + self.codec.ptime / 2000

    def beat(self, every: float = 0.02) -> float:
        """The time when the switch writes and reads: the seconds beyond a multiple of `every` at which packets
        arrive.

        All timers of the switch of one length fire together.
        """
        turns = sum(cmath.exp(2j * math.pi * at / every) for at in self._arrivals)
        return cmath.phase(turns) / (2 * math.pi) * every

    # ---- SIP -------------------------------------------------------------------------------

    def _sdp(self) -> str:
        spoken = self.codec
        names = "" if spoken.payload < 96 else f"a=rtpmap:{spoken.payload} {spoken.name}/{spoken.rate}\r\n"
        kinds = str(spoken.payload)
        if self.dials:
            kinds += f" {EVENTS}"
            names += f"a=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-15\r\n"
        self._version += 1
        return (f"v=0\r\no=phone 1 {self._version} IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
                f"m=audio {self._rtp_port} RTP/AVP {kinds}\r\n{names}"
                f"a=ptime:{self.codec.ptime}\r\na={self._direction}\r\n")

    async def _invite(self, until: int) -> None:
        number = self._request("INVITE", body=self._sdp())
        while True:
            try:
                answer = await asyncio.wait_for(self._responses[number].get(), PATIENCE)
            except asyncio.TimeoutError:
                raise AssertionError("no answer to the INVITE") from None
            if answer.status >= 180 and answer.body:
                self._understand(answer)
            if answer.status >= 200:
                self._remote_party = answer.get("To")
                self._request("ACK", number=number)
                if answer.status != 200:
                    raise AssertionError(f"INVITE: {answer.first}")
                return
            if answer.status >= until:
                return

    def _request(self, method: str, headers: list[tuple[str, str]] = [], body: str = "",
                 number: Optional[int] = None) -> int:
        if number is None:
            self._cseq += 1
            number = self._cseq
            self._responses[number] = asyncio.Queue()
        self._send([f"{method} {self._route} SIP/2.0"],
                   [("Via", f"SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{uuid.uuid4().hex};rport"),
                    ("Max-Forwards", "70"), ("From", self._own_party()), ("To", self._remote_party),
                    ("Call-ID", self.call_id), ("CSeq", f"{number} {method}"),
                    ("Contact", f"<sip:phone@{HOST}:{self.port}>"), *headers], body, self._peer)
        return number

    def _own_party(self) -> str:
        return f"<sip:phone@{HOST}:{self.port}>;tag={self._tag}"

    def _respond(self, request: Message, status: int, to: Address, body: str = "") -> None:
        party = request.get("To")
        if "tag=" not in party:
            party += f";tag={self._tag}"
        copied = [("Via", via) for via in request.all("Via")]
        copied += [(name, request.get(name)) for name in ("From", "Call-ID", "CSeq")]
        self._send([f"SIP/2.0 {status} Answer"],
                   copied + [("To", party), ("Contact", f"<sip:phone@{HOST}:{self.port}>")], body, to)

    def _send(self, first: list[str], headers: list[tuple[str, str]], body: str, to: Address) -> None:
        if body and "Content-Type" not in dict(headers):
            headers = headers + [("Content-Type", "application/sdp")]
        lines = first + [f"{name}: {value}" for name, value in headers] + [f"Content-Length: {len(body)}"]
        self._sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), to)

    def _on_sip(self, data: bytes, address: Address) -> None:
        if not data.strip():
            return
        message = Message(data)
        if message.status:
            self.statuses.append(message.status)
            queue = self._responses.get(message.number)
            if queue and message.method != "BYE":
                queue.put_nowait(message)
            return
        if message.method == "INVITE":
            self._on_invite(message, address)
        elif message.method in ("BYE", "CANCEL"):
            self._respond(message, 200, address)
            self.ended.set()
        elif message.method != "ACK":
            self._respond(message, 200, address)

    def _on_invite(self, message: Message, address: Address) -> None:
        first = not self._remote_party
        self._peer = address
        self.call_id, self._remote_party = message.get("Call-ID"), message.get("From")
        self._route = (re.search(r"<([^>]+)>", message.get("Contact")) or [""])[1]
        if first and self.answers != 200:
            if self.answers == 183:
                self._understand(message)
            self._respond(message, self.answers, address, self._sdp() if self.answers == 183 else "")
            self._waiting = (message, address)
            self.rings.set()
            return
        self._understand(message)
        theirs = self._their_direction(message)
        self._direction = {"sendonly": "recvonly", "inactive": "inactive"}.get(theirs, "sendrecv")
        self._respond(message, 200, address, self._sdp())

    def answer(self) -> None:
        """Answers a call that has early media or rings."""
        message, address = self._waiting
        self._understand(message)
        self._respond(message, 200, address, self._sdp())

    @staticmethod
    def _their_direction(message: Message) -> str:
        found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\r?$", message.body, re.M)
        return found[1] if found else "sendrecv"

    def _understand(self, message: Message) -> None:
        """Reads the peer's address, and the payload types it gave to this phone's codecs."""
        port = re.search(r"^m=audio (\d+)", message.body, re.M)
        host = re.search(r"^c=IN IP4 (\S+)", message.body, re.M)
        if port and host:
            self._rtp_to = (host[1].strip(), int(port[1]))
        named = re.search(rf"^a=rtpmap:(\d+) {self.codec.name}/{self.codec.rate}", message.body, re.M)
        if named and self.codec.payload >= 96:
            self.codec = replace(self.codec, payload=int(named[1]))

    # ---- RTP -------------------------------------------------------------------------------

    def _on_rtp(self, data: bytes, _: Address) -> None:
        if len(data) > 12 and data[1] & 0x7F == self.codec.payload:
            sequence, stamp = struct.unpack("!HI", data[2:8])
            now = asyncio.get_running_loop().time()
            self.packets.append(Packet(now, sequence, stamp, len(self.heard)))
            self.heard += data[12:]
            self._arrivals.append(now)
            self._news.set()

    async def _speak(self) -> None:
        """Sends one packet each ptime by the clock. After a stall sends all that are due at once."""
        clock = asyncio.get_running_loop().time
        sequence, stamp, source, position = random.randrange(60000), random.randrange(2**31), random.getrandbits(32), 0
        due, began = clock(), stamp
        while True:
            current = self.codec
            length = current.ptime / 1000
            if self._step is not None:
                due += (self._step - due) % length
                self._step = None
                await asyncio.sleep(due - clock())
            if self._stall:
                await asyncio.sleep(self._stall)
                self._stall = 0.0
            samples = self._samples(current, position, due - length)
            if self._rtp_to and self._events:
                payload, first = self._events.pop(0)
                began = stamp if first else began
                kind = EVENTS | (0x80 if first else 0)
                packet = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, began & 0xFFFFFFFF, source)
                self._rtp.sendto(packet + payload, self._rtp_to)
                sequence += 1
            elif self._rtp_to and self.sends:
                packet = struct.pack("!BBHII", 0x80, current.payload, sequence & 0xFFFF, stamp & 0xFFFFFFFF, source)
                self._rtp.sendto(packet + sounds.encoded(current.name, samples), self._rtp_to)
                sequence += 1
            position += current.count
            stamp += current.count
            due += length
            await asyncio.sleep(due - clock())

    def _samples(self, current: Codec, position: int, spoken: float) -> list[int]:
        """The samples of a packet whose first sample is spoken at `spoken`."""
        samples = [0] * current.count
        if self.hertz:
            step = 2 * math.pi * self.hertz / current.rate
            samples = [round(8000 * math.sin(step * (position + i))) for i in range(current.count)]
        for moment in list(self._clicks):
            at = round((moment - spoken) * current.rate)
            if at < current.count:
                self._clicks.remove(moment)
                at = max(at, 0)
                samples[at:at + 8] = ([24000, -24000] * 4)[:current.count - at]
        return samples
