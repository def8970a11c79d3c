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


class ClockStarted(Fact, frozen=True, kw_only=True):
    """A clock began for the entry's case or object; `id` is unique, `due` its end, `steps` its whole ladder."""

    kind: ClassVar[str] = "clock.started"
    id: str
    name: Literal["dossier-deposit", "dossier-loan"]
    due: int
    steps: tuple[Step, ...]


class ClockEnded(Fact, frozen=True, kw_only=True):
    """What the clock waited for happened (`met`), or it is waited for no longer."""

    kind: ClassVar[str] = "clock.ended"
    id: str
    met: bool


class StepReached(Fact, frozen=True, kw_only=True):
    """A clock reached a rung; `late` = told more than one round after its time, because the daemon was down."""

    kind: ClassVar[str] = "reminder.step.reached"
    id: str
    colour: Colour
    due: int
    late: bool


FACTS = (ClockStarted, ClockEnded, StepReached)
