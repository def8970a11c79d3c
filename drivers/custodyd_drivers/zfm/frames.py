"""The EF 01 frame and its words (ZhianTec ZFM, R30x, AS608, R503, SYNO); it knows no port, clock or person.

    EF 01 | address (4) | kind (1) | length (2) | payload | sum (2)        all big-endian
    length = len(payload) + 2;  sum = (kind + both length bytes + payload) mod 65536

Sources: ZhianTec ZFM-20 user manual, chapter "Communication protocol"; Grow R503 user manual, pp. 32-34.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

START = b"\xef\x01"
BROADCAST = 0xFFFF_FFFF
"""The address that every module has when it leaves the factory."""

_HEAD = struct.Struct(">2sIBH")
_LARGEST = 256 + 2  # the largest data packet of SetSysPara register 6, and its sum
_SHORTEST = 1 + 2  # a code or an opcode, and its sum


class Kind(IntEnum):
    """What a frame is (PID)."""

    COMMAND = 0x01
    DATA = 0x02
    ACK = 0x07
    END = 0x08


class Op(IntEnum):
    """Opcodes on which every maker agrees."""

    GEN_IMG = 0x01
    IMG_2_TZ = 0x02
    MATCH = 0x03
    SEARCH = 0x04
    REG_MODEL = 0x05
    STORE = 0x06
    LOAD = 0x07
    UP_CHAR = 0x08
    DOWN_CHAR = 0x09
    UP_IMAGE = 0x0A
    DOWN_IMAGE = 0x0B
    DELETE = 0x0C
    EMPTY = 0x0D
    SET_SYS_PARA = 0x0E
    READ_SYS_PARA = 0x0F
    SET_PWD = 0x12
    VFY_PWD = 0x13
    GET_RANDOM = 0x14
    SET_ADDR = 0x15
    READ_INF_PAGE = 0x16
    WRITE_NOTEPAD = 0x18
    READ_NOTEPAD = 0x19
    HI_SPEED_SEARCH = 0x1B
    TEMPLATE_NUM = 0x1D
    READ_INDEX_TABLE = 0x1F


class ZfmOp(IntEnum):
    """Opcodes of ZFM-60/70 and some AS608."""

    LED_ON = 0x50
    LED_OFF = 0x51
    GET_ECHO = 0x53


class R503Op(IntEnum):
    """Opcodes of R503, three of which mean something else to SYNO."""

    AURA_LED = 0x35
    READ_PROD_INFO = 0x3C
    SOFT_RESET = 0x3D


class SynoOp(IntEnum):
    """Opcodes of SYNO, ZW101, Hi-Link and M5, three of which mean something else to R503."""

    GET_ENROLL_IMAGE = 0x29
    AUTO_IDENTIFY = 0x32
    HAND_SHAKE = 0x35
    CHECK_SENSOR = 0x36
    CONTROL_BLN = 0x3C
    GET_IMAGE_INFO = 0x3D


class Code(IntEnum):
    """Confirmation codes: the first byte of every acknowledgement."""

    OK = 0x00
    PACKET_DAMAGED = 0x01
    NO_FINGER = 0x02
    IMAGE_FAILED = 0x03
    TOO_DRY = 0x04
    TOO_WET = 0x05
    MESSY = 0x06
    TOO_FEW_FEATURES = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    PRINTS_DIFFER = 0x0A
    PAGE_OUT_OF_RANGE = 0x0B
    TEMPLATE_UNREADABLE = 0x0C
    UPLOAD_FAILED = 0x0D
    CANNOT_RECEIVE = 0x0E
    IMAGE_UPLOAD_FAILED = 0x0F
    DELETE_FAILED = 0x10
    CLEAR_FAILED = 0x11
    WRONG_PASSWORD = 0x13
    NO_IMAGE = 0x15
    RESIDUAL_PRINT = 0x17
    FLASH_FAILED = 0x18
    BAD_REGISTER = 0x1A
    BAD_VALUE = 0x1B
    BAD_NOTEPAD_PAGE = 0x1C
    LIBRARY_FULL = 0x1F
    WRONG_ADDRESS = 0x20
    PASSWORD_NEEDED = 0x21
    SLOT_TAKEN = 0x22
    SLOT_EMPTY = 0x23
    TIMED_OUT = 0x26
    ALREADY_ENROLLED = 0x27
    AREA_TOO_SMALL = 0x33
    STATIC = 0x34
    POOR = 0x3B
    ECHO = 0x55
    WAKE = 0xFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `payload` has 1 to 256 bytes."""

    kind: Kind
    payload: bytes
    address: int = BROADCAST

    def encode(self) -> bytes:
        """The bytes on the wire."""
        length = len(self.payload) + 2
        head = _HEAD.pack(START, self.address, self.kind, length)
        return head + self.payload + (_sum(head, self.payload)).to_bytes(2, "big")


def _sum(head: bytes, payload: bytes) -> int:
    return (sum(head[6:9]) + sum(payload)) & 0xFFFF


def command(op: int, arguments: bytes = b"", address: int = BROADCAST) -> Frame:
    """A command frame."""
    return Frame(Kind.COMMAND, bytes([op]) + arguments, address)


