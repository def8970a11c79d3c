"""Where each key of a TOML document stands; it reads no values, and only what tomllib has already accepted.

Grammar: TOML 1.0.0. The result maps the way to each key, table and array element to its line and column (from 1).
"""

import re

KeyPath = tuple[str | int, ...]
"""The way to a value: names of tables and keys, indexes of arrays."""

_BLANK = re.compile(r"[ \t]*")
_VOID = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]+|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]+|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']+|'{1,2}(?!'))*'{3,5}", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_ESCAPE = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfr"\\])')
_SHORT_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def scan(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Key path → (line, column) of a valid document; line ends are counted as tomllib counts them.

    Raises ValueError for what tomllib would not have accepted.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._offsets: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}  # arrays of tables met so far → number of their tables

    def lines(self) -> dict[KeyPath, tuple[int, int]]:
        """Offsets as lines and columns."""
        starts = [0, *(found.end() for found in re.finditer("\n", self._text))]
        result: dict[KeyPath, tuple[int, int]] = {}
        line = 0
        for path, offset in sorted(self._offsets.items(), key=lambda item: item[1]):
            while line + 1 < len(starts) and starts[line + 1] <= offset:
                line += 1
            result[path] = (line + 1, offset - starts[line] + 1)
        return result

    def document(self) -> None:
        """Headers and keys until the end."""
        table: KeyPath = ()
        self._skip(_VOID)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_VOID)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:  # never go round in circles, should tomllib and this scanner disagree
            raise ValueError(f"no key and no value at character {self._at}")
        self._at = found.end()
        return found.group()

    def _note(self, path: KeyPath, offset: int) -> None:
        self._offsets.setdefault(path, offset)

    def _header(self) -> KeyPath:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        keys = self._dotted()
        self._at += 2 if many else 1
        path: KeyPath = ()
        for key, offset in keys[:-1]:
            path = self._inside((*path, key))
            self._note(path if isinstance(path[-1], str) else path[:-1], offset)
        key, offset = keys[-1]
        path = (*path, key)
        # the table's own header says more than a longer one that only implied it
        if not many:
            self._offsets[path] = offset
            return path
        self._note(path, offset)
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        self._note((*path, index), offset)
        return (*path, index)

    def _inside(self, path: KeyPath) -> KeyPath:
        """The last table of an array of tables, or the table itself."""
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _dotted(self) -> list[tuple[str, int]]:
        keys: list[tuple[str, int]] = []
        while True:
            self._skip(_BLANK)
            offset = self._at
            keys.append((self._key(), offset))
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return _ESCAPE.sub(_unescaped, self._take(_BASIC)[1:-1])
        if first == "'":
            return self._take(_LITERAL)[1:-1]
        return self._take(_BARE_KEY)

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key, offset in self._dotted():
            path = (*path, key)
            self._note(path, offset)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        first = self._text[self._at : self._at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in ('"', "'"):
            self._string(first)
        else:
            self._take(_PLAIN)

    def _string(self, quote: str) -> None:
        if self._text.startswith(quote * 3, self._at):
            self._take(_LONG_BASIC if quote == '"' else _LONG_LITERAL)
        else:
            self._take(_BASIC if quote == '"' else _LITERAL)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        self._skip(_VOID)
        while self._at < len(self._text) and self._text[self._at] != "]":
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1
            self._comma()
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._skip(_VOID)
        while self._at < len(self._text) and self._text[self._at] != "}":
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        self._skip(_VOID)
        if self._text.startswith(",", self._at):
            self._at += 1
        self._skip(_VOID)


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1)
    if code[0] in "uU":
        return chr(int(code[1:], 16))
    return _SHORT_ESCAPES[code]
