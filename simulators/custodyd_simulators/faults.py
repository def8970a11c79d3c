"""What can go wrong on a wire, as knobs a hand or a test turns; it knows bytes and chances, no device."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

_TURN_S = 0.03  # whoever answers in turn needs a moment from one answer to the next


@dataclass(slots=True)
class Faults:
    """Knobs over what a twin says, or over what it hears.

    Counts are consumed, one per utterance; the rest stays until turned back.
    """

    swallow: int = 0  # utterances that never leave
    corrupt: int = 0  # utterances with one bit flipped
    double: int = 0  # utterances said twice
    hold: int = 0  # utterances kept back, and said right before the next one: answers that are overdue
    old: int = 0  # utterances before which the one before them is said once more: answers to an earlier question
    lose: float = 0.0  # chance of each byte to be lost
    drop: float = 0.0  # chance of each utterance to be lost
    cut_after: int | None = None  # the next utterance ends after so many bytes
    die_after: int | None = None  # as cut_after, and from then on nothing passes
    delay_s: float = 0.0  # before every utterance
    pause_s: float = 0.0  # between bytes: a slow line
    junk: bytes = b""  # before every utterance
    mute: bool = False  # nothing passes at all
    seed: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)
    _held: bytes = field(default=b"", repr=False)
    _last: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def clear(self) -> None:
        """Turn every knob back."""
        fresh = Faults(seed=self.seed)
        for knob in fields(self):
            setattr(self, knob.name, getattr(fresh, knob.name))

    def forget(self) -> None:
        """What is held back is lost."""
        self._held = self._last = b""

    def utter(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """What really leaves for one utterance: (seconds after the one before, bytes)."""
        if self.mute or self._spend("swallow") or (self.drop and self._random.random() < self.drop):
            return
        if self._spend("hold"):
            self._held += data
            return
        yield from self._before(data)
        data = self._shortened(self._changed(data))
        for _ in range(2 if self._spend("double") else 1):
            yield from self._paced(self.junk + data)

    def _before(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        earlier = self._last if self._last and self._spend("old") else self._held
        self._last, self._held = data, b""
        if earlier:
            yield from self._paced(earlier)
            yield _TURN_S, b""

    def _changed(self, data: bytes) -> bytes:
        if self._spend("corrupt") and data:
            data = self._flip(data)
        if self.lose:
            data = bytes(byte for byte in data if self._random.random() >= self.lose)
        return data

    def _shortened(self, data: bytes) -> bytes:
        if self.cut_after is not None:
            data, self.cut_after = data[: self.cut_after], None
        if self.die_after is not None:
            data, self.die_after, self.mute = data[: self.die_after], None, True
        return data

    def _paced(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        if not self.pause_s:
            yield self.delay_s, data
            return
        for index in range(len(data)):
            yield (self.pause_s if index else self.delay_s), data[index : index + 1]

    def _spend(self, knob: str) -> bool:
        left: int = getattr(self, knob)
        if left:
            setattr(self, knob, left - 1)
        return left > 0

    def _flip(self, data: bytes) -> bytes:
        place = self._random.randrange(len(data))
        return data[:place] + bytes([data[place] ^ (1 << self._random.randrange(8))]) + data[place + 1 :]
