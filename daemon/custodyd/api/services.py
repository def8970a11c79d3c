"""What the API works with, handed in by the station; no logic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.enrolment import Enrolment
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import Register
from custodyd.ledger import Ledger
from custodyd.ledger.keys import PersonKeys
from custodyd.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """One station's parts, as far as the API needs them. `live` names the devices that are seen now."""

    settings: Settings
    clock: Clock
    ledger: Ledger
    people: PersonKeys
    lookup: Lookup
    register: Register
    enrolment: Enrolment
    desks: Mapping[str, CabinetDesk]
    live: Callable[[], Sequence[str]]
    started: int  # civil
