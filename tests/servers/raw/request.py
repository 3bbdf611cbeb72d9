"""The opening handshake: the client's request and the answers to it, right and wrong."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from typing import Dict, List, Optional, Tuple

HANDSHAKE_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3


@dataclasses.dataclass(frozen=True)
class Request:
    raw: bytes
    target: str  # path and query as received, each byte as one (Latin-1) character
    headers: List[Tuple[str, str]]

    @staticmethod
    def parse(raw: bytes) -> "Request":
        lines = raw.decode("latin-1").split("\r\n")
        pieces = lines[0].split(" ")
        fields = (line.partition(":") for line in lines[1:] if line)
        return Request(raw, pieces[1] if len(pieces) > 1 else "",
                       [(name, value.strip()) for name, _, value in fields])

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    def offers_deflate(self) -> bool:
        return "permessage-deflate" in self.header("Sec-WebSocket-Extensions")

    def accept_key(self) -> str:
        key = self.header("Sec-WebSocket-Key").encode("latin-1")
        return base64.b64encode(hashlib.sha1(key + HANDSHAKE_KEY).digest()).decode("ascii")


NO_REQUEST = Request(b"", "", [])


def upgrade(request: Request, status: str = "101 Switching Protocols", **changes: Optional[str]) -> bytes:
    """The correct answer with changes: Some_Header="..." sets a header, None omits it."""
    headers: Dict[str, Optional[str]] = {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": request.accept_key()}
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    return response(status, {name: value for name, value in headers.items() if value is not None})


def refusal(status: str, **headers: str) -> bytes:
    """An answer with a short body, after which the server closes."""
    body = f"{status}\n"
    fields = {"Content-Type": "text/plain", "Content-Length": str(len(body)), "Connection": "close"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response(status, fields, body)


def response(status: str, headers: Dict[str, str], body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", body]
    return "\r\n".join(lines).encode("latin-1")
