"""Frames of the GM65 protocol and how its answers are taken out of the stream of codes; pure bytes, no port.

    host    7E 00 | TYPE | LEN | ADDR (2) | DATA ... | FCS (2)
    module  02 00 | TYPE | LEN | DATA ...            | FCS (2)

Source: GM65 user manual, zone bits; Newland EM3095 manual p. 19; Waveshare Barcode Scanner Module manual.
"""

from dataclasses import dataclass
from enum import IntEnum

HOST_HEAD = b"\x7e\x00"
MODULE_HEAD = b"\x02\x00"
UNCHECKED = b"\xab\xcd"  # stands in the place of an FCS that nobody checks


class Command(IntEnum):
    """TYPE of a host frame."""

    READ = 0x07
    WRITE = 0x08
    SAVE = 0x09


class Status(IntEnum):
    """TYPE of a module's answer."""

    OK = 0x00
    WRONG_FCS = 0x01
    INVALID = 0x03


class Zone(IntEnum):
    """Addresses of settings."""

    MODE = 0x0000
    TRIGGER = 0x0002
    BAUD = 0x002A
    FACTORY = 0x00D9


# Bits of zone MODE: LED, sound, illumination and aim on (7C), the last two say what starts a scan.
BY_BUTTON = 0x7C
BY_COMMAND = 0x7D
BY_INDUCTION = 0x7F


def fcs(data: bytes) -> bytes:
    """CRC-CCITT, polynomial 1021, initial value 0, most significant bit first, over TYPE to DATA."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = ((value << 1) ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Order:
    """A frame of the host. READ: `data` is one byte, how many bytes are asked for."""

    command: int
    address: int
    data: bytes

    def encode(self) -> bytes:
        """The bytes on the wire, with a checked FCS."""
        body = bytes([self.command, len(self.data)]) + self.address.to_bytes(2, "big") + self.data
        return HOST_HEAD + body + fcs(body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the module: READ gives the bytes asked for, everything else one byte 00."""

    status: int
    data: bytes

    def encode(self) -> bytes:
        """The bytes on the wire."""
        body = bytes([self.status, len(self.data)]) + self.data
        return MODULE_HEAD + body + fcs(body)


TRIGGER = Order(Command.WRITE, Zone.TRIGGER, b"\x01")
READ_BAUD = Order(Command.READ, Zone.BAUD, b"\x02")
SAVE = Order(Command.SAVE, 0x0000, b"\x00")
ACK = Reply(Status.OK, b"\x00")

BAUD_WORDS = {
    1200: b"\xc4\x09",
    4800: b"\x71\x02",
    9600: b"\x39\x01",
    14400: b"\xd0\x00",
    19200: b"\x9c\x00",
    38400: b"\x4e\x00",
    57600: b"\x34\x00",
    115200: b"\x1a\x00",
}
"""Line speed as zone BAUD holds it, in the order of the wire."""

_LONGEST_DATA = 2  # no answer that we ask for is longer; a damaged length must not swallow the code behind it
_OVERHEAD = 6


class Sieve:
    """Separates a module's answers from the codes on the same line, however the bytes are split.

    02 and 00 occur in no printable text in UTF-8 or GB18030, so an answer is recognised in the middle of a code. What
    begins like an answer and is none stays in the text, where its control characters spoil the code around it: half an
    acknowledgement ends in printable bytes and must never become part of a code.
    """

    def __init__(self) -> None:
        self._held = b""

    @property
    def waiting(self) -> bool:
        """Whether the beginning of an answer is held back."""
        return bool(self._held)

    def feed(self, data: bytes) -> tuple[bytes, list[Reply]]:
        """(bytes of codes, answers) found so far."""
        data, self._held = self._held + data, b""
        text, replies = bytearray(), list[Reply]()
        at = 0
        while (start := data.find(MODULE_HEAD[0], at)) >= 0:
            text += data[at:start]
            head = data[start : start + _OVERHEAD + _LONGEST_DATA]
            size = _size(head)
            if size > len(head):
                self._held = head
                return bytes(text), replies
            if (reply := _reply(head[:size])) is None:
                text.append(data[start])
                at = start + 1
            else:
                replies.append(reply)
                at = start + size
        return bytes(text + data[at:]), replies

    def silence(self) -> bytes:
        """Let go of what was held back: the answer did not come to its end."""
        held, self._held = self._held, b""
        return held


def _size(data: bytes) -> int:
    """How many bytes decide whether `data`, which begins with 02, is an answer; 0 when it is none already."""
    if len(data) < 2:
        return 2
    if data[1] != MODULE_HEAD[1]:
        return 0
    if len(data) < 4:
        return 4
    return _OVERHEAD + data[3] if 1 <= data[3] <= _LONGEST_DATA else 0


def _reply(frame: bytes) -> Reply | None:
    if not frame:
        return None
    body, check = frame[2:-2], frame[-2:]
    return Reply(body[0], body[2:]) if check in (fcs(body), UNCHECKED) else None
