"""Commands that only look: status, events, devices, clocks, cabinets; they change nothing."""

import json
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from custodyd.cli.language import helped
from custodyd.cli.session import OK, REFUSED, Session, Tool, clean, escaped, with_session

if TYPE_CHECKING:
    from custodyd.cli.client import Client

REFRESH_S = 1.0
LAST = 50


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""

    @tool.command("status", help="ctl.help_status")
    @click.option("--live", is_flag=True, help=helped("ctl.help_live"))
    @with_session
    def _status(session: Session, live: bool) -> None:
        show_status(session, live)

    @tool.command("events", help="ctl.help_events")
    @click.option("--follow", is_flag=True, help=helped("ctl.help_follow"))
    @click.option("--after", help=helped("ctl.help_after"))
    @click.option("--last", type=click.IntRange(min=0), default=LAST, show_default=True, help=helped("ctl.help_last"))
    @click.option("--case", help=helped("ctl.help_case"))
    @with_session
    def _events(session: Session, follow: bool, after: str | None, last: int, case: str | None) -> None:
        show_events(session, follow, after, last, case)

    devices = tool.noun("devices", help="ctl.help_devices", default="list")

    @devices.command("list", help="ctl.help_devices_list")
    @with_session
    def _devices(session: Session) -> None:
        listing(session, "/v1/devices", ("device", "label", "driver", "state", "since", "proof", "value", "why"))

    @devices.command("plan", help="ctl.help_devices_plan")
    @with_session
    def _plan(session: Session) -> None:
        sys.exit(show_plan(session))

    @tool.command("wristbands", help="ctl.help_wristbands")
    @with_session
    def _wristbands(session: Session) -> None:
        columns = ("wristband", "label", "state=standing", "since", "strap", "sos=sos_incident", "device=receiver")
        listing(session, "/v1/wristbands", columns)

    @tool.command("clocks", help="ctl.help_clocks")
    @with_session
    def _clocks(session: Session) -> None:
        listing(session, "/v1/clocks", ("clock=name", "case_id", "object", "due", "colour"))

    _cabinets(tool)


def _cabinets(tool: Tool) -> None:
    cabinets = tool.noun("cabinets", help="ctl.help_cabinets", default="list")

    @cabinets.command("list", help="ctl.help_cabinets_list")
    @with_session
    def _list(session: Session) -> None:
        listing(session, "/v1/cabinets", ("cabinet", "label", "compartments", "taken", "open", "visit"))

    @cabinets.command("show", help="ctl.help_cabinets_show")
    @click.argument("cabinet")
    @with_session
    def _show(session: Session, cabinet: str) -> None:
        columns = ("place", "dossier", "door", "door_since", "out_of_service")
        listing(session, f"/v1/cabinets/{escaped(cabinet)}/compartments", columns)


def show_plan(session: Session) -> int:
    """What a reload would do; returns the exit status: a file with mistakes is refused."""
    with session.client() as client:
        found = client.get("/v1/settings/plan")
    if session.as_json:
        session.print_json(found)
    elif found["good"]:
        changes, untouched = found.get("changes", []), found.get("untouched", [])
        lines = [session.spoken(change["texts"]) for change in changes] or [session.say("settings.plan_nothing")]
        last = session.say("settings.plan_untouched", count=len(untouched), devices=", ".join(untouched))
        click.echo("\n".join([*lines, last]))
    else:
        for one in found["mistakes"]:
            click.echo(f"{one['line']}:{one['column']}: {session.spoken(one['texts'])}")
        click.echo(session.say("settings.check.bad", count=len(found["mistakes"])))
    return OK if found["good"] else REFUSED


def listing(session: Session, path: str, columns: tuple[str, ...], **query: str | None) -> None:
    """Print every row of a listing."""
    with session.client() as client:
        session.print_rows(list(client.rows(path, **query)), columns)


def show_status(session: Session, live: bool) -> None:
    """The station once, or again each second until Ctrl-C."""
    with session.client() as client:
        found = client.get("/v1/status")
        if session.as_json:
            session.print_json(found)
            return
        from rich.live import Live

        from custodyd.cli.render import console, status

        if not live:
            console().print(status(session, found))
            return
        first = status(session, found)
        with suppress(KeyboardInterrupt), Live(first, console=console(), auto_refresh=False) as screen:
            while True:
                time.sleep(REFRESH_S)
                screen.update(status(session, client.get("/v1/status")), refresh=True)


def show_events(session: Session, follow: bool, after: str | None, last: int, case: str | None) -> None:
    """Entries beyond `after` (of a case: all; else the newest `last`); then, with `follow`, those that come."""
    with session.client() as client:
        now = client.get("/v1/status")
        head = f"{now['segment']}/{now['entries'] - 1}"
        start = after or (None if case else f"{now['segment']}/{max(-1, now['entries'] - 1 - last)}")
        for entry in client.rows("/v1/entries", start, case=case):
            show_entry(session, entry)
            head = str(entry["id"])
        if follow:
            _follow(session, client, head, case)


def _follow(session: Session, client: "Client", after: str, case: str | None) -> None:
    def waiting() -> None:
        click.echo(session.say("ctl.waiting"), err=True)

    with suppress(KeyboardInterrupt):
        for entry in client.follow(after, waiting):
            if case is None or entry.get("case") == case:
                show_entry(session, entry)


def show_entry(session: Session, entry: Mapping[str, Any]) -> None:
    """One entry on one line: place in the record, time, caption, where, whose."""
    if session.as_json:
        click.echo(json.dumps(entry, ensure_ascii=False))
        return
    where = entry.get("place") or entry.get("device")
    about = (where, entry.get("case"), entry.get("object"), entry.get("person") or entry.get("by"), entry.get("rule"))
    rest = "  ".join(clean(value) for value in about if value)
    moment = clean(entry["happened"][:19].replace("T", " "))
    click.echo(f"{entry['id']:>8}  {moment}  {session.spoken(entry['texts'])}  {rest}".rstrip())
