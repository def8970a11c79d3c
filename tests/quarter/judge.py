"""What the record must hold after a quarter: each level that was due once, none early, none late but after a kill."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from custodyd.ledger.canonical import decode
from custodyd.model.entry import Entry
from custodyd.model.facts import clocks, messages

TICK_US = 30_000_000
Level = tuple[str, str, int]  # clock, colour, moment


@dataclass(slots=True)
class Found:
    """What was counted; everything from `early` on must be empty."""

    clocks: int = 0
    levels: int = 0
    late: int = 0
    intended: int = 0
    states: Counter[str] = field(default_factory=Counter[str])
    worst_s: float = 0.0  # beside those that fell due while nobody ran
    early: list[str] = field(default_factory=list[str])
    twice: list[str] = field(default_factory=list[str])
    tardy: list[str] = field(default_factory=list[str])
    unmarked: list[str] = field(default_factory=list[str])
    unasked: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])

    @property
    def wrong(self) -> list[str]:
        """All that must not be."""
        lists = (self.early, self.twice, self.tardy, self.unmarked, self.unasked, self.lost)
        return [f"{name}: {one}" for name, found in zip(_NAMES, lists, strict=True) for one in found]


_NAMES = ("early", "twice", "tardy", "late and not marked", "never asked for", "lost")


def entries(file: Path) -> list[Entry]:
    """Every entry of the record, oldest first."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        return [decode(data) for (data,) in connection.execute("SELECT bytes FROM entry ORDER BY number, seq")]


def judged(record: Iterable[Entry], down: list[tuple[int, int]], until: int) -> Found:
    """`down` = the civil intervals in which nobody ran; `until` = civil time at the end."""
    found, waiting, reached = Found(), set[Level](), Counter[Level]()
    for entry in record:
        data = entry.data
        if entry.kind == clocks.ClockStarted.kind:
            found.clocks += 1
            waiting |= {(data["id"], step["colour"], step["at"]) for step in data["steps"]}
        elif entry.kind == clocks.ClockEnded.kind:
            gone = {level for level in waiting if level[0] == data["id"] and not reached[level]}
            found.lost += [f"{level} before its end" for level in gone if _owed(level, entry.happened, down)]
            waiting -= gone
        elif entry.kind == clocks.StepReached.kind:
            level = data["id"], data["colour"], data["at"]
            reached[level] += 1
            _one(found, level, entry, down)
            found.unasked += [str(level)] if level not in waiting else []
        elif entry.kind == messages.MessageIntended.kind:
            found.intended += 1
    found.levels = sum(reached.values())
    found.twice = [str(level) for level, times in reached.items() if times > 1]
    found.lost += [str(level) for level in waiting if level[2] <= until and not reached[level]]
    return found


def _owed(level: Level, moment: int, down: list[tuple[int, int]]) -> bool:
    """Whether it was due more than a round before `moment`, while somebody ran."""
    return level[2] + TICK_US < moment and not _fell_while_down(level[2], down)


def _one(found: Found, level: Level, entry: Entry, down: list[tuple[int, int]]) -> None:
    after = entry.happened - level[2]
    if after < 0:
        found.early.append(f"{level} by {-after} us")
    if _fell_while_down(level[2], down):
        found.late += entry.data["late"]
    else:
        found.worst_s = max(found.worst_s, after / 1e6)
        found.tardy += [f"{level} by {after / 1e6:.1f} s"] if after > TICK_US else []
    if entry.data["late"] != (after > TICK_US):
        found.unmarked.append(str(level))


def _fell_while_down(moment: int, down: list[tuple[int, int]]) -> bool:
    return any(begin - TICK_US <= moment <= end for begin, end in down)
