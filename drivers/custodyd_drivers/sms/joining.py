"""Multipart messages from their parts, as far as they arrive in time; time is an argument, no modem is known."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from custodyd_drivers.sms.body import Body, join

WAIT_S = 600.0
"""How long the missing parts of a message are waited for: networks deliver them within a minute or lose them."""
MOST_WAITING = 50
"""Messages half arrived: a flood of first parts pushes out the oldest, so that it cannot fill the memory."""
GAP = "[…]"

_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Joined(Generic[_K]):
    """A message that is complete, or as complete as it will be; `kept` is what its parts were stored under."""

    sender: str
    text: str
    kept: tuple[_K, ...]


@dataclass(slots=True)
class _Waiting(Generic[_K]):
    since: float
    parts: dict[int, tuple[Body, _K]] = field(default_factory=dict[int, tuple[Body, _K]])


class Joiner(Generic[_K]):
    """Takes bodies with the thing `_K` under which each is kept; the same part twice replaces the first."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int, int, bool], _Waiting[_K]] = {}

    def take(self, sender: str, body: Body, kept: _K, now: float) -> list[Joined[_K]]:
        """What became complete by this body, or had to give way to it."""
        part = body.part
        if part is None:
            return [Joined(sender, body.text, (kept,))]
        key = (sender, part.reference, part.total, part.wide)
        pushed = self._oldest() if key not in self._waiting and len(self._waiting) >= MOST_WAITING else []
        waiting = self._waiting.setdefault(key, _Waiting(now))
        waiting.parts[part.number] = (body, kept)
        return [*pushed, self._close(key)] if len(waiting.parts) == part.total else pushed

    def expired(self, now: float) -> list[Joined[_K]]:
        """Messages whose parts were waited for long enough, each gap shown."""
        late = [key for key, waiting in self._waiting.items() if now - waiting.since >= WAIT_S]
        return [self._close(key) for key in late]

    def _oldest(self) -> list[Joined[_K]]:
        return [self._close(min(self._waiting, key=lambda key: self._waiting[key].since))]

    def _close(self, key: tuple[str, int, int, bool]) -> Joined[_K]:
        parts = self._waiting.pop(key).parts
        total = key[2]
        kept = tuple(kept for _, kept in parts.values())
        if len(parts) == total:
            return Joined(key[0], join([parts[number][0] for number in range(1, total + 1)]), kept)
        texts = [parts[number][0].text if number in parts else GAP for number in range(1, total + 1)]
        return Joined(key[0], "".join(texts), kept)
