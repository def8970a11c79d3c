"""Circuit breakers, one per unit: a dead unit is asked seldom, so that it costs the living little; no wire, no clock.

    closed ──two silences in a row──▶ open ──ten cycles later──▶ half-open ──answer──▶ closed
                                        ◀───────────silence──────────┘

A cycle is one turn of the living: it ends when a unit that has answered in it answers again.
"""

from dataclasses import dataclass
from enum import StrEnum

SILENCES = 2  # one may be noise on the line, and the read after an unanswered unlock must not be refused
CYCLES = 10
IDLE_S = 1.0
"""When nobody has answered for so long there is no one to protect: the dead may be asked at once."""


class BreakerState(StrEnum):
    """What a unit's breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True)
class _Breaker:
    state: BreakerState = BreakerState.CLOSED
    silences: int = 0
    since_cycle: int = 0


class Breakers:
    """Not thread-safe: the bus calls it under its lock. `now` is elapsed seconds."""

    def __init__(self) -> None:
        self._units: dict[int, _Breaker] = {}
        self._turn: set[int] = set()
        self._cycle = 0
        self._last_answer: float | None = None

    def states(self) -> dict[int, BreakerState]:
        """Every unit that was ever asked."""
        return {unit: one.state for unit, one in sorted(self._units.items())}

    def admits(self, unit: int, now: float) -> bool:
        """Whether `unit` may be asked now; an open breaker that is due becomes half-open by this question."""
        one = self._units.setdefault(unit, _Breaker())
        if one.state is BreakerState.OPEN:
            idle = self._last_answer is None or now - self._last_answer >= IDLE_S
            if not idle and self._cycle - one.since_cycle < CYCLES:
                return False
            one.state = BreakerState.HALF_OPEN
        return True

    def answered(self, unit: int, now: float) -> None:
        """`unit` said something sound."""
        self._units[unit] = _Breaker()
        self._last_answer = now
        if unit in self._turn:
            self._turn.clear()
            self._cycle += 1
        self._turn.add(unit)

    def silent(self, unit: int) -> None:
        """`unit` said nothing, or nothing sound."""
        one = self._units.setdefault(unit, _Breaker())
        one.silences += 1
        one.since_cycle = self._cycle
        if one.silences >= SILENCES:
            one.state = BreakerState.OPEN
