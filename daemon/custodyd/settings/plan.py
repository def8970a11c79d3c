"""What a changed devices.toml means for a station that runs: which device is opened anew, what waits for a restart.

It names keys, never values: some are secrets. It changes nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

import msgspec

from custodyd.law.dataset import differences
from custodyd.model.facts.record import Effect, What
from custodyd.settings.nouns import Settings
from custodyd.settings.wording import Words, both

Told = Mapping[str, object]
"""Key → value of one table, as devices.toml has them."""

RESTART: Mapping[str, frozenset[str]] = {
    "station": frozenset({"code", "bureau"}),  # they stand in the record's origin
    "simulation": frozenset({"civil_socket"}),
}
"""Keys that a running station does not take up. Every other key is taken up live."""
_WRITTEN = {"family": "driver", "loans": "loan"}  # where a noun has another name than the file
_DERIVED = frozenset({"id", "capability", "settings", "holding", "interval_s"})
_RESTING = frozenset({"kind", "reader", "scanner", "compartments", "out_of_service"})
"""Keys of a cabinet that may change only while nobody is at it and all its doors are shut."""


@dataclass(frozen=True, slots=True)
class Change:
    """One table: `what` became of it, which `keys` differ, with which `effect`. [station] and its like have no `id`."""

    table: str
    id: str
    what: What
    keys: tuple[str, ...]
    effect: Effect

    @property
    def name(self) -> str:
        """As devices.toml writes it, without brackets."""
        return f"{self.table}.{self.id}" if self.id else self.table

    @property
    def sentence(self) -> Words:
        """What changes and what that means, in both languages."""
        what = both(f"settings.plan_{self.what}", keys=", ".join(self.keys))
        return both("settings.plan_line", table=self.name, what=what, effect=both(f"settings.plan_{self.effect}"))


@dataclass(frozen=True, slots=True)
class Plan:
    """From the settings that run to those in the file; `changes` in the order of the tables."""

    old: Settings
    new: Settings
    changes: tuple[Change, ...]

    @property
    def touched(self) -> frozenset[str]:
        """Devices whose driver ends: closed for good, or opened anew."""
        return self._with("device", "closed", "reopened")

    @property
    def begun(self) -> frozenset[str]:
        """Devices that get a new driver."""
        return self._with("device", "opened", "reopened")

    @property
    def untouched(self) -> tuple[str, ...]:
        """Devices that keep their driver."""
        return tuple(device for device in self.new.devices if device not in self.touched | self.begun)

    @property
    def buses(self) -> frozenset[str]:
        """Buses that are closed; what runs on them is in `touched`."""
        return self._with("bus", "closed", "reopened")

    @property
    def resting(self) -> frozenset[str]:
        """Cabinets that must be at rest meanwhile."""
        cabinets = (change for change in self.changes if change.table == "cabinet")
        return frozenset(change.id for change in cabinets if change.what != "changed" or _RESTING & set(change.keys))

    @property
    def waiting(self) -> tuple[Change, ...]:
        """What only a restart takes up."""
        return tuple(change for change in self.changes if change.effect == "restart")

    @property
    def sentences(self) -> tuple[Words, ...]:
        """The whole plan for people, a line each, in both languages."""
        last = both("settings.plan_untouched", count=len(self.untouched), devices=", ".join(self.untouched))
        if not self.changes:
            return (both("settings.plan_nothing"), last)
        return (*(change.sentence for change in self.changes), last)

    @property
    def settings(self) -> Settings:
        """What runs once the plan is carried out: the new settings, the old ones where a restart is needed."""
        station = msgspec.structs.replace(self.new.station, code=self.old.station.code, bureau=self.old.station.bureau)
        return replace(self.new, station=station, simulation=self.old.simulation)

    def _with(self, table: str, *effects: Effect) -> frozenset[str]:
        return frozenset(change.id for change in self.changes if change.table == table and change.effect in effects)


def plan(old: Settings, new: Settings) -> Plan:
    """What it takes to run `new` instead of `old`."""
    buses = tuple(_tables("bus", old.buses, new.buses))
    closed = {change.id for change in buses if change.effect in ("closed", "reopened")}
    return Plan(
        old,
        new,
        (
            *_single("station", old.station, new.station),
            *_single("limits", old.limits, new.limits),
            *buses,
            *_devices(old, new, closed),
            *_tables("room", old.rooms, new.rooms),
            *_tables("cabinet", old.cabinets, new.cabinets),
            *_tables("role", old.roles, new.roles),
            *_tables("account", old.accounts, new.accounts),
            *_tables("wristband_model", old.wristband_models, new.wristband_models),
            *_tables("wristband", old.wristbands, new.wristbands),
            *_single("reminders", old.reminders, new.reminders),
            *_tables("import", old.imports, new.imports),
            *_single("simulation", old.simulation, new.simulation),
            *_law(old, new),
        ),
    )


def _law(old: Settings, new: Settings) -> Iterator[Change]:
    """What stands in files of its own: law.toml and holidays.d."""
    limits = tuple(one.limit for one in differences(old.law, new.law))
    if limits:
        yield Change("law", "", "changed", limits, "live")
    years = {**old.calendar.plans, **new.calendar.plans}
    replaced = tuple(str(year) for year in years if old.calendar.plans.get(year) != new.calendar.plans.get(year))
    if replaced:
        yield Change("holidays", "", "changed", replaced, "live")


def _devices(old: Settings, new: Settings, closed: Collection[str]) -> Iterator[Change]:
    found = {change.id: change for change in _tables("device", old.devices, new.devices)}
    for name in new.devices:
        change = found.get(name)
        on_closed_bus = name in old.devices and old.devices[name].bus in closed
        if on_closed_bus and (change is None or change.effect == "live"):
            keys = ("bus", *(change.keys if change else ()))
            found[name] = Change("device", name, "changed", keys, "reopened")
    yield from found.values()


def _single(table: str, old: object, new: object) -> Iterator[Change]:
    keys = _differing(_told(old), _told(new))
    waiting = tuple(key for key in keys if key in RESTART.get(table, ()))
    live = tuple(key for key in keys if key not in waiting)
    if live:
        yield Change(table, "", "changed", live, "live")
    if waiting:
        yield Change(table, "", "changed", waiting, "restart")


def _tables(table: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    wired = table in ("bus", "device")
    for name in old:
        if name not in new:
            yield Change(table, name, "removed", (), "closed" if wired else "live")
    for name, noun in new.items():
        if name not in old:
            yield Change(table, name, "added", (), "opened" if wired else "live")
        elif keys := _differing(_told(old[name]), _told(noun)):
            yield Change(table, name, "changed", keys, "reopened" if wired and keys != ("label",) else "live")


def _differing(old: Told, new: Told) -> tuple[str, ...]:
    return tuple(key for key in {**old, **new} if old.get(key) != new.get(key))


def _told(noun: object) -> Told:
    """A noun's keys and values; those that its family understands stand among them."""
    if noun is None:
        return {}
    if isinstance(noun, msgspec.Struct):
        return msgspec.structs.asdict(noun)
    if not is_dataclass(noun):
        return {"roles": noun}  # of an account
    told: Told = {_WRITTEN.get(field.name, field.name): getattr(noun, field.name) for field in fields(noun)}
    return {
        **{key: value for key, value in told.items() if key not in _DERIVED},
        **_told(told.get("settings")),
        **_told(told.get("holding")),
    }
