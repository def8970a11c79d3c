"""Lines of an AT dialogue (ITU-T V.250, 3GPP TS 27.005): what a modem says, cut and named; no wire, no meaning.

Every byte is hostile: a line is at most `LONGEST` characters, a longer one is dropped and counted.
"""

import re
from dataclasses import dataclass

LONGEST = 1024
"""Characters: the longest honest line is a PDU of 12 + 164 octets in hexadecimal, 352 characters."""

SEND = b"\x1a"
ABORT = b"\x1b"

_WITH_BODY = ("+CMT:", "+CDS:", "+CMGR:", "+CMGL:")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ENDS = re.compile(r"\r|\n")
_ERROR = re.compile(r"\+CM(?P<kind>[ES]) ERROR: *(?P<code>\d{1,5})?")
_PLAIN_ERRORS = frozenset({"ERROR", "COMMAND NOT SUPPORT", "NO CARRIER", "NO DIALTONE", "BUSY", "TOO MANY PARAMETERS"})


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: `head`, and for a head that announces a PDU the `body` that followed it."""

    head: str
    body: str = ""


PROMPT = Line(">")


@dataclass(frozen=True, slots=True)
class Final:
    """The end of an answer: `kind` is "" for OK, "E" for +CME, "S" for +CMS, "?" for an error without a number."""

    kind: str = ""
    code: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was done."""
        return not self.kind


def final_of(line: Line) -> Final | None:
    """What a final result code says, or None when the line is none."""
    if line.head == "OK":
        return Final()
    if line.head in _PLAIN_ERRORS:
        return Final("?")
    if found := _ERROR.match(line.head):
        code = found["code"]
        return Final(found["kind"], None if code is None else int(code))
    return None


class Cutter:
    """Cuts bytes into lines and prompts, and gives each announcing head its PDU, whatever stands between them."""

    def __init__(self) -> None:
        self.dropped = 0
        self._tail = ""
        self._overlong = False
        self._head: str | None = None

    def feed(self, data: bytes) -> list[Line]:
        """All lines that are complete after `data`."""
        *whole, self._tail = _ENDS.split(self._tail + data.decode("ascii", errors="replace"))
        lines = [line for text in whole for line in self._complete(text)]
        if not self._overlong and self._tail.lstrip().startswith(">"):
            # a prompt has no line end; the space behind it falls to the next line's strip
            self._tail = self._tail.lstrip()[1:]
            lines += self._line(">")
        if len(self._tail) > LONGEST:
            self._tail, self._overlong = "", True
        return lines

    def _complete(self, text: str) -> list[Line]:
        if self._overlong or len(text) > LONGEST:
            self._overlong = False
            self.dropped += 1
            return []
        text = text.strip(" \x00")
        return self._line(text) if text else []

    def _line(self, text: str) -> list[Line]:
        if self._head is not None and _HEX.fullmatch(text):
            head, self._head = self._head, None
            return [Line(head, text)]
        if text == ">":
            return [PROMPT]
        if text.startswith(_WITH_BODY):
            bodiless, self._head = self._head, text
            return [] if bodiless is None else [Line(bodiless)]
        return [*self._bodiless(text), Line(text)]

    def _bodiless(self, text: str) -> list[Line]:
        """An empty slot: its head is followed by the end of the answer."""
        if self._head is None or final_of(Line(text)) is None:
            return []
        head, self._head = self._head, None
        return [Line(head)]
