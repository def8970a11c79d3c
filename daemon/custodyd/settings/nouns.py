"""What the settings say, checked and resolved: the nouns that the station is built from. They know no file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from custodyd.law.calendar import Calendar
from custodyd.law.dataset import DataSet
from custodyd.model.facts.clocks import Colour
from custodyd.model.station import Right
from custodyd.settings.mistakes import Mistake
from custodyd.settings.shape import Import, Limits, Simulation, Station


@dataclass(frozen=True, slots=True)
class Bus:
    """A wire shared by several devices; `protocol` names what it speaks, `settings` is that kind's own struct."""

    id: str
    label: str
    protocol: str
    settings: object


@dataclass(frozen=True, slots=True)
class Device:
    """A device: `family` names its driver, `settings` is the family's own struct, `bus` the wire it shares, if any."""

    id: str
    label: str
    family: str
    capability: str
    settings: object
    bus: str | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """A channel of a lock bank: device id and door number from 1."""

    locks: str
    door: int


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the area."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A cabinet: compartment number → door, in the order in which they are filled."""

    id: str
    label: str
    room: str
    kind: Literal["dossier", "property"]
    reader: str | None
    scanner: str | None
    compartments: Mapping[int, Door]
    out_of_service: frozenset[int] = frozenset()

    @property
    def places(self) -> tuple[str, ...]:
        """`<cabinet>/<compartment>` of every compartment in service, in the order in which they are filled."""
        return tuple(self.place(number) for number in self.compartments if number not in self.out_of_service)

    def place(self, number: int) -> str:
        """How the record names compartment `number`."""
        return f"{self.id}/{number}"


@dataclass(frozen=True, slots=True)
class Wristband:
    """A wristband of the station; `settings` is what a receiver hears it by, `interval_s` how often it speaks."""

    id: str
    label: str
    settings: object
    interval_s: float


@dataclass(frozen=True, slots=True)
class Role:
    """A role and its rights."""

    id: str
    label: str
    grants: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder: the colour, the hours before the end (None = when the clock starts), the roles told."""

    colour: Colour
    hours_left: float | None
    tell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs from green to red."""

    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class LoanLadder(Ladder):
    """The ladder of loans up to `up_to_hours` long (None = of any length)."""

    up_to_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds messages back that are not urgent. Times are minutes after midnight in China.

    `digest` in order; `quiet` from and to; `budget` a person and day, None = without limit.
    """

    most_parts: int = 2
    budget: int | None = None
    digest: tuple[int, ...] = ()
    quiet: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """The deposit clock's ladder, the loans' ladders from short to long, and the devices that send, best first."""

    gateways: tuple[str, ...]
    deposit: Ladder
    loans: tuple[LoanLadder, ...]
    holding: Holding = Holding()

    def loan(self, hours: float) -> LoanLadder:
        """The ladder of a loan that lasts `hours`; the last one takes every length."""
        return next((one for one in self.loans if one.up_to_hours is None or hours <= one.up_to_hours), self.loans[-1])


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole station. `digest` is the SHA-256 of devices.toml, hex; `simulation` is set by an overlay only.

    `remarks` are no mistakes: what works today and may surprise tomorrow.
    """

    path: Path
    digest: str
    station: Station
    limits: Limits
    buses: Mapping[str, Bus]
    devices: Mapping[str, Device]
    rooms: Mapping[str, Room]
    cabinets: Mapping[str, Cabinet]
    roles: Mapping[str, Role]
    accounts: Mapping[str, frozenset[str]]
    reminders: Reminders
    wristbands: Mapping[str, Wristband]
    wristband_models: Mapping[str, object]
    law: DataSet
    calendar: Calendar
    imports: Mapping[str, Import]
    simulation: Simulation | None = None
    overlay: Path | None = None
    remarks: tuple[Mistake, ...] = ()

    @property
    def grants(self) -> Mapping[str, frozenset[Right]]:
        """Role id → rights, as the desk's lookup takes them."""
        return {role.id: role.grants for role in self.roles.values()}
