"""One lock bank: unlock pulses that the board ends by itself, and contacts that say open or closed; it knows no person.

What it cannot see: a door that opens and shuts again between two polls (every `poll_s`, and a whole bus cycle when many
boards share the wire). Who needs that latches it in the board.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping

from custodyd_drivers import contacts
from custodyd_drivers.contract import Bus, Identity, Proof, Report
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.link.modbus import (
    Handed,
    Misfit,
    Request,
    bits,
    read_coils,
    read_inputs,
    read_registers,
    registers,
    write_coils,
)
from custodyd_drivers.link.modbus.bus import ModbusBus
from custodyd_drivers.link.turns import Standing
from custodyd_drivers.modbus_relay import frames
from custodyd_drivers.modbus_relay.settings import Settings

_log = logging.getLogger(__name__)

_TRIES = 2  # a question may be asked again when its answer was garbled; a pulse never


class RelayBank:
    """A `LockBank` at one unit of a started bus. Doors are numbered from 1, channels on the wire from 0."""

    def __init__(self, settings: Settings, bus: Bus) -> None:
        if not isinstance(bus, ModbusBus):
            raise TypeError("a modbus_relay bank needs a Modbus bus")
        self._settings = settings
        self._board = settings.profile
        self._bus = bus
        self._inputs = read_inputs(0, self._board.inputs)
        self._closed = False
        self._standing: Standing[Request] | None = None
        self._found: Mapping[int, bool] = {}
        self.found_energised: frozenset[int] = frozenset()
        """Doors whose coil was on at the start; it was then switched off, best effort."""
        self.last_pulse: Handed | None = None
        """When the first byte of the latest pulse left (elapsed seconds), and how long it waited for a poll before."""

    @property
    def doors(self) -> int:
        """Number of channels that carry a lock."""
        return self._settings.locks

    async def start(self) -> Identity:
        """Prove that the configured board answers at its unit; every coil is off afterwards, best effort.

        Raises LinkLost, NoReply, Garbled, and Refused (lasting) when something else answers there.
        """
        try:
            self._found = await self.contacts()
            model = await self._model()
            await self._all_off()
        except Misfit as exc:
            raise self._stranger() from exc
        return Identity(Proof.ADDRESS, str(self._settings.unit), model)

    def reports(self) -> AsyncIterator[Report]:
        """Every door as found, then each change, and a sign of life each second.

        Raises LinkLost (the bus is over), NoReply, and Refused when the unit no longer answers as this board does.
        """
        return contacts.reports(self._found, self._told())

    async def pulse(self, door: int) -> None:
        """One hardware pulse of `pulse_ms`, sent once, before all polls, never repeated.

        Raises NoReply when it may have acted (unknown: read the contacts), also when what came was no answer; Refused
        when the board said no, LinkLost when no byte of it left. Cancelled while it waits, it is never sent; later, it
        is sent once.
        """
        if not 1 <= door <= self.doors:
            raise Refused(f"this bank has no door {door}", lasting=True)
        settings = self._settings
        request = frames.pulse(self._board, door - 1, settings.pulse_ms, settings.pulse_mode)
        try:
            await self._ask(request, urgent=True, note=self._note)
        except Garbled as exc:
            raise NoReply(exc.fact, 0.0) from exc

    async def contacts(self) -> Mapping[int, bool]:
        """Read the contacts now: door → open?; raises DeviceError."""
        return self._states(await self._read(self._inputs))

    async def close(self) -> None:
        """Ask nothing more; the bus stays with its owner. Never raises."""
        self._closed = True
        if self._standing is not None:
            self._standing.close()

    def _states(self, data: bytes) -> Mapping[int, bool]:
        high_is_open = self._settings.contact == "open_when_high"
        levels = bits(data, self._board.inputs)[: self.doors]
        return {door: level == high_is_open for door, level in enumerate(levels, start=1)}

    def _note(self, handed: Handed) -> None:
        self.last_pulse = handed

    async def _ask(
        self, request: Request, *, urgent: bool = False, note: Callable[[Handed], None] | None = None
    ) -> bytes:
        self._check_open()
        return (await self._bus.ask(self._settings.unit, request, urgent=urgent, note=note)).data

    def _check_open(self) -> None:
        if self._closed:
            raise LinkLost(f"the driver of unit {self._settings.unit} is closed")

    def _stranger(self) -> Refused:
        return Refused(f"unit {self._settings.unit} is no {self._board.name}", lasting=True)

    async def _read(self, request: Request) -> bytes:
        """Ask, and ask again when the answer was garbled; raises the last Garbled."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(Garbled):
                return await self._ask(request)
        return await self._ask(request)

    async def _told(self) -> AsyncIterator[Mapping[int, bool]]:
        """The contacts as the bus asks for them; noise is asked about once more before it counts as silence."""
        while True:
            self._check_open()
            self._standing = self._bus.polled(self._settings.unit, self._inputs, self._settings.poll_s)
            try:
                async for data in self._standing:
                    yield self._states(data)
            except Misfit as exc:
                raise self._stranger() from exc
            except Garbled:
                yield await self._once_more()

    async def _once_more(self) -> Mapping[int, bool]:
        """The contacts; noise at one unit is its silence, never the end of the wire that others share."""
        try:
            return self._states(await self._ask(self._inputs))
        except Misfit as exc:
            raise self._stranger() from exc
        except Garbled as exc:
            raise NoReply(f"unit {self._settings.unit} answers noise", 0.0) from exc

    async def _model(self) -> str:
        """The board's name with its firmware where it tells one; boards without that register refuse."""
        register = self._board.version_register
        if register is None:
            return self._board.name
        try:
            (version,) = registers(await self._read(read_registers(register, 1)))
        except Refused:
            return self._board.name
        return f"{self._board.name} V{version // 100}.{version % 100:02}"

    async def _all_off(self) -> None:
        """No coil stays energised because a host died between two commands; going on matters more than success."""
        count = self._board.channels
        coils = bits(await self._read(read_coils(0, count)), count)
        self.found_energised = frozenset(door for door, on in enumerate(coils, start=1) if on)
        if not self.found_energised:
            return
        _log.warning("unit %d: coils found energised: %s", self._settings.unit, sorted(self.found_energised))
        try:
            await self._ask(write_coils(0, [False] * count), urgent=True)
        except DeviceError as exc:
            _log.warning("unit %d: switching its coils off: %s", self._settings.unit, exc.fact)
