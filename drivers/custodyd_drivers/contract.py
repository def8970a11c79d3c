"""What the daemon and every device family agree on: reports, verbs, proofs of identity; it knows no byte, no person.

A driver is made by `Family.open`, used for one connection, closed, and never revived. Its life:

    driver = family.open(settings, bus)    no I/O yet
    await driver.start()                   opens the wire, proves who is there; raises DeviceError
    async for report in driver.reports()   for ever, until the link is lost (raises) or the task is cancelled
    await driver.<verb>(...)               at any time between start and close; raises DeviceError
    await driver.close()                   never raises, bounded in time, safe twice and before start

Every await may be cancelled; the driver then forgets what an abandoned question may still answer.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable


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


# --- reports: facts, without time (the daemon stamps them) -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Root of everything that a device reports of itself."""


@dataclass(frozen=True, slots=True)
class Answered(Report):
    """The device answered an exchange: it is alive now. Sent for polls that found nothing new."""


@dataclass(frozen=True, slots=True)
class FingerMatched(Report):
    """A finger matched the template in `slot` with the module's unit-less `score`."""

    slot: int
    score: int


@dataclass(frozen=True, slots=True)
class FingerUnknown(Report):
    """A readable finger that matches no template."""


@dataclass(frozen=True, slots=True)
class FingerUnreadable(Report):
    """A finger lay on the glass but gave no usable picture; `reason` is dry, wet, messy, poor or small."""

    reason: str


@dataclass(frozen=True, slots=True)
class FingerLifted(Report):
    """The glass is free again."""


@dataclass(frozen=True, slots=True)
class DoorOpened(Report):
    """The contact of `door` (1-based channel of the bank) went from closed to open, or was found open at the start."""

    door: int
    found: bool = False


@dataclass(frozen=True, slots=True)
class DoorClosed(Report):
    """The contact of `door` went from open to closed, or was found closed at the start."""

    door: int
    found: bool = False


@dataclass(frozen=True, slots=True)
class CodeScanned(Report):
    """A code was read; `text` is hostile until checked, at most the configured length."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeUnreadable(Report):
    """Something was scanned that is no code: `reason` is overlong, halting (ended by silence) or undecodable."""

    reason: str
    length: int


@dataclass(frozen=True, slots=True)
class MessageDelivered(Report):
    """The network's last word on a part handed over as `reference`; `status` is the TP-ST octet."""

    reference: int
    recipient: str
    status: int

    @property
    def arrived(self) -> bool:
        """Whether the handset has it (3GPP TS 23.040 §9.2.3.15: 00 received by the SME)."""
        return self.status == 0

    @property
    def final(self) -> bool:
        """Whether no further report will follow (20 to 3F: the service centre is still trying)."""
        return not 0x20 <= self.status <= 0x3F


@dataclass(frozen=True, slots=True)
class MessageAcceptedLate(Report):
    """A part whose hand-over had ended in `Unanswered` was taken by the network after all, as `reference`.

    `handover` is the error's; each is reported once.
    """

    reference: int
    handover: int


@dataclass(frozen=True, slots=True)
class MessageReceived(Report):
    """A text message came in; sender and text are hostile."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class SignalChanged(Report):
    """The modem's network: `registered` and quality 0 to 31, or None when unknown."""

    registered: bool
    quality: int | None


@dataclass(frozen=True, slots=True)
class BandHeard(Report):
    """A wristband sent an advert just now, at most one report in a while: `rssi` in dBm, `battery` in percent.

    `proof` = counter: a number in the advert moved on; advert: the radio service handed over a received advert whose
    content tells nothing of its age; connection: it answered over one (`rssi` as heard last). A mere change of what the
    service keeps about the band is no report.
    """

    band: str
    rssi: int
    proof: Literal["counter", "advert", "connection"]
    battery: int | None = None


@dataclass(frozen=True, slots=True)
class StrapOpened(Report):
    """The strap is open: `how` = it told so for a moment (cut), it tells so as a state (state), off the skin (skin)."""

    band: str
    how: Literal["cut", "state", "skin"]


@dataclass(frozen=True, slots=True)
class StrapClosed(Report):
    """The strap tells as a state, for some seconds now, that it is closed; a band without such a state never does."""

    band: str


@dataclass(frozen=True, slots=True)
class SosPressed(Report):
    """The wearer pressed the button; `press` is single, double, triple, long, or press where the band cannot tell."""

    band: str
    press: Literal["single", "double", "triple", "long", "press"]


@dataclass(frozen=True, slots=True)
class HeartRate(Report):
    """Beats per minute; `contact` with the skin, None where the sensor cannot tell. Never proof of well-being."""

    band: str
    bpm: int
    contact: bool | None = None


@dataclass(frozen=True, slots=True)
class SkinTemperature(Report):
    """Hundredths of °C at the skin or near it, which is no body temperature."""

    band: str
    hundredths: int


@dataclass(frozen=True, slots=True)
class BandRepeated(Report):
    """Adverts under the band's key come with a counter that went back: somebody plays old ones; they do not count."""

    band: str


@dataclass(frozen=True, slots=True)
class ReceiverDeaf(Report):
    """The reference beacon (where there is none: anything) was not heard for `seconds`: silence means nothing now."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ReceiverHears(Report):
    """The reference beacon (where there is none: something) is heard; told at the start and after ReceiverDeaf."""


# --- verbs, one Protocol per capability -----------------------------------------------------------------------------


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

        Raises NoReply when the board stayed silent (it may have acted: unknown), Refused when it said no,
        LinkLost when the command surely never left.
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


# --- a family, as the catalogue lists it ----------------------------------------------------------------------------


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
        """msgspec.Struct subclass, `forbid_unknown_fields`, of the family's keys including `port` or `bus` + `unit`."""
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
