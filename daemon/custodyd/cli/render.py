"""Tables and panels for people, by rich; it must not ask the daemon, nor decide what is shown."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from custodyd.cli.session import Session, clean

_PIPE_WIDTH = 200  # a pipe has no width of its own; folded cells would be cut words for grep
_STYLES = {
    "seen": "green", "ok": "green", "delivered": "green", "stored": "green",
    "blind": "bold red", "failed": "bold red", "unsettled": "bold red", "red": "bold red", "unknown": "yellow",
    "out": "yellow", "orange": "dark_orange", "yellow": "yellow", "blue": "blue", "green": "green",
}  # fmt: skip
_WORDS = frozenset(
    {"state", "part", "visit", "colour", "door", "active", "needs_review", "emergency", "clock", "proof"}
)
_TIMES = frozenset(
    {"accepted", "since", "start", "due", "opened", "closed", "ended", "again", "reviewed", "door_since", "now"}
)


def console() -> Console:
    """The terminal, or a wide page where the output is piped."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH)


def table(session: Session, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print a listing."""
    console().print(made(session, rows, columns))


def made(session: Session, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table | Text:
    """A listing as a table with headings in the chosen language, or the sentence that there is nothing.

    A column is a field, or `heading=field` where the field's own name would mislead.
    """
    if not rows:
        return Text(session.say("ctl.nothing"), style="dim")
    found = Table(box=None, header_style="bold", pad_edge=False)
    headings = [column.partition("=")[0] for column in columns]
    fields = [column.rpartition("=")[2] for column in columns]
    for heading in headings:
        found.add_column(session.say(f"ctl.column_{heading}"), overflow="fold")
    for row in rows:
        found.add_row(*(cell(session, *names, row.get(names[1])) for names in zip(headings, fields, strict=True)))
    return found


def cell(session: Session, heading: str, column: str, value: Any) -> Text:
    """One value of a column."""
    if value in (None, [], ""):
        return Text("—", style="dim")
    if column in _TIMES:
        return Text(moment(str(value)))
    if column == "texts":
        return Text(session.spoken(value))
    if column in _WORDS or heading in _WORDS:
        return Text(session.word(value), style=_STYLES.get(str(value), ""))
    if column == "labels":
        return Text(clean("、".join(value)))
    if column == "officers":
        return Text("\n".join(f"{session.word(one['part'])} {clean(one['person'])}" for one in value))
    if column == "open":
        return Text(clean(" ".join(value)))
    return Text(clean(value))


def moment(text: str) -> str:
    """An RFC 3339 time for people: Beijing's date and time to the second."""
    return clean(text[:19].replace("T", " "))


def status(session: Session, found: Mapping[str, Any]) -> RenderableType:
    """The station at a glance."""
    trouble = found["storage"] != "ok"
    record = "ctl.record_trouble" if trouble else "ctl.record_ok"
    facts = {"segment": found["segment"], "entries": found["entries"], "storage": clean(found["storage"])}
    incidents = found.get("incidents")
    lines = [
        Text(f"{clean(found['label'])} ({clean(found['station'])})", style="bold"),
        *([Text(session.say("ctl.simulated"), style="yellow")] if found["simulated"] else []),
        Text(session.say("ctl.since", now=moment(found["now"]), since=moment(found["since"]))),
        Text(session.say(record, **facts), style="bold red" if trouble else "green"),
        Text(session.say("ctl.incidents", count="?" if incidents is None else incidents), style=_loud(incidents)),
        *(_alarm(session, alarm) for alarm in found["alarms"]),
    ]
    devices = made(session, found["devices"], ("device", "label", "driver", "state", "since", "why"))
    cabinets = made(session, found["cabinets"], ("cabinet", "label", "compartments", "taken", "open", "visit"))
    return Group(*lines, Text(), devices, Text(), cabinets)


def _loud(incidents: int | None) -> str:
    return "" if incidents == 0 else "bold red"


def _alarm(session: Session, alarm: Mapping[str, Any]) -> Text:
    said = session.say("ctl.alarm", since=moment(alarm["since"]), alarm=session.spoken(alarm["texts"]))
    return Text(said, style="bold red")
