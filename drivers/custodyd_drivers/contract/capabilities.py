"""What the daemon may ask of a device: one Protocol per capability, and who answered; it knows no family."""

import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from custodyd_drivers.contract.reports import Report


class Proof(StrEnum):
    """What proved that the device is the configured one, strongest first."""

    SERIAL = "serial"
    TOKEN = "token"  # noqa: S105 - a kind of proof, not a secret
    ADDRESS = "address"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered: the `proof`, the `value` that proved it, and the maker's `model` text if it says one."""

    proof: Proof
    value: str
    model: str = ""


class Driver(Protocol):
    """One connection to one device."""

    async def start(self) -> Identity:
        """Open the wire and prove who answers; raises LinkLost, NoReply, Garbled, Refused."""
        ...

    def reports(self) -> AsyncIterator[Report]:
        """Facts as they happen; raises LinkLost when the connection is over. One consumer only."""
        ...

    async def close(self) -> None:
        """Let go of every descriptor and thread within a second; never raises."""
        ...


@runtime_checkable
class Threaded(Protocol):
    """A driver with threads of its own: whoever watches it must know of those that do not end."""

    @property
    def threads(self) -> Sequence[threading.Thread]:
        """Every thread that it has begun; one that is alive after `close` is left behind."""
        ...


class Light(StrEnum):
    """What a reader's light says to the person before it."""

    OFF = "off"
    READY = "ready"
    WORKING = "working"
    GOOD = "good"
    BAD = "bad"


@runtime_checkable
class FingerprintReader(Driver, Protocol):
    """A sensor that keeps templates in numbered slots; templates never leave it."""

    @property
    def capacity(self) -> int:
        """Number of slots, known after `start`."""
        ...

    async def occupied(self) -> frozenset[int]:
        """Slots that hold a template; raises DeviceError."""
        ...

    async def enrol(self, slot: int, seconds: float) -> None:
        """Take two pictures of one finger into an empty `slot`; Refused: differs, poor, slot taken, nobody came."""
        ...

    async def delete(self, slot: int) -> None:
        """Remove the template in `slot`; raises Refused when it is empty."""
        ...

    async def light(self, light: Light) -> None:
        """Show `light`; a reader without one ignores it."""
        ...

    async def write_token(self, token: str) -> None:
        """Give the reader an identity of ours (at most 31 ASCII characters) in its notepad."""
        ...


@runtime_checkable
class LockBank(Driver, Protocol):
    """A board with locks that open by a hardware pulse and contacts that tell open from closed."""

    @property
    def doors(self) -> int:
        """Number of channels; doors are numbered from 1."""
        ...

    async def pulse(self, door: int) -> None:
        """Send one unlock pulse, once, never repeated; returns when the board accepted it.

        Raises NoReply when the board stayed silent and Garbled when it answered noise (it may have acted: unknown),
        Refused when it said no, LinkLost when the command surely never left.
        """
        ...

    async def contacts(self) -> Mapping[int, bool]:
        """Read the contacts now: door → open?; raises DeviceError."""
        ...


@runtime_checkable
class CodeScanner(Driver, Protocol):
    """A reader of QR and bar codes."""

    async def trigger(self) -> None:
        """Ask for one scan; a scanner with its own trigger ignores it."""
        ...


@runtime_checkable
class SmsGateway(Driver, Protocol):
    """A way for short messages to leave."""

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        """Hand a message over once; returns the reference of each part for the delivery reports.

        Raises Refused (surely not sent; `lasting` = do not try again), LinkLost before hand-over (surely not sent),
        NoReply after hand-over began (unknown: never sent again without a mark): as Unanswered, where the gateway
        can say later that it was taken.
        """
        ...


@runtime_checkable
class WristbandReceiver(Driver, Protocol):
    """A radio that hears wristbands."""

    def listen_for(self, bands: Mapping[str, object], models: Mapping[str, object]) -> Mapping[str, str]:
        """From now on report these bands: id → settings of a band; `models` are those that the station describes.

        Both are structs of the family's `wristband` and `model` types. Returns band → why it cannot be heard, for each
        that cannot.
        """
        ...
