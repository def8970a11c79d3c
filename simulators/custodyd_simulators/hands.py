"""What a hand can do to each kind of twin, whatever its dialect: the words of custodysim, scenarios and the kit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from custodyd_simulators.wires import Dialect, Wire


@runtime_checkable
class Reader(Protocol):
    """A fingerprint reader's glass. A finger is a name: the same name is the same finger, at every reader."""

    def press(self, finger: str) -> None:
        """Lay a finger on the glass; it stays until lifted."""
        ...

    def lift(self) -> None:
        """Take the finger away."""
        ...


@runtime_checkable
class Doors(Protocol):
    """A bank of locks with doors. A door opens by itself when its bolt is pulled and it is not stuck."""

    def open(self, door: int) -> None:
        """Pull the door open: succeeds when the bolt is back, else it is forced."""
        ...

    def shut(self, door: int) -> None:
        """Push the door shut."""
        ...

    def jam(self, door: int, jammed: bool) -> None:
        """Make a bolt stick, or free it."""
        ...

    @property
    def pulses(self) -> Mapping[int, int]:
        """How many unlock pulses each door's coil has felt."""
        ...

    @property
    def standing_open(self) -> frozenset[int]:
        """Doors that stand open now."""
        ...


@runtime_checkable
class Window(Protocol):
    """A scanner's window."""

    def scan(self, text: str) -> None:
        """Hold a code before it."""
        ...


@dataclass(frozen=True, slots=True)
class Sms:
    """A message that a handset has: who got it, the whole text (parts joined), how many parts."""

    recipient: str
    text: str
    parts: int


@runtime_checkable
class Phone(Protocol):
    """The other side of a modem: the network and the handsets behind it."""

    @property
    def inbox(self) -> Sequence[Sms]:
        """Every message that reached a handset, oldest first."""
        ...

    def text(self, sender: str, text: str) -> None:
        """Send a message to the modem, as a person would."""
        ...


@runtime_checkable
class Wrists(Protocol):
    """The room around a receiver of wristbands, with bands and people in it. Raises KeyError for a band elsewhere."""

    @property
    def bands(self) -> frozenset[str]:
        """The bands in the room, also those out of reach."""
        ...

    def furnish(self, bands: Mapping[str, object], models: Mapping[str, object], credentials: Path | None) -> None:
        """Put these bands into the room, by their settings; keys lie in `credentials`."""
        ...

    def strap(self, band: str, motion: str, seconds: float = 10.0) -> None:
        """cut: as a wearer does, told for `seconds`; open, close: as at the dock."""
        ...

    def sos(self, band: str, press: str = "single", seconds: float = 10.0) -> None:
        """Press the button: single, double, triple, long, or press; told for `seconds`."""
        ...

    def walk(self, band: str, motion: str) -> None:
        """away: out of reach; back."""
        ...

    def charge(self, band: str, percent: int) -> None:
        """Set the battery."""
        ...

    def pulse(self, band: str, bpm: int, skin: bool = True) -> None:
        """Let the wearer's heart beat so, with the band on the skin or off it."""
        ...

    def beacon(self, on: bool) -> None:
        """Switch the reference beacon."""
        ...


@runtime_checkable
class Trusted(Protocol):
    """A far end that shares a secret with the station."""

    def trust(self, credentials: Path | None) -> None:
        """The station's credentials lie in this folder; None: where systemd puts them."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A twin that stands on its wire: `hand` is one of the Protocols above, `transport` what replaces the device's
    or its bus's keys in the overlay (`port`, or `host` and `tcp_port`)."""

    hand: object
    wire: Wire
    transport: Mapping[str, str | int]


class PortTwin(Protocol):
    """A family's twin that has a wire of its own."""

    def stand(self, settings: object, where: Path) -> Standing:
        """Make the twin that these settings describe, its pty linked at `where`; the wire is not started yet."""
        ...

    def dialect(self, settings: object) -> Dialect:
        """The twin's voice alone, for tests that bring their own wire."""
        ...


class BusTwin(Protocol):
    """A family's twin that shares a wire with others."""

    def join(self, bus: object, unit: int, settings: object) -> object:
        """Put a device with this unit number on the simulated `bus` (as made by `bus`); returns its hand."""
        ...

    def bus(self, settings: object, where: Path) -> Standing:
        """An empty simulated bus for a [bus.<id>] table; its `hand` is what `join` takes."""
        ...
