#!/usr/bin/python3
"""Checks the dialects' messages with the types that the vendors publish: vendor_types_test.py [FOLDER]

    FOLDER      where the packages of package.json are, or will be; default build/vendor_types
    --install   installs them there with npm, which takes a minute and 250 MB
    --show      prints each message

Writes a TypeScript file for each dialect, in which each message is a constant of the vendor's type, and lets the
compiler decide. Of each message there are also variants with a member that the vendor does not know, which the compiler
must refuse. Exits with 77 and the reason if the packages are not installed.
"""
from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contracts import CONTRACTS, Contract, Misfit
from messages import ROOT, Message, said, sent, told

HERE = Path(__file__).resolve().parent
SKIPPED = 77
SETTINGS = {"compilerOptions": {
    "strict": True, "noEmit": True, "skipLibCheck": True, "module": "preserve", "moduleResolution": "bundler",
    "target": "es2023", "lib": ["es2023", "dom"], "types": ["node"], "esModuleInterop": True}}


def missing(folder: Path) -> list[str]:
    """The packages that are not there in their version."""
    def version(name: str) -> str:
        file = folder / "node_modules" / name / "package.json"
        return json.loads(file.read_text())["version"] if file.exists() else ""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    return [f"{name}@{number}" for name, number in wanted.items() if version(name) != number]


def install(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    subprocess.run(["npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-package-lock", "--no-audit",
                    "--no-fund", "--loglevel=error"], cwd=folder, check=True)


def in_its_names(contract: Contract, value: object) -> object:
    """`value` with the names that the package gives its members."""
    if not contract.camel_case:
        return value
    if isinstance(value, list):
        return [in_its_names(contract, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {contract.names.get(name, re.sub("[-_](.)", lambda letter: letter[1].upper(), name)):
            in_its_names(contract, each) for name, each in value.items()}


def spoiled(value: object, opened: tuple[str, ...], path: str = "") -> Iterator[object]:
    """`value` with a member too many, in each of its objects."""
    if isinstance(value, dict):
        if path not in opened:
            yield value | {"surplus": 1}
        for name, each in value.items():
            below = f"{path}.{name}".lstrip(".")
            if below not in opened:
                yield from (value | {name: variant} for variant in spoiled(each, opened, below))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from (value[:at] + [variant] + value[at + 1:] for variant in spoiled(each, opened, path))


@dataclass
class File:
    """A TypeScript file. `sources` says where the message of a line is from."""
    lines: list[str] = field(default_factory=lambda: ["import type { Closed, Narrow, Part, Wire } from './wire';"])
    sources: dict[int, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def name_of(self, type_: str) -> str:
        if type_ not in self.types:
            self.types[type_] = name = f"Type{len(self.types)}"
            self.lines += [f"type {name} = {type_};", f"export const narrow{name}: Narrow<{name}> = true;"]
        return self.types[type_]

    def add(self, type_: str, value: object, source: str, refused: bool = False) -> None:
        name = self.name_of(type_)
        if refused:
            self.lines.append("// @ts-expect-error")
            self.sources[len(self.lines)] = source
        self.lines.append(f"export const m{len(self.lines)}: {name} = {json.dumps(value)};")
        self.sources[len(self.lines)] = source


@dataclass
class Count:
    messages: int = 0
    refused: int = 0
    untyped: int = 0
    heard: int = 0


def typed(of: str | Callable | None, message: Message) -> tuple[str, object] | None:
    return of(message.content) if callable(of) else (of, message.content) if of else None


def without_repeats(messages: Iterator[Message]) -> list[Message]:
    first: dict[str, Message] = {}
    for each in messages:
        first.setdefault(json.dumps(each.content, sort_keys=True), each)
    return list(first.values())


def excused(contract: Contract, content: object) -> Misfit | None:
    text = json.dumps(content, separators=(",", ":"))
    return next((misfit for misfit in contract.misfits if misfit.has in text), None)


def write(dialect: str, contract: Contract, file: File, show: bool) -> Count:
    count = Count()
    for message in without_repeats(each for way in (told, sent) for each in way(dialect)):
        pair = typed(contract.client, message)
        if pair is None:
            count.untyped += 1
            continue
        type_, content = pair[0], in_its_names(contract, pair[1])
        misfit = excused(contract, content)
        source = message.where + (f" (a misfit: {misfit.reason})" if misfit else "")
        if show:
            print(f"{source}: {json.dumps(message.content)}")
        file.add(type_, content, source, refused=misfit is not None)
        count.messages += 1
        for variant in spoiled(content, contract.open) if misfit is None else ():
            file.add(type_, variant, f"{source}, with a member that the type should refuse: {variant}", refused=True)
            count.refused += 1
    for message in without_repeats(said(dialect)):
        if pair := typed(contract.server, message):
            file.add(f"Part<{pair[0]}>", in_its_names(contract, pair[1]), message.where)
            count.heard += 1
    return count


def azure_differences(folder: Path) -> list[str]:
    """Azure's types have other names than its messages, so its serializer must make of ours what they were."""
    contract = CONTRACTS["azure-voice-live"]
    messages = without_repeats(each for way in (told, sent) for each in way("azure-voice-live"))
    done = subprocess.run(["node", str(HERE / "azure_round_trip.mjs"), str(folder / "node_modules")], check=True, text=True,
                          input=json.dumps([in_its_names(contract, each.content) for each in messages]), capture_output=True)
    return [f"{message.where}: Azure's serializer makes {json.dumps(made)} of {json.dumps(message.content)}"
            for message, made in zip(messages, json.loads(done.stdout), strict=True) if made != message.content]


def compile_all(folder: Path, files: dict[str, File]) -> list[str]:
    """Returns what the compiler says, with the message it says it of."""
    work = folder / "checked"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shutil.copy(HERE / "wire.d.ts", work)
    (work / "tsconfig.json").write_text(json.dumps(SETTINGS))
    for dialect, file in files.items():
        (work / f"{dialect}.ts").write_text("\n".join(file.lines) + "\n")
    done = subprocess.run([str(folder / "node_modules/.bin/tsc"), "--project", str(work), "--pretty", "false"], cwd=work,
                          capture_output=True, text=True)
    wrong = []
    for line in (done.stdout + done.stderr).splitlines():
        if found := re.match(r"(\S+)\.ts\((\d+),\d+\): error (.*)", line):
            wrong.append(f"{files[found[1]].sources.get(int(found[2]), f'{found[1]}.ts, line {found[2]}')}: {found[3]}")
        elif line.strip():
            wrong.append(f"    {line.strip()}")
    return wrong or ([f"tsc ended with {done.returncode}"] if done.returncode else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build/vendor_types")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.install:
        install(folder)
    if lacking := missing(folder):
        print(f"skipped: {folder} has no {', '.join(lacking)}; --install installs them")
        return SKIPPED
    files = {dialect: File() for dialect in CONTRACTS}
    for dialect, contract in CONTRACTS.items():
        count = write(dialect, contract, files[dialect], options.show)
        print(f"{dialect} ({contract.package}): {count.messages} messages, {count.refused} variants of them to refuse, "
              f"{count.heard} of the server, {count.untyped} without a type")
    wrong = compile_all(folder, files) + azure_differences(folder)
    print("\n".join(wrong) if wrong else "Each message fits its vendor's type, or is a misfit that contracts.py names.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
