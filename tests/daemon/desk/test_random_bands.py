"""Random hours of wristbands against the promises: silence is unknown, a deaf radio loses nobody, all is paired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from custodyd.desk.bands import machine
from custodyd.desk.bands.desk import _recorded
from custodyd.desk.bands.events import Ears, Event, Explained, Gone, Heard, Repeated, Sos, Strap, Tick
from custodyd.desk.bands.states import Band, Receiver, State
from custodyd.desk.projections.wristbands import WRISTBANDS
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.cabinet import IncidentExplained
from custodyd.model.projection import Row, Value

BANDS = {"band-1": 1.0, "band-2": 8.0}
RECEIVERS = ("near", "far")
PAIRS = ("unknown", "lost", "battery.low")


class Memory:
    """Rows in memory, as a fold sees them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Value], Row] = {}

    def get(self, table: str, *key: Value) -> Row | None:
        row = self._kept.get((table, key[0]))
        columns = {name: None for one in WRISTBANDS.tables if one.name == table for name in one.columns}
        return {**columns, **row} if row is not None else None

    def put(self, table: str, row: Row) -> None:
        key = next(one.key[0] for one in WRISTBANDS.tables if one.name == table)
        self._kept[table, row[key]] = row

    def drop(self, table: str, *key: Value) -> None:
        self._kept.pop((table, key[0]), None)

    def select(self, *_: Any, **__: Any) -> Sequence[Row]:
        raise NotImplementedError  # these folds select nothing


@dataclass
class Hours:
    """A machine, the entries that it made, and the rows that they add up to."""

    state: State
    at: float = 0.0
    entries: list[Entry] = field(default_factory=list)
    rows: Memory = field(default_factory=Memory)

    def now(self) -> tuple[float, int]:
        return self.at, round(self.at * 1_000_000)

    def take(self, event: Event) -> None:
        self.enter(machine.step(self.state, event))

    def enter(self, step: machine.Step) -> None:
        self.state = step.state
        for draft in step.entries:
            self.fold(draft)
        assert {told.about for told in step.told} <= {draft.incident for draft in step.entries}

    def fold(self, draft: Draft) -> None:
        entry = Entry(
            v=1, seq=len(self.entries), salt="", station="", segment="1", run="", kind=draft.fact.kind,
            happened=draft.happened, happened_by="daemon", recorded=draft.happened, mono=0,
            data=msgspec.to_builtins(draft.fact), incident=draft.incident, device=draft.device, object=draft.object,
        )  # fmt: skip
        self.entries.append(entry)
        if entry.kind in WRISTBANDS.folds:
            WRISTBANDS.folds[entry.kind](self.rows, entry)

    def explain(self, incident: str, band: str) -> None:
        self.fold(Draft(fact=IncidentExplained(named="p"), happened=self.now()[1], incident=incident, object=band))
        self.take(Explained(*self.now(), incident))


def fresh() -> Hours:
    bands = {name: Band(name, interval) for name, interval in BANDS.items()}
    return Hours(State(bands, {name: Receiver(name) for name in RECEIVERS}))


band, receiver = st.sampled_from(sorted(BANDS)), st.sampled_from(RECEIVERS)
MOTIONS = st.one_of(
    st.tuples(st.just("hear"), band, st.none() | st.integers(0, 100)),
    st.tuples(st.just("strap"), band, st.sampled_from(["cut", "state", "skin", None])),
    st.tuples(st.just("press"), band, st.sampled_from(["single", "long"])),
    st.tuples(st.just("repeat"), band, st.none()),
    st.tuples(st.just("ears"), receiver, st.booleans()),
    st.tuples(st.just("gone"), receiver, st.none()),
    st.tuples(st.just("explain"), band, st.sampled_from(["strap", "sos", "lost", "low", "repeated"])),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 150)),
    st.tuples(st.just("restart"), st.just(""), st.none()),
)


