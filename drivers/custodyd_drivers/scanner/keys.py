"""Key events of a scanner that types like a keyboard, and the ASCII text that they spell on a US layout; pure.

Key codes: Linux include/uapi/linux/input-event-codes.h. What spells no letter of the layout (Alt with digits for a
Chinese letter, control codes, function keys) becomes a NUL, which spoils the code around it: a code is never silently
shortened.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from custodyd_drivers.errors import Garbled

EVENT = struct.Struct("@llHHi")
"""struct input_event: seconds, microseconds, type, code, value."""
EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
SYN_REPORT, SYN_DROPPED = 0, 3
MSC_SCAN = 4
UP, DOWN, REPEAT = 0, 1, 2
ENTER, KP_ENTER, TAB = 28, 96, 15
LEFT_SHIFT, RIGHT_SHIFT, CAPS_LOCK = 42, 54, 58
LEFT_ALT = 56
KEYPAD = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
"""Codes of the keypad's digits, 0 to 9."""

SPOILT = b"\0"
_HIGHEST_TYPE, _HIGHEST_CODE = 0x1F, 0x2FF
_SHIFTS = frozenset({LEFT_SHIFT, RIGHT_SHIFT})
_OTHER_MODIFIERS = frozenset({29, 97, LEFT_ALT, 100, 125, 126})  # Ctrl, Alt, Meta
_SILENT = frozenset({69, 70})  # Num Lock, Scroll Lock


def _rows() -> Iterator[tuple[int, str, str]]:
    """(code, plain, shifted) of every key of the US layout that spells something."""
    for first, plain, shifted in (
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (57, " ", " "),
        (ENTER, "\r", "\r"),
        (KP_ENTER, "\r", "\r"),
        (TAB, "\t", "\t"),
        (55, "*", "*"),
        (74, "-", "-"),
        (78, "+", "+"),
        (83, ".", "."),
        (98, "/", "/"),
    ):
        yield from zip(range(first, first + len(plain)), plain, shifted, strict=True)
    yield from ((code, str(digit), str(digit)) for digit, code in enumerate(KEYPAD))


PLAIN = {code: plain for code, plain, _ in _rows()}
SHIFTED = {code: shifted for code, _, shifted in _rows()}


@dataclass(slots=True)
class Typist:
    """Turns the bytes of a keyboard's events into the text that was typed, however reads split them."""

    _held: bytes = b""
    _shift: frozenset[int] = frozenset()
    _other: frozenset[int] = frozenset()
    _caps: bool = False
    _missed: bool = False  # the kernel dropped events: what comes until the next report is torn

    def type(self, data: bytes) -> bytes:
        """What is typed by the events that end in `data`; raises Garbled for bytes that are no input events."""
        data = self._held + data
        whole = len(data) - len(data) % EVENT.size
        self._held = data[whole:]
        return b"".join(self._event(*event) for event in EVENT.iter_unpack(data[:whole]))

    def _event(self, seconds: int, microseconds: int, kind: int, code: int, value: int) -> bytes:
        if seconds < 0 or not 0 <= microseconds < 1_000_000 or not _possible(kind, code, value):
            raise Garbled("bytes that are no input events", EVENT.size)
        if kind == EV_SYN:
            return self._report(code)
        return self._key(code, value) if kind == EV_KEY and not self._missed else b""

    def _report(self, code: int) -> bytes:
        if code == SYN_DROPPED:
            self._missed, self._shift, self._other = True, frozenset(), frozenset()
            return SPOILT
        self._missed = False
        return b""

    def _key(self, code: int, value: int) -> bytes:
        if code in _SHIFTS:
            self._shift = _held(self._shift, code, value)
        elif code in _OTHER_MODIFIERS:
            self._other = _held(self._other, code, value)
        elif code == CAPS_LOCK:
            self._caps ^= value == DOWN
        elif value == DOWN and code not in _SILENT:
            return self._letter(code)
        return b""

    def _letter(self, code: int) -> bytes:
        plain = PLAIN.get(code)
        if plain is None or self._other:
            return SPOILT
        shifted = bool(self._shift) != (self._caps and plain.isalpha())
        return (SHIFTED[code] if shifted else plain).encode("ascii")


def _possible(kind: int, code: int, value: int) -> bool:
    """Whether the kernel sends such an event; bytes out of step look like reports with a strange value."""
    if kind == EV_SYN:
        return code <= SYN_DROPPED and value in (0, 1)
    if kind == EV_KEY:
        return code <= _HIGHEST_CODE and value in (UP, DOWN, REPEAT)
    return kind <= _HIGHEST_TYPE


def _held(keys: frozenset[int], code: int, value: int) -> frozenset[int]:
    return keys - {code} if value == UP else keys | {code}


def pressed(text: str) -> bytes:
    """The events of a scanner that types `text`: a letter that the layout lacks comes as Alt with its number."""
    return b"".join(event for letter in text for event in _strokes(letter))


def _strokes(letter: str) -> Iterator[bytes]:
    for code, plain in PLAIN.items():
        if letter == plain:
            yield from _stroke(code)
            return
    for code, shifted in SHIFTED.items():
        if letter == shifted:
            yield from _with(LEFT_SHIFT, [code])
            return
    yield from _with(LEFT_ALT, [KEYPAD[int(digit)] for digit in str(ord(letter))])


def _with(modifier: int, codes: list[int]) -> Iterator[bytes]:
    yield _change(modifier, DOWN)
    for code in codes:
        yield from _stroke(code)
    yield _change(modifier, UP)


def _stroke(code: int) -> Iterator[bytes]:
    yield _change(code, DOWN)
    yield _change(code, UP)


def _change(code: int, value: int) -> bytes:
    """One key going down or up, as a HID keyboard reports it."""
    return event(EV_MSC, MSC_SCAN, 0x70000 | code) + event(EV_KEY, code, value) + event(EV_SYN, SYN_REPORT, 0)


def event(kind: int, code: int, value: int) -> bytes:
    """One input event; its time is always the same, because nobody here reads it."""
    return EVENT.pack(1_800_000_000, 123_456, kind, code, value)
