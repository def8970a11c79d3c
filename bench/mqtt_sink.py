"""As much of an MQTT broker (3.1.1 and 5, OASIS) as one publishing client needs; it knows no topic's meaning.

It takes what is published and says when; it keeps nothing and forwards nothing.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP = 8, 9, 10, 11, 12, 13
FIVE = 5

Say = Callable[[str, bytes], None]
"""Publishes to the client: topic, payload."""
Heard = Callable[[str, bytes, Say], None]


@dataclass(slots=True)
class Sink:
    """Serves one port of loopback; `heard` is called with everything that is published."""

    heard: Heard
    port: int = 0
    _server: asyncio.Server | None = None
    _clients: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen; `port` is known afterwards."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Let everyone go."""
        if self._server is not None:
            self._server.close()
        for writer in self._clients:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        version = 4
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (first,) = await reader.readexactly(1)
                body = await reader.readexactly(await _length(reader))
                if first >> 4 == CONNECT:
                    version = body[2 + int.from_bytes(body[:2])]
                self._answer(first, body, version, writer)
        self._clients.discard(writer)
        writer.close()

    def _answer(self, first: int, body: bytes, version: int, writer: asyncio.StreamWriter) -> None:
        none = b"\0" if version == FIVE else b""  # no properties
        kind = first >> 4
        if kind == CONNECT:
            writer.write(_packet(CONNACK << 4, b"\0\0" + none))
        elif kind == PUBLISH:
            self._take(first, body, version, writer)
        elif kind == SUBSCRIBE:
            count = _filters(body[2 + len(none) :])
            writer.write(_packet(SUBACK << 4, body[:2] + none + b"\0" * count))
        elif kind == UNSUBSCRIBE:
            writer.write(_packet(UNSUBACK << 4, body[:2] + none))
        elif kind == PINGREQ:
            writer.write(_packet(PINGRESP << 4, b""))

    def _take(self, first: int, body: bytes, version: int, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(body[:2])
        topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
        if first >> 1 & 3:
            writer.write(_packet(PUBACK << 4, rest[:2]))
            rest = rest[2:]
        if version == FIVE:
            rest = rest[1 + rest[0] :]

        def say(topic: str, payload: bytes) -> None:
            name = topic.encode()
            properties = b"\0" if version == FIVE else b""
            writer.write(_packet(PUBLISH << 4, len(name).to_bytes(2) + name + properties + payload))

        self.heard(topic, rest, say)


async def _length(reader: asyncio.StreamReader) -> int:
    total = shift = 0
    while True:
        (byte,) = await reader.readexactly(1)
        total |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return total


def _packet(first: int, body: bytes) -> bytes:
    size, rest = b"", len(body)
    while True:
        rest, low = rest >> 7, rest & 0x7F
        size += bytes([low | (0x80 if rest else 0)])
        if not rest:
            return bytes([first]) + size + body


def _filters(body: bytes) -> int:
    count = place = 0
    while place < len(body):
        place += 3 + int.from_bytes(body[place : place + 2])
        count += 1
    return count
