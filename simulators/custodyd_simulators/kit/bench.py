"""One device on the kit's bench: its twin on a wire of its own, and drivers made for it; it judges nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

import msgspec

from custodyd.settings import Device, Settings
from custodyd_drivers.catalogue import buses, families
from custodyd_drivers.contract import Bus, Driver, Family
from custodyd_simulators.hands import BusTwin, PortTwin, Standing
from custodyd_simulators.twins import GROUP
from custodyd_simulators.wires import PtyWire, TcpWire, Wire


class Inapplicable(Exception):
    """A device that cannot meet a wire; the message says why."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A device of a file, by which all its trials are made; every trial stands on descriptors of its own."""

    station: Settings
    device: Device
    family: Family
    twin: object

    @property
    def name(self) -> str:
        """The device's id, which heads its row."""
        return self.device.id

    def stand(self, where: Path) -> "Stand":
        """A twin below `where`, plugged in; the caller closes it."""
        standing, hand = self._bus(where) if self.device.bus else self._port(where)
        standing.wire.start()
        return Stand(self, standing, hand)

    def _port(self, where: Path) -> tuple[Standing, object]:
        standing = cast("PortTwin", self.twin).stand(self.device.settings, where / self.device.id)
        return standing, standing.hand

    def _bus(self, where: Path) -> tuple[Standing, object]:
        twin, bus = cast("BusTwin", self.twin), self.station.buses[self.device.bus or ""]
        standing = twin.bus(bus.settings, where / bus.id)
        return standing, twin.join(standing.hand, int(getattr(self.device.settings, "unit")), self.device.settings)  # noqa: B009 - every family on a bus has one


@dataclass(frozen=True, slots=True)
class Stand:
    """A twin that stands: its hand, its wire, and the settings that lead a driver to it."""

    bench: Bench
    standing: Standing
    hand: object

    @property
    def wire(self) -> Wire:
        """The wire on which trials make bad weather."""
        return self.standing.wire

    def transport(self) -> Mapping[str, Any]:
        """Where the driver finds the twin."""
        found: dict[str, Any] = dict(self.standing.transport)
        if "tcp_port" in found:  # learnt from the kernel when it was plugged in
            found["tcp_port"] = getattr(self.wire, "tcp_port")  # noqa: B009 - a TCP wire has one
        return found

    def bus(self) -> Bus | None:
        """A new bus for one connection, or None for a device that has its own port."""
        if self.bench.device.bus is None:
            return None
        table = self.bench.station.buses[self.bench.device.bus]
        settings = msgspec.structs.replace(cast("Any", table.settings), **self.transport())
        return buses()[table.protocol].open(settings)

    def driver(self, bus: Bus | None) -> Driver:
        """A new driver for one connection."""
        settings: Any = self.bench.device.settings
        if bus is None:
            settings = msgspec.structs.replace(settings, **self.transport())
        return self.bench.family.open(settings, bus)

    def replaced(self, other: Bench, where: Path) -> Callable[[], None]:
        """Take the twin away and plug another device's into its place; returns what takes that one away again."""
        self.wire.unplug()
        dialect = cast("PortTwin", other.twin).dialect(other.device.settings)
        stranger = _same_place(self.wire, dialect)
        stranger.start()
        return stranger.close


def _same_place(wire: Wire, dialect: Any) -> Wire:
    if isinstance(wire, TcpWire):
        return TcpWire(dialect, wire.host, wire.tcp_port)
    if isinstance(wire, PtyWire):
        return PtyWire(dialect, wire.link)
    raise Inapplicable("no other device speaks on such a wire")


def benches(station: Settings) -> Iterator[Bench]:
    """A bench for each device of `station`; raises KeyError where a family has no twin."""
    twins = {point.name: point.load() for point in entry_points(group=GROUP)}
    for device in station.devices.values():
        yield Bench(station, device, families()[device.family], twins[device.family])
