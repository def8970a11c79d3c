"""What is wrong with a settings file: where, what was expected, what stands there, what was probably meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import LOCALES, NOTHING, Fact, Words, both, joined, printable, quoted

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_SECRET = frozenset({"pin", "password", "token"})  # what stands there goes into no message
_MOST = 200  # more mistakes than a person reads; the rest waits for the next check


@dataclass(frozen=True, slots=True)
class Place:
    """A character in a file; line and column count from 1."""

    file: Path
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to put right. `key` is dotted as in TOML ("" = the file itself); `found` is short TOML notation.

    `expected` and `text` hold zh-CN and en; `nearest` is the known name that looks most like what was written.
    """

    file: Path
    line: int
    column: int
    key: str
    expected: Words
    found: str
    nearest: str | None
    text: Words


class Mistakes(Exception):
    """Every mistake of a settings file and its overlay, in the order of the file."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__(f"{len(found)} mistakes in the settings, the first: {found[0].text['en']}")
        self.list = found


ABSENT = object()
"""Stands for a value that is not there."""


@dataclass(slots=True)
class Findings:
    """Collects mistakes and remarks while a file is read; `places` maps key paths to places."""

    file: Path
    places: Mapping[KeyPath, Place]
    mistakes: list[Mistake] = field(default_factory=list)
    remarks: list[Mistake] = field(default_factory=list)

    def add(
        self,
        path: KeyPath,
        identifier: str,
        *,
        expected: Words = NOTHING,
        found: object = ABSENT,
        nearest: str | None = None,
        **facts: Fact,
    ) -> None:
        """Note that what stands at `path` is wrong, in the words of the text `identifier`."""
        self.mistakes.append(self._mistake(path, identifier, expected, found, nearest, facts))

    def remark(self, path: KeyPath, identifier: str, *, found: object = ABSENT, **facts: Fact) -> None:
        """Note something that works but will surprise somebody."""
        self.remarks.append(self._mistake(path, identifier, NOTHING, found, None, facts))

    def _mistake(
        self,
        path: KeyPath,
        identifier: str,
        expected: Words,
        found: object,
        nearest: str | None,
        facts: Mapping[str, Fact],
    ) -> Mistake:
        secret = path[-1:] and path[-1] in _SECRET
        shown = "" if found is ABSENT else '"…"' if secret else quoted(found)
        name = printable(dotted(path[-2:] if path and isinstance(path[-1], int) else path[-1:]))
        text = both(identifier, **{"name": name, "found": shown, "expected": expected, **facts})
        if nearest:
            text = joined(text, both("settings.nearest", nearest=nearest))
        place = self.place(path)
        return Mistake(place.file, place.line, place.column, dotted(path), expected, shown, nearest, text)

    def place(self, path: KeyPath) -> Place:
        """Where `path` stands, or the nearest table around it."""
        for length in range(len(path), -1, -1):
            found = self.places.get(path[:length])
            if found is not None:
                return found
        return Place(self.file)

    def in_order(self) -> tuple[Mistake, ...]:
        """All mistakes by file and place, each once."""
        return _in_order(self.mistakes)[:_MOST]

    def remarks_in_order(self) -> tuple[Mistake, ...]:
        """All remarks by file and place, each once."""
        return _in_order(self.remarks)


def _in_order(found: list[Mistake]) -> tuple[Mistake, ...]:
    unique = {(one.file, one.line, one.column, one.key, one.text[LOCALES[0]]): one for one in found}
    return tuple(unique[place] for place in sorted(unique))


def dotted(path: KeyPath) -> str:
    """`cabinet.a.compartments[0].locks`, names quoted where TOML would quote them."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if part and set(part) <= _BARE else quoted(part))
    return text
