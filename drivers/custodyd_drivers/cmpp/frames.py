"""CMPP 2.0 and 3.0 packets as bytes and back (China Mobile, Peer to Peer Protocol §7): pure; no socket, no clock.

A packet is a header of twelve octets (length, command, sequence, big-endian) and a body whose text fields have fixed
widths, filled with zeros. An answer carries its question's command with the highest bit set, and its sequence. Nothing
here raises anything but Garbled, whatever the bytes.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from hashlib import md5

from custodyd_drivers.errors import Garbled

HEADER = struct.Struct(">III")
LONGEST = 4096
"""Octets of one packet: a SUBMIT to a hundred recipients has fewer."""
ANSWER = 0x8000_0000


class Version(IntEnum):
    """What CONNECT asks for, as its octet: high half the number before the point."""

    V2 = 0x20
    V3 = 0x30


class Command(IntEnum):
    """Command_Id of a request."""

    CONNECT = 1
    TERMINATE = 2
    SUBMIT = 4
    DELIVER = 5
    ACTIVE_TEST = 8


_KNOWN = frozenset(int(command) for command in Command)


@dataclass(frozen=True, slots=True)
class Packet:
    """A header without its length, and the body."""

    command: int
    sequence: int
    body: bytes = b""

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request."""
        return self.command >= ANSWER

    @property
    def request(self) -> int:
        """The Command_Id without the bit that marks answers."""
        return self.command & ~ANSWER

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.sequence) + self.body

    def answered(self, body: bytes = b"") -> "Packet":
        """The answer to this request."""
        return Packet(self.command | ANSWER, self.sequence, body)


class Cutter:
    """Cuts a stream into packets, in any split; raises Garbled at the first octets that can be no packet."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def halfway(self) -> bool:
        """Whether a packet has begun and not ended."""
        return bool(self._heard)

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are complete now. A stream that was garbled once has lost its place for good."""
        self._heard += data
        found: list[Packet] = []
        while len(self._heard) >= HEADER.size:
            length, command, sequence = HEADER.unpack_from(self._heard)
            if not HEADER.size <= length <= LONGEST or (command & ~ANSWER) not in _KNOWN:
                raise Garbled("no CMPP packet", len(self._heard))
            if len(self._heard) < length:
                break
            found.append(Packet(command, sequence, self._heard[HEADER.size : length]))
            self._heard = self._heard[length:]
        return found


_FROM_GATEWAY = frozenset({Command.DELIVER, Command.ACTIVE_TEST, Command.TERMINATE})


class Speech(Cutter):
    """See `link.requests.Speech`: the station's side."""

    def question(self, command: int, sequence: int, body: bytes) -> Packet:
        """A request of ours."""
        return Packet(command, sequence, body)

    def courtesy(self, request: Packet) -> Packet | None:
        """The answer to ACTIVE_TEST and TERMINATE; raises Garbled for what no gateway asks."""
        if request.command not in _FROM_GATEWAY:
            raise Garbled("a request that no gateway makes", len(request.body))
        if request.command == Command.DELIVER:
            return None
        return request.answered(b"\0" if request.command == Command.ACTIVE_TEST else b"")

    def parts(self, request: Packet) -> bool:
        """Whether it is TERMINATE."""
        return request.command == Command.TERMINATE


def padded(text: str, width: int) -> bytes:
    """A text field; raises Garbled for what does not fit or is no ASCII."""
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError as exc:
        raise Garbled("text that is no ASCII", len(text)) from exc
    if len(data) > width:
        raise Garbled("text too long for its field", len(data))
    return data.ljust(width, b"\0")


def shown(data: bytes) -> str:
    """The text of a field up to its first zero; octets that are no ASCII become U+FFFD."""
    return data.partition(b"\0")[0].decode("ascii", "replace").strip()


# --- CONNECT ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connect:
    """A service provider asks to be let in; `stamp` is MMDDHHMMSS as a number, `proof` what its secret makes of it."""

    sp_id: str
    proof: bytes
    version: int
    stamp: int

    def encode(self) -> bytes:
        """The body."""
        return padded(self.sp_id, 6) + self.proof + struct.pack(">BI", self.version, self.stamp)

    @classmethod
    def decode(cls, body: bytes) -> "Connect":
        """Read a body; raises Garbled."""
        _exactly(body, 27, "CONNECT")
        version, stamp = struct.unpack(">BI", body[22:])
        return cls(shown(body[:6]), body[6:22], version, stamp)


@dataclass(frozen=True, slots=True)
class Connected:
    """The gateway's answer: `status` 0 = let in; `proof` shows that it knows the secret as well."""

    status: int
    proof: bytes
    version: int

    def encode(self, version: Version) -> bytes:
        """The body in the version that was asked for."""
        return _number(self.status, version) + self.proof + bytes([self.version])

    @classmethod
    def decode(cls, body: bytes, version: Version) -> "Connected":
        """Read a body; a refusal in the other version's shape is read as well; raises Garbled."""
        width = {18: 1, 21: 4}.get(len(body))
        if width is None or (width != _width(version) and not any(body[:width])):
            raise Garbled("no answer to CONNECT", len(body))
        return cls(int.from_bytes(body[:width], "big"), body[width : width + 16], body[-1])


def source_proof(sp_id: str, secret: bytes, stamp: int) -> bytes:
    """AuthenticatorSource: MD5 of id, nine zeros, secret and the stamp in ten digits."""
    return md5(sp_id.encode("ascii") + bytes(9) + secret + b"%010d" % stamp, usedforsecurity=False).digest()


def gateway_proof(status: int, source: bytes, secret: bytes, version: Version) -> bytes:
    """AuthenticatorISMG: MD5 of the status as it is on the wire, the source's proof and the secret."""
    return md5(_number(status, version) + source + secret, usedforsecurity=False).digest()


# --- common to the packets -------------------------------------------------------------------------------------------


def _width(version: Version) -> int:
    """Octets of a status or result."""
    return 4 if version is Version.V3 else 1


def _number(value: int, version: Version) -> bytes:
    return value.to_bytes(_width(version), "big")


def _exactly(body: bytes, length: int, what: str) -> None:
    if len(body) != length:
        raise Garbled(f"no {what}", len(body))


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to SUBMIT and to DELIVER: under which identifier, and a `result`, 0 = taken."""

    msg_id: int
    result: int

    def encode(self, version: Version) -> bytes:
        """The body."""
        return self.msg_id.to_bytes(8, "big") + _number(self.result, version)

    @classmethod
    def decode(cls, body: bytes, version: Version) -> "Taken":
        """Read a body; raises Garbled."""
        _exactly(body, 8 + _width(version), "answer to SUBMIT or DELIVER")
        return cls(int.from_bytes(body[:8], "big"), int.from_bytes(body[8:], "big"))
