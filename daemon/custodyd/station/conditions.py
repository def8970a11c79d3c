"""What is wrong with the station now: seen from its parts, and named as alarms; it tells nobody."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from custodyd.clock import SystemClock
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.law.calendar import Calendar, Stage, stage
from custodyd.ledger import Health, Ledger, RecordUnavailable
from custodyd.model.alarm import Alarm, AlarmName
from custodyd.model.civil import civil as civil_time
from custodyd.model.facts.cabinet import InventoryOpened
from custodyd.station.timekeeping import is_impossible
from custodyd.texts import Text, text


@dataclass(frozen=True, slots=True)
class Seen:
    """What alarms are made of. `unconfirmed`: what stands where, since a quarantine; `blind`: device → why; `civil` and
    `synced` are of the machine's own clock."""

    health: Health
    unconfirmed: bool
    owes_openings: bool
    blind: Mapping[str, str]
    civil: int
    synced: bool | None


def alarms(seen: Seen) -> tuple[Alarm, ...]:
    """Every condition that holds, the gravest first."""
    blind = (Alarm("device-blind", device, why) for device, why in seen.blind.items())
    return (*(Alarm(name) for name in _names(seen)), *blind)


def _names(seen: Seen) -> Sequence[AlarmName]:
    health = seen.health
    held: tuple[tuple[bool, AlarmName], ...] = (
        (seen.owes_openings, "emergency-owed"),
        (health.broken, "record-broken"),
        (health.trouble == "full", "storage-full"),
        (health.trouble == "read-only", "storage-read-only"),
        (health.trouble == "failing" and not health.broken, "storage-failing"),
        (health.trouble is None and health.low, "disk-low"),
        (seen.unconfirmed, "record-quarantined"),
        (is_impossible(seen.civil), "clock-impossible"),
        (seen.synced is False, "clock-unsynced"),
    )
    return [name for holds, name in held if holds]


def calendar_alarms(calendar: Calendar, civil: int) -> tuple[Alarm, ...]:
    """Months before a year begins whose days off are not known; `civil` is now, `why` names the year."""
    today = civil_time(civil).date()
    names: dict[Stage, AlarmName] = {"early": "calendar-short", "late": "calendar-ending"}
    urgency = stage(calendar.days_left(today))
    return () if urgency is None else (Alarm(names[urgency], why=str(calendar.first_missing(today))),)


def sentence(alarm: Alarm) -> Text:
    """What stands, and what to do next."""
    return text(f"alarm.{alarm.name}", device=alarm.device, why=alarm.why or "?")


@dataclass(frozen=True, slots=True)
class Eyes:
    """Looks at the parts of one station; `live` names the devices that are seen, `settings` tells of its file."""

    ledger: Ledger
    desks: Collection[CabinetDesk]
    devices: Callable[[], Collection[str]]
    live: Callable[[], Collection[str]]
    settings: Callable[[], Sequence[Alarm]] = tuple

    def alarms(self) -> tuple[Alarm, ...]:
        """Every condition that holds now."""
        return (*alarms(self.seen()), *self.settings())

    def seen(self) -> Seen:
        """What is seen now; a record that cannot be read leaves unknown what only it knows."""
        live = frozenset(self.live())
        gone = {device: self._why(device) for device in self.devices() if device not in live}
        return Seen(
            self.ledger.health,
            self._unconfirmed(),
            any(desk.owes_openings for desk in self.desks),
            {device: why for device, why in gone.items() if why is not None},
            SystemClock().civil(),  # a jump that a simulation asks for is no fault of the clock
            self.ledger.clock_state.synced,
        )

    def _unconfirmed(self) -> bool:
        """Whether an inventory is open; where none can be, a quarantine stands for ever."""
        if not self.ledger.health.quarantined or all(desk.context.kind != "dossier" for desk in self.desks):
            return self.ledger.health.quarantined
        try:
            return bool(self.ledger.view.select("incident", kind=InventoryOpened.kind, closed=None))
        except RecordUnavailable:
            return True

    def _why(self, device: str) -> str | None:
        """Why a device is blind; None while nobody has found it so in this run or an earlier one."""
        try:
            row = self.ledger.view.get("device", device)
        except RecordUnavailable:
            return ""
        return str(row["why"] or "") if row is not None and row["state"] == "blind" else None
