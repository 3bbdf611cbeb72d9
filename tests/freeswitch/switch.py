"""A FreeSWITCH of its own for tests. This file has its whole configuration. Its folder is deleted at the end."""
from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any, Optional
from xml.sax.saxutils import quoteattr

from event_socket import HOST, PATIENCE, Commands, Event, EventSocket
from running import Installation

OURS = "mod_audio_stream"
LEAST_MODULES = ("logfile", "commands", "dptools", "loopback", "tone_stream", "sndfile")
ALL_MODULES = LEAST_MODULES + ("dialplan_xml", "native_file", "spandsp", "opus", "conference", "fifo",
                               "voicemail", "say_en", "sofia")
EVENTS = ("CHANNEL_ANSWER CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP_COMPLETE CHANNEL_HOLD "
          "CHANNEL_UNHOLD CODEC PLAYBACK_START RECORD_START RECORD_STOP MODULE_LOAD MODULE_UNLOAD CUSTOM "
          "fifo::info conference::maintenance "
          + " ".join(f"{OURS}::{name}" for name in ("connect", "disconnect", "error", "json", "play", "gap",
                                                      "playback")))

# Completed by ",<hertz>)". The switch generates it in memory first, so a longer one would stall the switch.
TONE = "tone_stream://%(30000,0"

# A start that waits for media. The server's URL is a global variable, and $2 its path.
START = "start~wait-media=60000~${stream_server}$2~stereo~8k"

# The number that is called, and the applications that run. $1 is the part in brackets.
DIALPLAN = {
    r"^tone-(\d+)$": "answer playback={tone},$1)",
    r"^early-(\d+)$": "pre_answer playback={tone},$1)",
    r"^park$": "answer park",
    r"^early$": "pre_answer park",
    r"^nomedia$": "park",
    r"^ivr$": "answer playback={tone},400)",
    r"^recorded$": "answer set=RECORD_STEREO=true record_session={home}/${uuid}-session.wav park",
    r"^rate-(\d+)$": "answer set=record_sample_rate=$1 record={home}/rate-$1.wav",
    r"^conference-(\d+)$": "answer conference=$1@default",
    r"^fifo-(\d+)$": "answer fifo=queue-$1~in~undef~{tone},500)",
    r"^agent-(\d+)$": "answer fifo=queue-$1~out~nowait",
    r"^voicemail$": "answer set=skip_greeting=true set=skip_instructions=true voicemail=default~localhost~1000",
    r"^bridge-(\d+)$": "bridge={sofia}/sip:phone@{host}:$1",
    # The called party may transfer the call to the second number with *1.
    r"^att_xfer-(\d+)-(\d+)$": "bind_meta_app=1~b~s~att_xfer::{sofia}/sip:phone@{host}:$2 "
                               "bridge={sofia}/sip:phone@{host}:$1",
    r"^waits-(answer)-([-0-9a-f]+)$": "audio_stream={start} answer park",
    r"^waits-(pre_answer)-([-0-9a-f]+)$": "audio_stream={start} pre_answer park",
    r"^execute-(answer|media|pre_answer)-([-0-9a-f]+)$": "set=execute_on_$1=audio_stream~{start} pre_answer answer park",
    r"^api-(answer|media|pre_answer)-([-0-9a-f]+)$": "set=api_on_$1=uuid_audio_stream~${uuid}~{start} pre_answer answer park",
    r"^waits-bridge-(\d+)-([-0-9a-f]+)$": "audio_stream={start} bridge={sofia}/sip:phone@{host}:$1",
    r"^other-leg-(\d+)-([-0-9a-f]+)$": "export=nolocal:execute_on_media=audio_stream~{start} "
                                       "bridge={sofia}/sip:phone@{host}:$1",
    r"^bypass-(\d+)$": "set=bypass_media=true bridge={sofia}/sip:phone@{host}:$1",
    r"^proxy-(\d+)$": "set=proxy_media=true bridge={sofia}/sip:phone@{host}:$1",
}


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def free_sip_port() -> int:
    """SIP needs the port for UDP and TCP, and sofia reports nothing if it does not get it."""
    while True:
        port = free_port(socket.SOCK_DGRAM)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


