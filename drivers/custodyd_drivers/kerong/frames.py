"""Frames of KERONG lock boards in both dialects, however the bytes are split; pure bytes, no wire.

    CU12, CU16    02 | board and lock, a nibble each | CODE | DATA ... | 03 | SUM
    CU48          02 | board | lock                  | CODE | DATA ... | 03 | SUM

SUM is the low byte of the sum of all before it; boards and locks count from 0. Sources: KERONG CU12/CU16 and CU48B
protocol sheets as three public code bases quote them; the unlock time (37, 38) stands in one of them only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STX, ETX = 0x02, 0x03
_AROUND = 2  # ETX and SUM

SET_TIME, TIME = 0x37, 0x38
TIME_UNIT_MS = 10


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one line of boards speaks: where the code stands, the codes, how many boards and locks can be addressed."""

    name: str
    code_at: int
    boards: int
    locks: int
    ask: int
    unlock: int
    told: int

    @property
    def status_size(self) -> int:
        """Bytes of a whole status answer: a hook bit and an item bit for each lock."""
        return self.code_at + 1 + self.locks // 4 + _AROUND

    @property
    def short_size(self) -> int:
        """Bytes of a frame without data."""
        return self.code_at + 1 + _AROUND


CU16 = Dialect("CU16", 2, 15, 16, ask=0x30, unlock=0x31, told=0x35)  # board F is "all boards"
CU48 = Dialect("CU48", 3, 10, 48, ask=0x60, unlock=0x61, told=0x75)  # board 0A is "all boards"

Sizes = Mapping[int, Sequence[int]]
"""Code → how long frames with it may be, shortest first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, either way."""

    board: int
    lock: int
    code: int
    data: bytes = b""

    def encode(self, dialect: Dialect) -> bytes:
        """The bytes on the wire."""
        address = [self.board << 4 | self.lock] if dialect.code_at == 2 else [self.board, self.lock]
        body = bytes([STX, *address, self.code]) + self.data + bytes([ETX])
        return body + _sum(body)


@dataclass(slots=True)
class Splitter:
    """Finds frames of known `sizes` in a stream. It depends on the bytes alone, not on how reads split them."""

    dialect: Dialect
    sizes: Sizes
    _held: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> tuple[list[Frame], int]:
        """(frames complete by now, bytes that belong to none); what may be a beginning is kept."""
        self._held += data
        frames, junk = list[Frame](), 0
        while self._held:
            found = self._front()
            if found is None:
                break
            size, frame = found
            del self._held[:size]
            if frame is None:
                junk += size
            else:
                frames.append(frame)
        return frames, junk

    def _front(self) -> tuple[int, Frame | None] | None:
        """(size, frame) or (bytes of junk, None) at the front; None while it is too short to tell."""
        held, place = self._held, self.dialect.code_at
        if held[0] != STX:
            start = held.find(STX)
            return (len(held) if start < 0 else start), None
        if len(held) <= place:
            return None
        for size in self.sizes.get(held[place], ()):
            if len(held) < size:
                return None
            if (frame := self._frame(bytes(held[:size]))) is not None:
                return size, frame
        return 1, None

    def _frame(self, whole: bytes) -> Frame | None:
        if whole[-2] != ETX or _sum(whole[:-1]) != whole[-1:]:
            return None
        place = self.dialect.code_at
        board, lock = divmod(whole[1], 16) if place == 2 else (whole[1], whole[2])
        return Frame(board, lock, whole[place], whole[place + 1 : -_AROUND])


def _sum(body: bytes) -> bytes:
    return bytes([sum(body) & 0xFF])


@dataclass(frozen=True, slots=True)
class Status:
    """What a board says of its locks, in their order: is the hook bit set, does the item sensor see something."""

    hooks: tuple[bool, ...]
    items: tuple[bool, ...]

    @classmethod
    def decode(cls, data: bytes) -> "Status":
        """From the data of a status answer: hook bits, then as many item bits, lowest bit first."""
        half = len(data) // 2
        return cls(_bits(data[:half]), _bits(data[half:]))

    def encode(self) -> bytes:
        """The data of a status answer."""
        return _packed(self.hooks) + _packed(self.items)


def _bits(data: bytes) -> tuple[bool, ...]:
    packed = int.from_bytes(data, "little")
    return tuple(bool(packed >> index & 1) for index in range(8 * len(data)))


def _packed(bits: Sequence[bool]) -> bytes:
    return sum(bool(bit) << index for index, bit in enumerate(bits)).to_bytes(len(bits) // 8, "little")


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asks of one board; `answers` are the frames that fit, `excused` if none need come.

    See `custodyd_drivers.link.exchange.Question`. After an excused request the board is left alone for a moment.
    """

    dialect: Dialect
    frame: Frame
    answers: Sizes
    excused: bool = False


def status(dialect: Dialect, board: int) -> Request:
    """How do all locks of this board stand?"""
    return Request(dialect, Frame(board, 0, dialect.ask), {dialect.told: (dialect.status_size,)})


def unlock(dialect: Dialect, board: int, lock: int) -> Request:
    """One pulse on one lock, as long as the board was set; it may answer its status, shortly, or nothing."""
    sizes = (dialect.short_size, dialect.status_size)
    return Request(dialect, Frame(board, lock, dialect.unlock), {dialect.told: sizes}, excused=True)


def ask_time(board: int) -> Request:
    """How long does a pulse of this CU12 or CU16 last?"""
    size = CU16.short_size + 2
    return Request(CU16, Frame(board, 0, SET_TIME), {SET_TIME: (size,), TIME: (size,)})


def set_time(board: int, milliseconds: int) -> Request:
    """From now on each pulse of this CU12 or CU16 lasts so long, kept by the board."""
    data = (milliseconds // TIME_UNIT_MS).to_bytes(2, "big")
    size = CU16.short_size + 2
    return Request(CU16, Frame(board, 0, SET_TIME, data), {SET_TIME: (size,), TIME: (size,)}, excused=True)


def milliseconds(data: bytes) -> int:
    """The pulse that a board tells."""
    return int.from_bytes(data, "big") * TIME_UNIT_MS
