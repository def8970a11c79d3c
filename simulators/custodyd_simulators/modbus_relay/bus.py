"""A simulated wire with several Modbus devices on it: who hears, who answers, when; it knows no board's meaning."""

from dataclasses import dataclass, field
from threading import RLock
from typing import Protocol

from custodyd_simulators.modbus_relay.adu import Framing, Mbap, Question, Rtu
from custodyd_simulators.wires import Say


class Device(Protocol):
    """Something with a unit number."""

    @property
    def unit(self) -> int:
        """Its number on the wire; may change while it runs."""
        ...

    @property
    def also_answers(self) -> int | None:
        """A second number that it answers, if any."""
        ...

    def answer(self, pdu: bytes) -> bytes:
        """Function code and data of its answer."""
        ...

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        ...


@dataclass(slots=True)
class Seat:
    """A device on the wire with the knobs of its faults."""

    device: Device
    mute: bool = False  # hears and obeys, says nothing
    dead: bool = False  # without power: hears nothing
    delay_s: float = 0.0  # before each answer
    swallow: int = 0  # so many answers never leave
    exception: int | None = None  # every request is refused with this code and not obeyed
    extra: bytes = b""  # glued to each answer's data: a block of another size
    heard: int = 0  # requests that reached it


@dataclass(slots=True)
class SimulatedBus:
    """All devices of one wire; a `wires.Dialect`, and the hand that `TWIN.join` takes. `framing` is how they speak."""

    numbered: bool = False
    lock: RLock = field(default_factory=RLock)
    seats: list[Seat] = field(default_factory=list[Seat])
    questions: list[Question] = field(default_factory=list[Question])
    """The latest requests that were heard, oldest first."""
    _framing: Framing = field(init=False)
    _say: Say | None = None
    _due: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])

    def __post_init__(self) -> None:
        self._framing = Mbap() if self.numbered else Rtu()

    def add(self, device: Device) -> Seat:
        """Put a device on the wire."""
        with self.lock:
            seat = Seat(device)
            self.seats.append(seat)
            return seat

    def seat(self, unit: int) -> Seat:
        """The first device that has this unit number; raises KeyError."""
        with self.lock:
            for seat in self.seats:
                if seat.device.unit == unit:
                    return seat
        raise KeyError(unit)

    def attach(self, say: Say) -> None:
        """See `wires.Dialect`."""
        self._say = say

    def hear(self, data: bytes) -> None:
        """See `wires.Dialect`."""
        with self.lock:
            for question in self._framing.feed(data):
                self._note(question)
                for seat in self._meant(question.unit):
                    self._ask(seat, question)

    def tick(self, dt: float) -> None:
        """See `wires.Dialect`."""
        with self.lock:
            self._framing.tick(dt)
            for seat in self.seats:
                seat.device.tick(dt)
            waiting = [(left - dt, frame) for left, frame in self._due]
            self._due = [one for one in waiting if one[0] > 0]
            for left, frame in waiting:
                if left <= 0:
                    self._speak(frame)

    def _note(self, question: Question) -> None:
        self.questions.append(question)
        del self.questions[:-1000]

    def _meant(self, unit: int) -> list[Seat]:
        """Who feels meant: number 0 is everyone, and only a board alone on its wire may answer it."""
        living = [seat for seat in self.seats if not seat.dead]
        if unit == 0:
            return living
        return [seat for seat in living if unit in (seat.device.unit, seat.device.also_answers)]

    def _ask(self, seat: Seat, question: Question) -> None:
        seat.heard += 1
        if seat.exception is None:
            pdu = seat.device.answer(question.pdu) + seat.extra
            if seat.extra:
                pdu = pdu[:1] + bytes([len(pdu) - 2]) + pdu[2:]
        else:
            pdu = bytes([question.pdu[0] | 0x80, seat.exception])
        if seat.mute or (question.unit == 0 and len(self.seats) > 1):
            return
        if seat.swallow:
            seat.swallow -= 1
            return
        self._later(seat.delay_s, self._framing.wrap(question, pdu))

    def _later(self, seconds: float, frame: bytes) -> None:
        if seconds > 0:
            self._due.append((seconds, frame))
        else:
            self._speak(frame)

    def _speak(self, frame: bytes) -> None:
        if self._say is not None:
            self._say(frame)
