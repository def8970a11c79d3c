"""SMPP 3.4 PDUs as bytes and back (SMPP Developers Forum, v3.4 issue 1.2): pure; no socket, no clock.

A PDU is a header of sixteen octets (length, command, status, sequence, big-endian) and a body of C strings, single
octets and optional parameters. Nothing here raises anything but Garbled, whatever the bytes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from custodyd_drivers.errors import Garbled
from custodyd_drivers.sms.octets import Octets

HEADER = struct.Struct(">IIII")
LONGEST = 70_000
"""Octets of one PDU: a message_payload has at most 65,535."""
ANSWER = 0x8000_0000
VERSION = 0x34


class Command(IntEnum):
    """command_id of a request (§5.1.2.1)."""

    NACK = 0
    BIND_RECEIVER = 1
    BIND_TRANSMITTER = 2
    SUBMIT = 4
    DELIVER = 5
    UNBIND = 6
    BIND = 9
    ENQUIRE_LINK = 0x15
    ALERT = 0x102


_KNOWN = frozenset(int(command) for command in Command)
_FROM_CENTRE = frozenset({Command.DELIVER, Command.ENQUIRE_LINK, Command.UNBIND, Command.ALERT})


@dataclass(frozen=True, slots=True)
class Pdu:
    """A header without its length, and the body."""

    command: int
    sequence: int
    body: bytes = b""
    status: int = 0

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request; a generic_nack does."""
        return self.command >= ANSWER

    @property
    def request(self) -> int:
        """The command_id without the bit that marks answers."""
        return self.command & ~ANSWER

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body

    def answered(self, body: bytes = b"", status: int = 0) -> "Pdu":
        """The answer to this request."""
        return Pdu(self.command | ANSWER, self.sequence, body, status)


class Cutter:
    """Cuts a stream into PDUs, in any split; raises Garbled at the first octets that can be none."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def halfway(self) -> bool:
        """Whether a PDU has begun and not ended."""
        return bool(self._heard)

    def feed(self, data: bytes) -> list[Pdu]:
        """The PDUs that are complete now. A stream that was garbled once has lost its place for good."""
        self._heard += data
        found: list[Pdu] = []
        while len(self._heard) >= HEADER.size:
            length, command, status, sequence = HEADER.unpack_from(self._heard)
            if not HEADER.size <= length <= LONGEST or (command & ~ANSWER) not in _KNOWN:
                raise Garbled("no SMPP PDU", len(self._heard))
            if len(self._heard) < length:
                break
            found.append(Pdu(command, sequence, self._heard[HEADER.size : length], status))
            self._heard = self._heard[length:]
        return found


class Speech(Cutter):
    """See `link.requests.Speech`: the station's side."""

    def question(self, command: int, sequence: int, body: bytes) -> Pdu:
        """A request of ours."""
        return Pdu(command, sequence, body)

    def courtesy(self, request: Pdu) -> Pdu | None:
        """The answer to enquire_link and unbind; raises Garbled for what no centre asks."""
        if request.command not in _FROM_CENTRE:
            raise Garbled("a request that no service centre makes", len(request.body))
        return None if request.command in (Command.DELIVER, Command.ALERT) else request.answered()

    def parts(self, request: Pdu) -> bool:
        """Whether it is unbind."""
        return request.command == Command.UNBIND


def c_string(text: str, most: int) -> bytes:
    """A text and its zero, together at most `most` octets; raises Garbled."""
    try:
        data = text.encode("ascii") + b"\0"
    except UnicodeEncodeError as exc:
        raise Garbled("text that is no ASCII", len(text)) from exc
    if len(data) > most or b"\0" in data[:-1]:
        raise Garbled("text that does not fit its field", len(data))
    return data


def take_c_string(octets: Octets, most: int = 255) -> str:
    """The next C string; octets that are no ASCII become U+FFFD. Raises Garbled without an end."""
    found = b""
    while (octet := octets.take(1)) != b"\0":
        found += octet
        if len(found) >= most:
            raise Garbled("text without an end", len(found))
    return found.decode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class Bind:
    """bind_transceiver (§4.1.5)."""

    system_id: str
    password: str
    system_type: str = ""

    def encode(self) -> bytes:
        """The body."""
        names = c_string(self.system_id, 16) + c_string(self.password, 9) + c_string(self.system_type, 13)
        return names + bytes([VERSION, 0, 0]) + b"\0"

    @classmethod
    def decode(cls, body: bytes) -> "Bind":
        """Read a body; raises Garbled."""
        octets = Octets(body)
        return cls(take_c_string(octets), take_c_string(octets), take_c_string(octets))


def named(body: bytes) -> str:
    """The one C string that answers begin with (message_id, system_id); "" where it is left out."""
    return body.partition(b"\0")[0].decode("ascii", "replace")[:64]


def take_parameters(data: bytes) -> Mapping[int, bytes]:
    """Optional parameters by tag (§5.3); raises Garbled."""
    octets = Octets(data)
    found: dict[int, bytes] = {}
    left = len(data)
    while left:
        tag, length = struct.unpack(">HH", octets.take(4))
        found[tag] = octets.take(length)
        left -= 4 + length
    return found


def parameter(tag: int, value: bytes) -> bytes:
    """One optional parameter."""
    return struct.pack(">HH", tag, len(value)) + value
