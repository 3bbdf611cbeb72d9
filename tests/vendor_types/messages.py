"""The messages of a dialect: those of its strict script, and those that its templates make."""
from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests/contract/dialects"
RULES = ROOT / "conf/dialects"

AUDIO = "//7//w=="
# For the patterns of the scripts ("~..."): the first that matches.
SAMPLES = ("0", "AC" + "0" * 32, "MZ" + "0" * 32, "CA" + "0" * 32, "0" * 32, "01234567-89ab-cdef-0123-456789abcdef", "x")
# What a placeholder of a template stands for, unless the script sets its variable. Any other is "x".
VALUES = {
    "audio": AUDIO, "rate": "16000", "mix": "mono", "digit": "5", "duration-ms": "200", "duration-8k": "1600",
    "item-heard-ms": "7", "frames": "7", "outcome": "playout", "language": "en", "direction": "inbound",
    "parameters": '{"tier":"gold"}', "ping_event.event_id": "12", "handle": "h",
}


@dataclass(frozen=True)
class Message:
    where: str
    content: object  # a JSON value, or a text that is no JSON


# ---- scripts ----------------------------------------------------------------------------------


def filled(pattern: object) -> object:
    if isinstance(pattern, dict):
        return {name: filled(value) for name, value in pattern.items()}
    if isinstance(pattern, list):
        return [filled(value) for value in pattern]
    if pattern == "$audio":
        return AUDIO
    if pattern == "#number":
        return 7
    if isinstance(pattern, str) and pattern.startswith("~"):
        return next(sample for sample in SAMPLES if re.fullmatch(pattern[1:], sample))
    return pattern


def script(dialect: str) -> dict:
    return json.loads((SCRIPTS / f"{dialect}.json").read_text())


def steps(dialect: str) -> Iterator[tuple[str, str, object]]:
    for number, step in enumerate(script(dialect)["steps"], 1):
        for kind, content in step.items():
            yield f"{dialect}.json, step {number}", kind, content


def told(dialect: str) -> Iterator[Message]:
    """What we send, as the script has it."""
    for where, kind, content in steps(dialect):
        if kind == "told" or (kind == "told_words" and content):
            yield Message(where, filled(content))
        elif kind == "audio" and "told" in content:
            yield Message(where, filled(content["told"]))


def said(dialect: str) -> Iterator[Message]:
    """What the server sends, as the script has it: the members that the dialect reads."""
    for where, kind, content in steps(dialect):
        if kind in ("say", "say_binary"):
            yield Message(where, content)
        elif kind == "say_audio" and "in" in content:
            yield Message(where, filled(content["in"]))


# ---- templates --------------------------------------------------------------------------------


def pieces(template: str) -> Iterator[tuple[str, str]]:
    """("text", ...) and ("placeholder", ...)"""
    at = 0
    while (begin := template.find("${", at)) >= 0:
        yield "text", template[at:begin]
        depth, at = 1, begin + 2
        while depth:
            depth += {"{": 1, "}": -1}.get(template[at], 0)
            at += 1
        yield "placeholder", template[begin + 2:at - 1]
    yield "text", template[at:]


def render(template: str, values: dict[str, str], least: bool) -> str:
    """With no value that may be left out, if `least`."""
    made, wanted = "", [True]
    for kind, words in pieces(template):
        form, _, name = words.partition(":")
        if kind == "text":
            made += words if all(wanted) else ""
        elif words == "end":
            wanted.pop()
        elif form in ("when", "unless"):
            name, compared, value = name.partition("=")
            have = not least and (not compared or values.get(name, "x") == value)
            wanted.append(have == (form == "when"))
        elif all(wanted):
            name, has_default, default = words.removeprefix("raw:").removeprefix("json:").partition(":-")
            if name.startswith("q:"):
                made += "null" if least else json.dumps(values.get(name[2:], "x"))
            else:
                made += default if has_default and least else values.get(name, "x")
    return made


def sent(dialect: str) -> Iterator[Message]:
    """What the templates make: with no value that may be left out, with each, and with STREAM_GREETING=true."""
    values = VALUES | {name.removeprefix("STREAM_").lower(): value if isinstance(value, str) else json.dumps(value)
                       for name, value in script(dialect).get("variables", {}).items()}
    values["instructions"] = "x"  # needs no escapes
    for rule in ElementTree.parse(RULES / f"{dialect}.xml").iter():
        if rule.tag not in ("send", "on", "each-item", "ack", "played") and (rule.tag, rule.get("as")) != ("up", "text"):
            continue
        for how, given, least in (("least", {}, True), ("all", {"greeting": "x"}, False),
                                  ("greeting=true", {"greeting": "true"}, False)):
            text = render(rule.text or "", values | given, least).strip()
            if not text:
                continue
            where = f"{dialect}.xml, <{rule.tag}> {' '.join(rule.attrib.values())}, {how}"
            try:
                yield Message(where, json.loads(text))
            except json.JSONDecodeError:
                yield Message(where, text)
