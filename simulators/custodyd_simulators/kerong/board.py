"""How a KERONG board understands its line: frames onto locks, hooks and item sensors; it knows no wire and no time.

Sources: as for `custodyd_drivers.kerong.frames`. What the sheets leave open is a knob: a board may answer an unlock
shortly, with its status, or not at all, and while it pulls a bolt it may hear nothing.
"""

from collections.abc import Callable
from typing import Literal

from custodyd_drivers.kerong.frames import CU16, SET_TIME, TIME, TIME_UNIT_MS, Dialect, Frame, Splitter, Status
from custodyd_simulators.bank import Bank

UnlockAnswer = Literal["none", "short", "status"]
PULSE_S = 0.5
BUSY_S = 0.06
STALE_S = 0.1
ALL_LOCKS_48 = 0x30
EVERY_BOARD = {2: 0x0F, 3: 0x0A}  # by where the code stands
_ASK_EVERY, _TOLD_EVERY, _UNLOCK_ALL = 0x32, 0x36, 0x33
_HEARD_16 = {0x30: (5,), 0x31: (5,), _ASK_EVERY: (5,), _UNLOCK_ALL: (5,), SET_TIME: (5, 7)}
_HEARD_48 = {0x60: (6,), 0x61: (6,)}


class Board:
    """A board at `address` in front of a `bank`; `unlocks` counts the commands that it carried out."""

    def __init__(self, dialect: Dialect, address: int, bank: Bank, unlock_answer: UnlockAnswer = "none") -> None:
        self.dialect = dialect
        self.address = address
        self.bank = bank
        self.unlock_answer: UnlockAnswer = unlock_answer
        self.items: frozenset[int] = frozenset()
        """Doors behind which the item sensor sees something."""
        self.pulse_s = PULSE_S
        self.keeps_time = True
        self.unlocks = 0
        self._sizes = _HEARD_16 if dialect is CU16 else _HEARD_48
        self._heard = Splitter(dialect, self._sizes)
        self._paused_s = 0.0
        self._busy_s = 0.0

    def hear(self, data: bytes) -> list[Frame]:
        """Bytes from the line; the answers to what was meant for this board. Junk is dropped in silence."""
        self._paused_s = 0.0
        frames, _ = self._heard.feed(data)
        busy = self._busy_s > 0
        answers = [self._answer(frame) for frame in frames if self._meant(frame) and not busy]
        return [answer for answer in answers if answer is not None]

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass: half a frame goes stale, a pulse ends."""
        self.bank.tick(dt)
        self._busy_s -= dt
        self._paused_s += dt
        if self._paused_s > STALE_S:
            self._heard = Splitter(self.dialect, self._sizes)

    def _meant(self, frame: Frame) -> bool:
        return frame.board in (self.address, EVERY_BOARD[self.dialect.code_at])

    def _answer(self, frame: Frame) -> Frame | None:
        verbs: dict[int, Callable[[Frame], Frame | None]] = {
            self.dialect.ask: self._status,
            self.dialect.unlock: self._unlock,
            _ASK_EVERY: self._every,
            _UNLOCK_ALL: self._unlock_all,
            SET_TIME: self._time,
        }
        return verbs[frame.code](frame)

    def _status(self, frame: Frame, code: int | None = None) -> Frame:
        locks = range(1, self.dialect.locks + 1)
        levels = [*self.bank.levels(), *[False] * self.dialect.locks][: self.dialect.locks]
        status = Status(tuple(levels), tuple(door in self.items for door in locks))
        lock = 0 if self.dialect is CU16 else frame.lock
        return Frame(self.address, lock, code or self.dialect.told, status.encode())

    def _every(self, frame: Frame) -> Frame:
        return self._status(frame, _TOLD_EVERY)

    def _unlock(self, frame: Frame) -> Frame | None:
        every = self.dialect is not CU16 and frame.lock == ALL_LOCKS_48
        return self._pull(frame, range(self.bank.channels) if every else [frame.lock])

    def _unlock_all(self, frame: Frame) -> Frame | None:
        return self._pull(frame, range(self.bank.channels))

    def _pull(self, frame: Frame, locks: range | list[int]) -> Frame | None:
        for lock in locks:
            if lock < self.bank.channels:
                self.bank.locks[lock].drive(True, self.pulse_s)
        self.unlocks += 1
        self._busy_s = BUSY_S
        if self.unlock_answer == "none":
            return None
        if self.unlock_answer == "short":
            return Frame(self.address, frame.lock, self.dialect.told)
        return self._status(frame)

    def _time(self, frame: Frame) -> Frame:
        if frame.data and self.keeps_time:
            self.pulse_s = int.from_bytes(frame.data, "big") * TIME_UNIT_MS / 1000
        data = round(self.pulse_s * 1000 / TIME_UNIT_MS).to_bytes(2, "big")
        return Frame(self.address, 0, TIME, data)
