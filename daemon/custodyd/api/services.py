"""What the API works with, handed in by the station; no logic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.clocks.desk import ClockDesk
from custodyd.desk.enrolment import Enrolment
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import Register
from custodyd.imports.importer import Importer
from custodyd.ledger import Ledger
from custodyd.ledger.keys import PersonKeys
from custodyd.model.alarm import Alarm
from custodyd.settings import Settings
from custodyd.texts import Text


@dataclass(slots=True)
class Services:
    """One station's parts, as far as the API needs them. `live` names the devices that are seen now.

    `alarms` gives what stands, each with its sentence. A reload replaces `settings`.
    """

    settings: Settings
    clock: Clock
    ledger: Ledger
    people: PersonKeys
    lookup: Lookup
    register: Register
    enrolment: Enrolment
    clocks: ClockDesk
    desks: Mapping[str, CabinetDesk]
    live: Callable[[], Sequence[str]]
    started: int  # civil
    imports: Importer = field(kw_only=True)
    alarms: Callable[[], Sequence[tuple[Alarm, Text]]] = tuple
