"""One device on the kit's bench: its twin on a wire of its own, and drivers made for it; it judges nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

import msgspec

from custodyd.settings import Device, Settings
from custodyd_drivers.catalogue import buses, families
from custodyd_drivers.contract import Bus, BusKind, Driver, Family
from custodyd_simulators.hands import BusTwin, PortTwin, Standing
from custodyd_simulators.twins import GROUP
from custodyd_simulators.wires import Dialect, PtyWire, TcpWire, Wire


class Inapplicable(Exception):
    """A device that cannot meet a wire; the message says why."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The wire that a device shares with others: what it speaks, and the settings of its table."""

    kind: BusKind
    settings: object


@dataclass(frozen=True, slots=True)
class Bench:
    """One device, by which all its trials are made; every trial stands on descriptors of its own.

    `twin` is a `hands.PortTwin`, or a `hands.BusTwin` for a device with a `shared` wire. `bands` and `models` are what
    a receiver of wristbands is told to listen for. `other` gives the voice of another device, for its place.
    """

    name: str
    family: Family
    twin: object
    settings: object
    shared: Shared | None = None
    bands: Mapping[str, object] = field(default_factory=dict[str, object])
    models: Mapping[str, object] = field(default_factory=dict[str, object])
    other: Callable[[], Dialect] | None = None

    def stand(self, where: Path) -> "Stand":
        """A twin below `where`, plugged in; the caller closes it."""
        standing, hand = self._port(where) if self.shared is None else self._bus(where, self.shared)
        standing.wire.start()
        return Stand(self, standing, hand)

    def _port(self, where: Path) -> tuple[Standing, object]:
        standing = cast("PortTwin", self.twin).stand(self.settings, where / "port")
        return standing, standing.hand

    def _bus(self, where: Path, shared: Shared) -> tuple[Standing, object]:
        twin = cast("BusTwin", self.twin)
        standing = twin.bus(shared.settings, where / "bus")
        unit = int(cast("Any", self.settings).unit)  # every family on a bus has one
        return standing, twin.join(standing.hand, unit, self.settings)


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
        if isinstance(self.wire, TcpWire):  # the kernel chose the number when it was plugged in
            found["tcp_port"] = self.wire.tcp_port
        return found

    def bus(self) -> Bus | None:
        """A new bus for one connection, or None for a device that has its own port."""
        shared = self.bench.shared
        if shared is None:
            return None
        return shared.kind.open(msgspec.structs.replace(cast("Any", shared.settings), **self.transport()))

    def driver(self, bus: Bus | None) -> Driver:
        """A new driver for one connection."""
        settings: Any = self.bench.settings
        if bus is None:
            settings = msgspec.structs.replace(settings, **self.transport())
        return self.bench.family.open(settings, bus)

    def replaced(self, dialect: Dialect) -> Callable[[], None]:
        """Take the twin away and plug another device into its place; returns what takes that one away again."""
        self.wire.unplug()
        stranger = _same_place(self.wire, dialect)
        stranger.start()
        return stranger.close


def _same_place(wire: Wire, dialect: Dialect) -> Wire:
    if isinstance(wire, TcpWire):
        return TcpWire(dialect, wire.host, wire.tcp_port)
    if isinstance(wire, PtyWire):
        return PtyWire(dialect, wire.link)
    raise Inapplicable("no other device speaks on such a wire")


def benches(station: Settings) -> Iterator[Bench]:
    """A bench for each device of `station`; raises KeyError where a family has no twin."""
    twins = {point.name: point.load() for point in entry_points(group=GROUP)}
    for device in station.devices.values():
        table = station.buses[device.bus] if device.bus is not None else None
        yield Bench(
            device.id,
            families()[device.family],
            twins[device.family],
            device.settings,
            Shared(buses()[table.protocol], table.settings) if table is not None else None,
            {name: band.settings for name, band in station.wristbands.items()},
            station.wristband_models,
            _other(station, device, twins),
        )


def _other(station: Settings, device: Device, twins: Mapping[str, object]) -> Callable[[], Dialect] | None:
    """The voice of the first device of another family that has a port of its own."""
    for other in station.devices.values():
        twin = twins[other.family]
        if other.family != device.family and other.bus is None and hasattr(twin, PortTwin.dialect.__name__):
            return lambda: cast("PortTwin", twin).dialect(other.settings)
    return None
