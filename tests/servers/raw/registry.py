"""The scenarios by name. A scenario is a coroutine function; its docstring is its description."""

from __future__ import annotations

import dataclasses
import urllib.parse
from typing import TYPE_CHECKING, Awaitable, Callable, Dict, List

if TYPE_CHECKING:
    from .client import Client

Play = Callable[["Client"], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    play: Play
    reads_request: bool

    @property
    def description(self) -> str:
        return " ".join((self.play.__doc__ or "").split())


@dataclasses.dataclass(frozen=True)
class Choice:
    """A scenario with its parameters, from "name?parameter=value&..."."""

    scenario: Scenario
    parameters: Dict[str, str]


SCENARIOS: Dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Play], Play]:
    """Registers a scenario that runs after the request was read. The request's path may select it."""
    return _register(name, reads_request=True)


def before_request(name: str) -> Callable[[Play], Play]:
    """Registers a scenario that runs once TCP connects. Only --scenario or a command can select it."""
    return _register(name, reads_request=False)


def _register(name: str, reads_request: bool) -> Callable[[Play], Play]:
    def register(play: Play) -> Play:
        assert name not in SCENARIOS, f"two scenarios named {name}"
        SCENARIOS[name] = Scenario(name, play, reads_request)
        return play

    return register


def choose(target: str) -> Choice:
    """Finds a scenario. Raises KeyError for an unknown name. An empty name means "normal"."""
    name, _, query = target.lstrip("/").partition("?")
    found = SCENARIOS.get(urllib.parse.unquote(name) or "normal")
    if found is None:
        raise KeyError(f"no scenario named {name!r}")
    return Choice(found, dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))


def listing() -> List[Dict[str, object]]:
    return [{"name": item.name, "reads_request": item.reads_request, "description": item.description}
            for item in SCENARIOS.values()]
