"""How Modbus requests are wrapped, seen from the device: RTU by length and checksum, TCP by header; no meaning.

Its checksum is computed here, apart from the driver's library, so that one cannot excuse the other's mistake.
"""

import struct
from dataclasses import dataclass
from typing import Protocol

_FIXED = 8  # unit, function, four bytes, checksum
_COUNTED = {15: 6, 16: 6}  # where the byte count stands in a request of variable length
_KNOWN = (1, 2, 3, 4, 5, 6, 15, 16)
_LONGEST = 256
_STALE_S = 0.1


def crc16(data: bytes) -> bytes:
    """CRC-16/MODBUS as it is sent, low byte first (Modbus over Serial Line V1.02, appendix B)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def rtu(unit: int, pdu: bytes) -> bytes:
    """An RTU frame."""
    body = bytes([unit]) + pdu
    return body + crc16(body)


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it was heard: `number` is the transaction's (0 on RTU), `pdu` function code and data."""

    unit: int
    pdu: bytes
    number: int = 0


class Framing(Protocol):
    """One way of wrapping."""

    def feed(self, data: bytes) -> list[Question]:
        """Sound requests in what came, whatever the split; junk is dropped in silence, as a device does."""
        ...

    def wrap(self, question: Question, pdu: bytes) -> bytes:
        """The frame that answers `question`."""
        ...

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass: half a frame goes stale."""
        ...


class Rtu:
    """Frames by length and checksum; on junk it looks one byte further."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._age = 0.0

    def feed(self, data: bytes) -> list[Question]:
        """See `Framing`."""
        self._buffer += data
        self._age = 0.0
        found: list[Question] = []
        while (size := self._size()) is not None and len(self._buffer) >= size:
            frame = bytes(self._buffer[:size])
            if crc16(frame[:-2]) == frame[-2:]:
                found.append(Question(frame[0], frame[1:-2]))
                del self._buffer[:size]
            else:
                del self._buffer[0]
        return found

    def _size(self) -> int | None:
        """Length of the frame that begins the buffer; junk before it is dropped; None while it is too short to tell."""
        while len(self._buffer) >= 2:
            place = _COUNTED.get(self._buffer[1])
            if place is not None and len(self._buffer) <= place:
                return None
            size = _FIXED if place is None else self._buffer[place] + place + 3
            if self._buffer[1] in _KNOWN and size <= _LONGEST:
                return size
            del self._buffer[0]
        return None

    def wrap(self, question: Question, pdu: bytes) -> bytes:
        """See `Framing`."""
        return rtu(question.unit, pdu)

    def tick(self, dt: float) -> None:
        """See `Framing`."""
        self._age += dt
        if self._age > _STALE_S:
            self._buffer.clear()


class Mbap:
    """Modbus TCP: transaction, protocol 0, length, unit."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Question]:
        """See `Framing`; a foreign protocol or an impossible length empties the buffer."""
        self._buffer += data
        found: list[Question] = []
        while len(self._buffer) >= 7:
            number, protocol, length, unit = struct.unpack(">HHHB", self._buffer[:7])
            if protocol or not 2 <= length <= _LONGEST:
                self._buffer.clear()
                break
            if len(self._buffer) < 6 + length:
                break
            found.append(Question(unit, bytes(self._buffer[7 : 6 + length]), number))
            del self._buffer[: 6 + length]
        return found

    def wrap(self, question: Question, pdu: bytes) -> bytes:
        """See `Framing`."""
        return struct.pack(">HHHB", question.number, 0, len(pdu) + 1, question.unit) + pdu

    def tick(self, dt: float) -> None:
        """See `Framing`; TCP loses nothing, so nothing goes stale."""
