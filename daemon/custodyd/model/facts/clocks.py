"""What happens to clocks and their due steps."""

from typing import ClassVar, Literal

import msgspec

from custodyd.model.entry import Fact

Colour = Literal["green", "blue", "yellow", "orange", "red"]  # 绿 蓝 黄 橙 红


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of a clock's ladder: at `at` (microseconds UTC) it shows `colour`, and these roles are told."""

    colour: Colour
    at: int
    tell: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a deadline's arithmetic: what was done (`op`) and with which values; texts `explain.<op>` say it."""

    op: str
    values: dict[str, str | int | tuple[str, ...]]


class Reckoning(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a deadline was counted: the article and its data set, the other reading, each step of the arithmetic.

    `alarm` is the earlier reading, from which the ladder counts. `provisional` = a calendar is missing for its end.
    """

    article: str
    status: str  # how well the source was read: seen, partly seen, memory, ours
    digest: str  # SHA-256 of the data set; its version stands in the entry's rule
    length: str
    alarm: int
    alternative: int | None = None
    alternative_is: str | None = None
    provisional: bool = False
    lines: tuple[Line, ...] = ()


class ClockStarted(Fact, frozen=True, kw_only=True):
    """A clock began for the entry's case or object; `id` is unique, `steps` its ladder from this entry on.

    `name` is the id of a limit, or of what else owns a ladder; `due` its end, absent where the ladder of an event has
    none. `start` is the instant that is counted from, by the word of `asserted` and the paper `document`.
    """

    kind: ClassVar[str] = "clock.started"
    id: str
    name: str
    due: int | None = None
    steps: tuple[Step, ...]
    start: int | None = None
    asserted: str | None = None
    document: str | None = None
    held: bool = False
    reckoning: Reckoning | None = None


class ClockMoved(Fact, frozen=True, kw_only=True):
    """The end of a clock changed, or its start was corrected; what was before stands beside what is now.

    The ladder that is left is replaced by `steps`; a clock that is paused has neither end nor steps. `document` is the
    paper that allows it, `approver` the role that signed it at `decided`, `length` the total that an extension gives.
    """

    kind: ClassVar[str] = "clock.moved"
    id: str
    why: Literal["extended", "paused", "resumed", "corrected"]
    document: str
    steps: tuple[Step, ...]
    due_before: int | None = None
    due: int | None = None
    at: int | None = None  # when a pause began or ended
    reason: str | None = None
    start_before: int | None = None
    start: int | None = None
    asserted: str | None = None
    decided: int | None = None
    approver: str | None = None
    length: str | None = None
    reckoning: Reckoning | None = None


class ClockEnded(Fact, frozen=True, kw_only=True):
    """What the clock waited for happened (`met`), or it is waited for no longer, by which paper."""

    kind: ClassVar[str] = "clock.ended"
    id: str
    met: bool
    document: str | None = None


class StepReached(Fact, frozen=True, kw_only=True):
    """A clock reached the rung that stood at `at`; `late` = told more than one round after its time."""

    kind: ClassVar[str] = "reminder.step.reached"
    id: str
    colour: Colour
    at: int
    late: bool
    due: int | None = None


FACTS = (ClockStarted, ClockMoved, ClockEnded, StepReached)
