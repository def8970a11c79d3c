"""A simulated wire of KERONG boards: all hear all, each answers for itself; it knows no frame's meaning."""

from dataclasses import dataclass, field
from threading import RLock

from custodyd_simulators.kerong.board import Board
from custodyd_simulators.wires import Say


@dataclass(slots=True)
class Seat:
    """A board on the wire with the knobs of its faults."""

    board: Board
    mute: bool = False  # hears and obeys, says nothing
    dead: bool = False  # without power: hears nothing
    delay_s: float = 0.0  # before each answer
    swallow: int = 0  # so many answers never leave


@dataclass(slots=True)
class SimulatedLine:
    """All boards of one wire; a `wires.Dialect`, and the hand that `TWIN.join` takes."""

    lock: RLock = field(default_factory=RLock)
    seats: list[Seat] = field(default_factory=list[Seat])
    echo: bool = False  # the host's adapter hears itself
    heard: bytearray = field(default_factory=bytearray)
    """The latest bytes from the host."""
    _say: Say | None = None
    _due: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])

    def add(self, board: Board) -> Seat:
        """Put a board on the wire."""
        with self.lock:
            seat = Seat(board)
            self.seats.append(seat)
            return seat

    def seat(self, address: int) -> Seat:
        """The first board at this address; raises KeyError."""
        with self.lock:
            for seat in self.seats:
                if seat.board.address == address:
                    return seat
        raise KeyError(address)

    def attach(self, say: Say) -> None:
        """See `wires.Dialect`."""
        self._say = say

    def hear(self, data: bytes) -> None:
        """See `wires.Dialect`."""
        with self.lock:
            self.heard += data
            del self.heard[:-4096]
            if self.echo:
                self._speak(data)
            for seat in self.seats:
                if not seat.dead:
                    self._listen(seat, data)

    def tick(self, dt: float) -> None:
        """See `wires.Dialect`."""
        with self.lock:
            for seat in self.seats:
                seat.board.tick(dt)
            waiting = [(left - dt, frame) for left, frame in self._due]
            self._due = [one for one in waiting if one[0] > 0]
            for left, frame in waiting:
                if left <= 0:
                    self._speak(frame)

    def _listen(self, seat: Seat, data: bytes) -> None:
        for answer in seat.board.hear(data):
            if seat.mute:
                continue
            if seat.swallow:
                seat.swallow -= 1
                continue
            frame = answer.encode(seat.board.dialect)
            if seat.delay_s > 0:
                self._due.append((seat.delay_s, frame))
            else:
                self._speak(frame)

    def _speak(self, frame: bytes) -> None:
        if self._say is not None:
            self._say(frame)
