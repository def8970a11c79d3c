"""A family as the catalogue lists it, and the wires that devices share; it opens nothing."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from custodyd_drivers.contract.capabilities import Driver


class Bus(Protocol):
    """A wire shared by several devices: one owner, one request outstanding, commands before polls."""

    async def start(self) -> None:
        """Open the wire; raises LinkLost."""
        ...

    async def close(self) -> None:
        """Let go of the wire; every exchange under way ends in LinkLost. Never raises."""
        ...


class BusKind(Protocol):
    """What a shared wire may speak, as the catalogue lists it. `settings` is a msgspec Struct: the [bus.<id>] table."""

    @property
    def name(self) -> str:
        """The word in `protocol = "..."`."""
        ...

    @property
    def caption(self) -> Mapping[str, str]:
        """What it is, in zh-CN and en."""
        ...

    @property
    def settings(self) -> type:
        """msgspec.Struct subclass, `forbid_unknown_fields`, of the table's keys including `port` or `host`."""
        ...

    def open(self, settings: object) -> Bus:
        """A bus for one connection; imports its library only now, does no I/O."""
        ...


class Wire(StrEnum):
    """How a family is attached, which decides the keys it needs in devices.toml."""

    PORT = "port"
    BUS = "bus"
    NET = "net"
    DBUS = "dbus"


class Family(Protocol):
    """One device family. `settings` is a msgspec Struct type of the keys that the family itself understands."""

    @property
    def name(self) -> str:
        """The word in `driver = "..."`."""
        ...

    @property
    def caption(self) -> Mapping[str, str]:
        """What it is, in zh-CN and en."""
        ...

    @property
    def wire(self) -> Wire:
        """How it is attached."""
        ...

    @property
    def capability(self) -> str:
        """Name of the Protocol in this module that its drivers fulfil."""
        ...

    @property
    def settings(self) -> type:
        """msgspec.Struct subclass, `forbid_unknown_fields`, of all its own keys: `port`, `host` or `bus` + `unit`."""
        ...

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; imports its library only now, does no I/O."""
        ...


@runtime_checkable
class OnBus(Family, Protocol):
    """A family whose devices share a wire (`Wire.BUS`)."""

    def protocol(self, settings: object) -> str:
        """Name of the `BusKind` that the wire of a device with these settings must be."""
        ...


@runtime_checkable
class ReceiverFamily(Family, Protocol):
    """A family of WristbandReceivers: it also tells what a technician writes about a band."""

    @property
    def wristband(self) -> type:
        """msgspec.Struct subclass of a [wristband.<id>] table, besides its label."""
        ...

    @property
    def model(self) -> type:
        """msgspec.Struct subclass of a [wristband_model.<id>] table."""
        ...

    @property
    def models(self) -> frozenset[str]:
        """Names of the models that need no table."""
        ...

    def interval_s(self, band: object, models: Mapping[str, object]) -> float:
        """Seconds between two adverts of a band at rest; `models` are those that the station describes."""
        ...

    def names(self, band: object) -> Sequence[str]:
        """By what adverts name a band with these settings: no two bands may share one."""
        ...
