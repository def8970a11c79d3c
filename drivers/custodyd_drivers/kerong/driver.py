"""One KERONG lock board: pulses that the board ends by itself, and hooks that say locked or not; it knows no person.

A board may answer nothing to an unlock. Then the hook decides: one that was locked and is open now was pulled, anything
else is unknown. The hook is all it sees of a door: a bolt that moved, and a door that stands open, look the same.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from custodyd_drivers import contacts
from custodyd_drivers.contract import Bus, Identity, Proof, Report
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.kerong import frames
from custodyd_drivers.kerong.frames import Request, Status
from custodyd_drivers.kerong.settings import Settings
from custodyd_drivers.kerong.wire import KerongBus
from custodyd_drivers.link.exchange import Handed, Misfit
from custodyd_drivers.link.turns import Standing

_TRIES = 2  # a question may be asked again when its answer was garbled; an unlock never
_LONGEST_MS = 10_000  # no latch is pulled longer: the bytes stand the other way round


class KerongBank:
    """A `LockBank` at one address of a started bus. Doors are numbered from 1, locks on the wire from 0."""

    def __init__(self, settings: Settings, bus: Bus) -> None:
        if not isinstance(bus, KerongBus):
            raise TypeError("a kerong bank needs a KERONG bus")
        self._settings = settings
        self._bus = bus
        self._status = frames.status(settings.dialect, settings.unit)
        self._closed = False
        self._standing: Standing[Request] | None = None
        self._open: Mapping[int, bool] = {}
        self.last_pulse: Handed | None = None
        """When the first byte of the latest unlock left (elapsed seconds), and how long it waited for a poll before."""

    @property
    def doors(self) -> int:
        """Number of channels that carry a lock."""
        return self._settings.locks

    async def start(self) -> Identity:
        """Prove that the configured board answers at its address, and that its pulse is as long as configured.

        Raises LinkLost, NoReply, Garbled, and Refused (lasting) when something else answers there.
        """
        try:
            await self.contacts()
            await self._agree_on_pulse()
        except Misfit as exc:
            raise self._stranger() from exc
        return Identity(Proof.ADDRESS, str(self._settings.unit), f"KERONG {self._settings.board.upper()}")

    def reports(self) -> AsyncIterator[Report]:
        """Every door as found, then each change, and a sign of life each second.

        Raises LinkLost (the bus is over), NoReply, and Refused when the address no longer answers as this board does.
        """
        return contacts.reports(self._open, self._told())

    async def pulse(self, door: int) -> None:
        """One unlock, sent once, before all polls, never repeated; returns when the board answered or the hook moved.

        Raises NoReply when it may have acted (unknown), LinkLost when no byte of it left. Cancelled while it waits, it
        is never sent; later, it is sent once.
        """
        if not 1 <= door <= self.doors:
            raise Refused(f"this bank has no door {door}", lasting=True)
        was_locked = self._open.get(door) is False
        request = frames.unlock(self._settings.dialect, self._settings.unit, door - 1)
        try:
            await self._ask(request, urgent=True, note=self._note)
        except (NoReply, Garbled) as exc:
            if was_locked and await self._moved(door):
                return
            raise exc if isinstance(exc, NoReply) else NoReply(exc.fact, 0.0) from exc

    async def contacts(self) -> Mapping[int, bool]:
        """Read the hooks now: door → open?; raises DeviceError."""
        self._open = await self._read(urgent=False)
        return self._open

    async def close(self) -> None:
        """Ask nothing more; the bus stays with its owner. Never raises."""
        self._closed = True
        if self._standing is not None:
            self._standing.close()

    def _note(self, handed: Handed) -> None:
        self.last_pulse = handed

    async def _ask(
        self, request: Request, *, urgent: bool = False, note: Callable[[Handed], None] | None = None
    ) -> bytes:
        self._check_open()
        return (await self._bus.ask(self._settings.unit, request, urgent=urgent, note=note)).data

    async def _sure(self, request: Request, *, urgent: bool = False) -> bytes:
        """Ask, and ask again when the answer was garbled; raises the last Garbled."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(Garbled):
                return await self._ask(request, urgent=urgent)
        return await self._ask(request, urgent=urgent)

    async def _read(self, *, urgent: bool) -> dict[int, bool]:
        return self._states(await self._sure(self._status, urgent=urgent))

    def _states(self, data: bytes) -> dict[int, bool]:
        high_is_open = self._settings.contact == "open_when_high"
        hooks = Status.decode(data).hooks[: self.doors]
        return {door: hook == high_is_open for door, hook in enumerate(hooks, start=1)}

    async def _moved(self, door: int) -> bool:
        """Whether the hook is open now; the polls report it, this only looks."""
        try:
            return (await self._read(urgent=True))[door]
        except DeviceError:
            return False

    async def _told(self) -> AsyncIterator[Mapping[int, bool]]:
        """The hooks as the bus asks for them; noise is asked about once more before it counts as silence."""
        while True:
            self._check_open()
            self._standing = self._bus.polled(self._settings.unit, self._status, self._settings.poll_s)
            try:
                async for data in self._standing:
                    self._open = self._states(data)
                    yield self._open
            except Misfit as exc:
                raise self._stranger() from exc
            except Garbled:
                yield await self._once_more()

    async def _once_more(self) -> Mapping[int, bool]:
        """The hooks; noise at one address is its silence, never the end of the wire that others share."""
        try:
            self._open = self._states(await self._ask(self._status))
        except Misfit as exc:
            raise self._stranger() from exc
        except Garbled as exc:
            raise NoReply(f"unit {self._settings.unit} answers noise", 0.0) from exc
        return self._open

    def _check_open(self) -> None:
        if self._closed:
            raise LinkLost(f"the driver of unit {self._settings.unit} is closed")

    def _stranger(self) -> Refused:
        return Refused(f"unit {self._settings.unit} is no {self._settings.board.upper()}", lasting=True)

    async def _agree_on_pulse(self) -> None:
        """The board's own pulse is as configured; what cannot be a pulse is never answered by writing one.

        The order of the two bytes stands in one source only: the wrong one would hold a coil for minutes.
        """
        wanted = self._settings.pulse_ms
        if wanted is None or await self._pulse_ms() == wanted:
            return
        with contextlib.suppress(NoReply, Garbled):  # whether it was set is read back
            await self._ask(frames.set_time(self._settings.unit, wanted), urgent=True)
        if await self._pulse_ms() != wanted:
            raise Refused(f"unit {self._settings.unit} does not keep a pulse of {wanted} ms", lasting=True)

    async def _pulse_ms(self) -> int:
        told = frames.milliseconds(await self._sure(frames.ask_time(self._settings.unit)))
        if told > _LONGEST_MS:
            raise Refused(f"unit {self._settings.unit} tells a pulse of {told} ms", lasting=True)
        return told
