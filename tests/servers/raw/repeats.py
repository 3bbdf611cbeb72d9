"""Scenarios whose connections differ: a server that fails at first and then works."""

from __future__ import annotations

import collections
import dataclasses
from typing import Counter

from . import registry
from .client import Client
from .flows import normal
from .registry import scenario

connections: Counter[str] = collections.Counter()


@scenario("at-first")
async def at_first(client: Client) -> None:
    """plays play=<scenario, with its own query percent-encoded> for the first n=1 connections of
    case=<any name>, then is normal"""
    case = client.parameter("case", "")
    connections[case] += 1
    if connections[case] > client.parameter("n", 1):
        await normal(client)
        return
    choice = registry.choose(client.parameter("play", ""))
    client.parameters = choice.parameters
    await choice.scenario.play(client)
