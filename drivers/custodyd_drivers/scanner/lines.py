"""From bytes to codes: suffix, prefix, silence, length and letters; pure, it must not know ports or makers.

Everything that comes in is hostile: whatever is sent, memory stays bounded and only printable text leaves.
"""

from collections import OrderedDict
from dataclasses import dataclass

from custodyd_drivers.contract import CodeScanned, CodeUnreadable

Found = CodeScanned | CodeUnreadable

_BYTES_PER_LETTER = 4  # at most, in UTF-8 and in GB18030


@dataclass(frozen=True, slots=True)
class Grammar:
    """How codes stand on the line: `prefix` before, `suffix` after (empty: silence ends a code), longest in letters.

    A printable suffix may be half of a Chinese letter in GB18030 and then cuts it: cr, lf and tab never do.
    """

    prefix: bytes
    suffix: bytes
    max_length: int

    @property
    def most(self) -> int:
        """Bytes that the longest code may take, prefix included."""
        return len(self.prefix) + self.max_length * _BYTES_PER_LETTER

    def judge(self, line: bytes) -> Found:
        """What one line without its suffix is."""
        if not line.startswith(self.prefix):
            return CodeUnreadable("undecodable", len(line))
        text = decoded(line[len(self.prefix) :])
        if text is None:
            return CodeUnreadable("undecodable", len(line))
        if len(text) > self.max_length:
            return CodeUnreadable("overlong", len(line))
        return CodeScanned(text)


def decoded(data: bytes) -> str | None:
    """Printable text in UTF-8, else in GB18030; None for anything else, control and format characters included."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if text and text.isprintable() else None
    return None


class Splitter:
    """Cuts a stream into codes. The result depends on the bytes and the silences alone, not on how reads split them."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._line = bytearray()
        self._dropped = 0

    @property
    def waiting(self) -> bool:
        """Whether a code has begun and not ended."""
        return bool(self._line) or self._dropped > 0

    def feed(self, data: bytes) -> list[Found]:
        """Every code that ends in `data`."""
        suffix = self._grammar.suffix
        *lines, rest = (self._line + data).split(suffix) if suffix else (self._line + data,)
        found = list[Found]()
        for line in lines:
            if line or self._dropped:
                found.append(self._end(bytes(line)))
        self._line = rest
        self._cut()
        return found

    def silence(self) -> list[Found]:
        """What the inter-character time-out makes of the rest: nothing, a half code, or a code without suffix."""
        line, self._line = bytes(self._line), bytearray()
        if not line and not self._dropped:
            return []
        if self._grammar.suffix:
            length, self._dropped = len(line) + self._dropped, 0
            return [CodeUnreadable("halting", length)]
        return [self._end(line)]

    def _end(self, line: bytes) -> Found:
        length, self._dropped = len(line) + self._dropped, 0
        return CodeUnreadable("overlong", length) if length > self._grammar.most else self._grammar.judge(line)

    def _cut(self) -> None:
        """Forget the front of a line that is too long anyway; its end may still hold half a suffix."""
        surplus = len(self._line) - self._grammar.most - len(self._grammar.suffix)
        if surplus > 0:
            del self._line[:surplus]
            self._dropped += surplus


class Once:
    """The same code again within a window is the same scan; a code held before the window stays one scan."""

    _MOST = 64  # different codes within one window; more is a flood, and forgetting the oldest is harmless

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._seen = OrderedDict[Found | str, float]()

    def fresh(self, found: Found, now: float) -> bool:
        """Whether `found` at `now` (elapsed seconds) is to be told.

        A code counts from when it was last seen, a kind of trash from when it was last told: noise without end is told
        once per window.
        """
        key = found if isinstance(found, CodeScanned) else found.reason
        last = self._seen.get(key)
        again = last is not None and now - last < self._window_s
        if isinstance(found, CodeScanned) or not again:
            self._seen[key] = now
            self._seen.move_to_end(key)
        if len(self._seen) > self._MOST:
            self._seen.popitem(last=False)
        return not again
