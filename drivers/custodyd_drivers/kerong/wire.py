"""A shared wire of KERONG boards: one opening, one exchange at a time; its owner queues, it knows no door."""

import contextlib
import os
from typing import Protocol

from custodyd_drivers.errors import Garbled, LinkLost, NoReply
from custodyd_drivers.kerong.frames import CU16, CU48, Dialect, Frame, Request, Splitter
from custodyd_drivers.kerong.settings import BusSettings
from custodyd_drivers.link.bus import SharedBus
from custodyd_drivers.link.exchange import Misfit
from custodyd_drivers.link.line import Line, elapsed
from custodyd_drivers.link.serial import Port, check_same, opened
from custodyd_drivers.link.tcp import connected

SETTLE_S = 0.1  # after an unlock: a board that pulls a bolt may answer nothing, and its hook needs time to move


class _Far(Protocol):
    """An open port or connection."""

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class KerongBus(SharedBus[Request]):
    """One connection to one wire of boards of one dialect."""

    def __init__(self, settings: BusSettings) -> None:
        super().__init__(settings.address, lambda stop: Client(settings, stop))


class Client:
    """See `custodyd_drivers.link.bus.Client`."""

    def __init__(self, settings: BusSettings, stop: int) -> None:
        self._settings = settings
        self._stop = stop
        self._far: _Far | None = None
        self._line: Line | None = None

    def open(self) -> None:
        """Open exclusively; raises LinkLost with the reason."""
        self._far = _open(self._settings)
        os.set_blocking(self._far.fileno(), False)
        self._line = Line(self._settings, self._far.fileno(), self._stop)
        self._line.distrust(self._settings.timeout_s)  # a question of the connection before may still be answered

    def ask(self, unit: int, request: Request) -> bytes:
        """The data of the answer, b"" if it was short; raises NoReply, Garbled or Misfit, LinkLost.

        When it was opened and after a failure, the wire is quiet for a whole time-out before the next request, after an
        unlock for `SETTLE_S`.
        """
        line = self._opened()
        line.begin()
        try:
            answer = self._exchange(line, unit, request)
        except (NoReply, Garbled):
            line.distrust(self._settings.timeout_s)
            raise
        if request.excused:
            line.distrust(SETTLE_S)
        return answer.data

    def _exchange(self, line: Line, unit: int, request: Request) -> Frame:
        sent = request.frame.encode(request.dialect)
        line.send(sent)
        own, heard = Splitter(request.dialect, request.answers), b""
        while data := line.receive():
            heard += data
            for frame in own.feed(data)[0]:
                if frame.board == unit:
                    return frame
        raise _why(unit, request, heard.replace(sent, b""), line)  # an adapter may repeat what was sent

    @property
    def handed_at(self) -> float | None:
        """See `custodyd_drivers.link.bus.Client`."""
        return self._opened().handed_at

    def look(self) -> None:
        """Whether the wire is still there, also when nobody speaks; raises LinkLost."""
        line = self._opened()
        line.drain()
        if self._settings.port is not None:
            check_same(self._settings.port, line.descriptor)

    def close(self) -> None:
        """Let go of the descriptor; never raises."""
        self._line = None
        if self._far is not None:
            with contextlib.suppress(OSError):
                self._far.close()

    def _opened(self) -> Line:
        if self._line is None:
            raise LinkLost(f"{self._settings.address} is closed")
        return self._line


def _open(settings: BusSettings) -> _Far:
    if settings.port is not None:
        return opened(Port(settings.port, settings.baudrate))
    return connected(str(settings.host), settings.tcp_port)


def _why(unit: int, request: Request, heard: bytes, line: Line) -> NoReply | Garbled:
    """What it means that nothing fitting came within the time-out."""
    if heard and _spoken(unit, heard, CU48 if request.dialect is CU16 else CU16):
        return Misfit(f"unit {unit} is no {request.dialect.name}", len(heard))
    if heard and not _answers(request, heard):
        return Garbled(f"unit {unit} answered no sound frame", len(heard))
    waited_s = elapsed() - line.handed_at if line.handed_at is not None else 0.0
    return NoReply(f"unit {unit} says nothing", waited_s)


def _spoken(unit: int, heard: bytes, dialect: Dialect) -> bool:
    """Whether this unit answered in another dialect."""
    frames, _ = Splitter(dialect, {dialect.told: (dialect.status_size,)}).feed(heard)
    return any(frame.board == unit for frame in frames)


def _answers(request: Request, heard: bytes) -> bool:
    """Whether other boards said all of it: then this one is silent."""
    frames, junk = Splitter(request.dialect, request.answers).feed(heard)
    return bool(frames) and not junk