class Switch:
    """Runs from `start` to `stop`. `api` runs a command, `wait` waits for an event."""

    def __init__(self, installed: Installation, modules: tuple[str, ...] = ALL_MODULES,
                 levels: str = "warning,err,crit,alert") -> None:
        self.installed = installed
        self.levels = levels
        # The event socket is loaded last, so once a client can connect everything is loaded.
        self.modules = modules + ("event_socket",)
        self.folder = tempfile.TemporaryDirectory(prefix="audio_stream.", ignore_cleanup_errors=True)
        self.home = Path(self.folder.name)
        self.socket_port = free_port()
        self.sip_port = free_sip_port()
        self.password = secrets.token_hex()

    def configure(self, text: str) -> None:
        """Writes the module's configuration file. A running switch reads it with reloadxml."""
        folder = self.home / "conf" / "autoload_configs"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "audio_stream.conf.xml").write_text(text)

    async def start(self) -> None:
        arguments = [str(self.installed.program), "-nf", "-nc", "-nonat"]
        for purpose in ("conf", "log", "db", "run", "temp", "recordings", "storage", "cache", "mod"):
            (self.home / purpose).mkdir(exist_ok=True)
            arguments += [f"-{purpose}", str(self.home / purpose)]
        self._link_modules()
        (self.home / "conf" / "freeswitch.xml").write_text(self.configuration())
        self.output = (self.home / "output").open("wb")
        self.process = await asyncio.create_subprocess_exec(
            *arguments, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        self.socket = await asyncio.wait_for(self._connected(), 60)
        self.commands = Commands(self.socket_port, self.password)
        await self.socket.command(f"event json {EVENTS}")
        if "sofia" in self.modules and "RUNNING" not in await self.api("sofia status"):
            raise RuntimeError("FreeSWITCH takes no calls: " + self.log())

    def _link_modules(self) -> None:
        for name in self.modules:
            file = f"mod_{name}.so"
            (self.home / "mod" / file).symlink_to(self.installed.modules / file)
        (self.home / "mod" / f"{OURS}.so").symlink_to(self.installed.ours)

    async def _connected(self) -> EventSocket:
        # Polls, because the event socket is the only sign that the core is up.
        while self.process.returncode is None:
            try:
                return await EventSocket.connect(self.socket_port, self.password)
            except (ConnectionRefusedError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
        raise RuntimeError("FreeSWITCH did not start: " + self.log())

    async def stop(self) -> int:
        """Stops the switch and returns its exit status."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 30)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()
        await self.socket.close()
        await self.commands.close()
        self.output.close()
        self.folder.cleanup()
        return int(self.process.returncode or 0)

    # ---- commands of a test ----------------------------------------------------------------

    async def api(self, line: str) -> str:
        return await self.commands.api(line)

    async def must(self, line: str) -> str:
        answer = await self.api(line)
        if answer.startswith(("-ERR", "-USAGE")):
            raise AssertionError(f"{line}: {answer}")
        return answer

    def sip(self, number: str) -> str:
        """A dial string of this switch itself: a call out of it and into it, over SIP and RTP."""
        return f"sofia/test/sip:{number}@{HOST}:{self.sip_port}"

    async def originate(self, dial: str, application: str = "&park()", **variables: object) -> str:
        """Makes a call and returns its uuid once it was answered."""
        call = str(uuid.uuid4())
        variables = {"origination_uuid": call, "ignore_early_media": "true", **variables}
        listed = "|".join(f"{name}={value}" for name, value in variables.items())
        await self.must(f"originate {{^^|{listed}}}{dial} {application}")
        return call

    async def wait(self, name: str, call: Optional[str] = None, after: int = 0,
                   patience: float = PATIENCE, **headers: str) -> Event:
        """Waits for an event of this name, or CUSTOM subclass, of this call, with these headers ("_" for "-")."""
        wanted = {key.replace("_", "-"): value for key, value in headers.items()}
        if call:
            wanted["Unique-ID"] = call

        def fits(event: Event) -> bool:
            return (name in (event["Event-Name"], event.get("Event-Subclass"))
                    and all(event.get(key) == value for key, value in wanted.items()))
        return await self.socket.wait(fits, f"{name} {wanted}", after, patience)

    def mark(self) -> int:
        """For `after`: only events from now on."""
        return len(self.socket.events)

    def log(self) -> str:
        files = [self.home / "output", self.home / "log" / "freeswitch.log"]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    # ---- configuration ---------------------------------------------------------------------

    def configuration(self) -> str:
        rtp = random.randrange(16000, 31000, 2)
        loads = "".join(f'<load module="mod_{name}"/>' for name in self.modules)
        return f"""<document type="freeswitch/xml">
<section name="configuration">
<configuration name="modules.conf"><modules>{loads}</modules></configuration>
<configuration name="switch.conf">{params("settings", loglevel="debug", **{"1ms-timer": True}, rtp_start_port=rtp,
                                          rtp_end_port=rtp + 1000, sessions_per_second=1000)}</configuration>
<configuration name="logfile.conf"><profiles><profile name="default"><mappings>
<map name="all" value="{self.levels}"/></mappings></profile></profiles></configuration>
<configuration name="event_socket.conf">{params("settings", listen_ip=HOST, listen_port=self.socket_port,
                                                password=self.password)}</configuration>
<configuration name="sofia.conf"><profiles><profile name="test">
{params("settings", sip_ip=HOST, rtp_ip=HOST, sip_port=self.sip_port, dialplan="XML", context="calls",
        auth_calls=False, manage_presence=False, disable_transcoding=False, inbound_use_callid_as_uuid=True,
        inbound_codec_prefs=ACCEPTED, outbound_codec_prefs=CODECS, inbound_codec_negotiation="greedy",
        rtp_timer_name="soft", enable_100rel=False, inbound_late_negotiation=True,
        liberal_dtmf=True)}
</profile></profiles></configuration>
<configuration name="conference.conf"><profiles><profile name="default">{params("", rate=8000, interval=20)}</profile>
</profiles></configuration>
<configuration name="voicemail.conf"><profiles><profile name="default"/></profiles></configuration>
<configuration name="fifo.conf"/>
<X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
</section>
<section name="directory"><domain name="localhost"><user id="1000"/></domain></section>
<section name="dialplan"><context name="calls">{''.join(map(self._extension, DIALPLAN.items()))}</context></section>
</document>
"""

    def _extension(self, entry: tuple[str, str]) -> str:
        pattern, applications = entry
        actions = ""
        for word in applications.split():
            name, _, data = word.partition("=")
            data = (data.replace("{start}", START).replace("~", " ").replace("{home}", str(self.home)).replace("{host}", HOST)
                    .replace("{tone}", TONE)
                    .replace("{sofia}", "sofia/test"))
            actions += f"<action application={quoteattr(name)} data={quoteattr(data)}/>"
        return (f'<extension name={quoteattr(pattern)}><condition field="destination_number" '
                f'expression={quoteattr(pattern)}>{actions}</condition></extension>')


CODECS = "PCMU,PCMA,G722,L16,L16@16000h,OPUS"
# mod_opus has no frames of 60 ms at 48000 Hz. Other ptimes would each need a media line of their own.
ACCEPTED = CODECS + ",OPUS@16000h@60i,OPUS@8000h@60i"


def params(around: str, **values: Any) -> str:
    def written(value: Any) -> str:
        return quoteattr(str(value).lower() if isinstance(value, bool) else str(value))
    inside = "".join(f'<param name="{name.replace("_", "-")}" value={written(value)}/>'
                     for name, value in values.items())
    return f"<{around}>{inside}</{around}>" if around else inside