def ack(code: int, data: bytes = b"", address: int = BROADCAST) -> Frame:
    """An acknowledgement frame."""
    return Frame(Kind.ACK, bytes([code]) + data, address)


class Parser:
    """Finds frames in a stream of bytes, whatever is between them; it keeps less than one longest frame.

    `address`: frames of other modules are counted in `strange` and dropped; None takes every module's.
    `damaged` counts frames whose length, kind or sum was wrong.
    """

    def __init__(self, address: int | None = None) -> None:
        self.address = address
        self.damaged = 0
        self.strange = 0
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and is not whole."""
        return bool(self._buffer)

    def forget(self) -> None:
        """Drop what has begun."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now; raises nothing. Any split of a stream gives the frames of the whole."""
        self._buffer += data
        frames: list[Frame] = []
        while self._align() and (size := self._size()):
            frames += self._take(size)
        return frames

    def _align(self) -> bool:
        """Drop what precedes a start; whether a whole head is there."""
        place = self._buffer.find(START)
        if place < 0:
            place = len(self._buffer) - self._buffer.endswith(START[:1])
        del self._buffer[:place]
        return len(self._buffer) >= _HEAD.size

    def _size(self) -> int:
        """Bytes of the frame at hand, 0 while it is not whole, or 2 when its head cannot be one."""
        _, _, kind, length = _HEAD.unpack_from(self._buffer)
        if kind not in _KINDS or not _SHORTEST <= length <= _LARGEST:
            return len(START)
        size = _HEAD.size + int(length)
        return size if len(self._buffer) >= size else 0

    def _take(self, size: int) -> list[Frame]:
        whole = bytes(self._buffer[:size])
        head, payload, total = whole[: _HEAD.size], whole[_HEAD.size : -2], whole[-2:]
        if size == len(START) or _sum(head, payload) != int.from_bytes(total, "big"):
            # only the start is dropped: a true frame may stand inside what looked like one
            del self._buffer[: len(START)]
            self.damaged += 1
            return []
        del self._buffer[:size]
        _, address, kind, _ = _HEAD.unpack(head)
        if self.address not in (None, address):
            self.strange += 1
            return []
        return [Frame(Kind(kind), payload, address)]


_KINDS = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The data of ReadSysPara's acknowledgement. `packet`: 0 to 3 for 32, 64, 128, 256 bytes; baud = 9600 x `speed`."""

    status: int = 0
    system: int = 9
    capacity: int = 200
    level: int = 3
    address: int = BROADCAST
    packet: int = 2
    speed: int = 6

    _FORM = struct.Struct(">4HI2H")

    def encode(self) -> bytes:
        """16 bytes."""
        words = (self.status, self.system, self.capacity, self.level, self.address, self.packet, self.speed)
        return self._FORM.pack(*words)

    @classmethod
    def decode(cls, data: bytes) -> "Parameters":
        """From 16 bytes; raises ValueError for another length."""
        if len(data) != cls._FORM.size:
            raise ValueError("ReadSysPara answers 16 bytes")
        return cls(*cls._FORM.unpack(data))


@dataclass(frozen=True, slots=True)
class Found:
    """The data of a search's acknowledgement: the template's `slot` and the unit-less `score`."""

    slot: int
    score: int

    def encode(self) -> bytes:
        """4 bytes."""
        return struct.pack(">HH", self.slot, self.score)

    @classmethod
    def decode(cls, data: bytes) -> "Found":
        """From 4 bytes; raises ValueError for another length."""
        if len(data) != 4:
            raise ValueError("a search answers 4 bytes")
        return cls(*struct.unpack(">HH", data))


PAGE_SLOTS = 256
"""Slots per page of the index table."""


def encode_index(slots: Iterable[int], page: int) -> bytes:
    """One page of the index table, 32 bytes: bit i of byte j is the template 256 x page + 8 x j + i."""
    bits = 0
    for slot in slots:
        if slot // PAGE_SLOTS == page:
            bits |= 1 << (slot % PAGE_SLOTS)
    return bits.to_bytes(PAGE_SLOTS // 8, "little")


TOKEN_LIMIT = 31
_TOKEN_MARK = 0xCD


def encode_token(token: str) -> bytes:
    """A notepad page that carries an identity of ours: a mark, then ASCII; raises ValueError if it does not fit."""
    if not 1 <= len(token) <= TOKEN_LIMIT or not (token.isascii() and token.isprintable()):
        raise ValueError("a token is 1 to 31 printable ASCII characters")
    return bytes([_TOKEN_MARK]) + token.encode("ascii").ljust(TOKEN_LIMIT, b"\0")


def decode_token(page: bytes) -> str | None:
    """The identity of ours in a notepad page, or None when somebody else's bytes (or none) stand there."""
    text = page[1:].rstrip(b"\0")
    if len(page) != TOKEN_LIMIT + 1 or page[0] != _TOKEN_MARK or not text:
        return None
    if any(not 0x20 <= byte < 0x7F for byte in text):
        return None
    return text.decode("ascii")