def play(hours: Hours, what: str, which: str, how: Any) -> None:
    hours.at += 0.001  # two things never happen in one microsecond
    events: Mapping[str, Event] = {
        "hear": Heard(*hours.now(), "near", which, "advert", how),
        "strap": Strap(*hours.now(), "near", which, how),
        "press": Sos(*hours.now(), "near", which, how),
        "repeat": Repeated(*hours.now(), "near", which),
        "ears": Ears(*hours.now(), which, bool(how), 10.0),
        "gone": Gone(*hours.now(), which),
    }
    if what in events:
        hours.take(events[what])
    elif what == "explain" and (incident := getattr(hours.state.bands[which], f"{how}_incident")):
        hours.explain(incident, which)
    elif what == "wait":
        waited(hours, how)
    elif what == "restart":
        restarted(hours)


def waited(hours: Hours, halves: int) -> None:
    for _ in range(halves):
        hours.at += 0.5
        before = hours.state
        hours.take(Tick(*hours.now()))
        for name, one in hours.state.bands.items():
            was = before.bands[name]
            silence = hours.at - one.heard
            if one.standing == "heard":
                assert silence < max(10.0, 5 * one.interval_s), "nothing is fine that was not heard for so long"
            if (was.standing, one.standing) == ("unknown", "lost"):
                assert before.hearing_since is not None, "nothing is lost while nobody hears"
                assert min(silence, hours.at - before.hearing_since) >= 30.0


def restarted(hours: Hours) -> None:
    kept = hours.state
    new = [Band(name, interval, heard=hours.at) for name, interval in BANDS.items()]
    bands = {band.id: _recorded(band, hours.rows.get("wristband", band.id)) for band in new}
    for name, one in bands.items():
        assert (one.standing, one.strap_open) == (kept.bands[name].standing, kept.bands[name].strap_open)
        for what in ("strap", "sos", "low", "lost", "repeated"):
            assert getattr(one, f"{what}_incident") == getattr(kept.bands[name], f"{what}_incident")
    rows = {name: hours.rows.get("receiver", name) or {} for name in RECEIVERS}
    assert {name: row.get("deaf_incident") for name, row in rows.items()} == {
        name: one.deaf_incident for name, one in kept.receivers.items()
    }
    receivers = {name: Receiver(name, deaf_incident=kept.receivers[name].deaf_incident) for name in RECEIVERS}
    hours.enter(machine.started(State(bands, receivers), hours.now()[1]))
    assert not [one for one in hours.state.bands.values() if one.standing == "heard"]


# what must come together to lose a band and to have that explained, again and again
LIVELY = st.one_of(
    MOTIONS,
    st.tuples(st.just("hear"), st.just("band-1"), st.just(90)),
    st.tuples(st.just("ears"), st.just("near"), st.just(True)),
    st.tuples(st.just("wait"), st.just(""), st.just(75)),
    st.tuples(st.just("explain"), st.just("band-1"), st.just("lost")),
)


@settings(max_examples=300)
@given(st.lists(LIVELY, max_size=60))
def test_whatever_happens_to_bands_the_promises_hold(motions: list[tuple[str, str, Any]]) -> None:
    hours = fresh()
    for motion in motions:
        play(hours, *motion)
    restarted(hours)
    for name in BANDS:
        mine = [entry for entry in hours.entries if entry.object == name]
        for pair in PAIRS:
            paired(
                [entry for entry in mine if entry.kind.startswith(f"wristband.{pair}.") or _explains(entry, pair)], pair
            )
    for name in RECEIVERS:
        paired([entry for entry in hours.entries if entry.device == name and "receiver.deaf" in entry.kind], "deaf")


def _explains(entry: Entry, pair: str) -> bool:
    return (
        pair in ("unknown", "lost")
        and entry.kind == "incident.explained"
        and (entry.incident or "").startswith("wristband-lost")
    )


def paired(found: list[Entry], pair: str) -> None:
    """Began and ended take turns; where they stand for an incident, both name the same."""
    standing: Entry | None = None
    for entry in found:
        if entry.kind.endswith(".began"):
            assert standing is None, f"{pair} began twice"
            standing = entry
        else:
            assert standing is not None, f"{pair} ended without a beginning"
            assert standing.incident in (None, entry.incident)
            standing = None
