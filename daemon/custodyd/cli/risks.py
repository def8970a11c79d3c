"""Commands for risk points: the catalogue, and what a unit's own file changes; they ask no daemon."""

import sys
from pathlib import Path
from typing import Any

import click

from custodyd.cli.language import helped
from custodyd.cli.session import REFUSED, Session, Tool, clean, with_session
from custodyd.law.risk_points import RiskLadder, RiskPoint, RiskPoints, differences
from custodyd.settings.lawbook import shipped
from custodyd.settings.mistakes import Mistakes
from custodyd.settings.risk_points import catalogue, risk_points

_own = click.option(
    "--own",
    type=click.Path(path_type=Path, dir_okay=False),
    help=helped("ctl.help_risks_own"),
)


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    risks = tool.noun("risks", help="ctl.help_risks", default="points")

    @risks.command("points", help="ctl.help_risks_points")
    @_own
    @with_session
    def _points(session: Session, own: Path | None) -> None:
        rows = [_row(session, point) for point in _read(session, own).points.values()]
        session.print_rows(rows, ("point", "title", "area", "ladder", "limits", "enabled", "source_status"))

    @risks.command("diff", help="ctl.help_risks_diff")
    @click.argument("own", type=click.Path(path_type=Path, dir_okay=False))
    @with_session
    def _diff(session: Session, own: Path) -> None:
        show_differences(session, catalogue(), _read(session, own))


def _read(session: Session, own: Path | None) -> RiskPoints:
    """The points; ends the tool with every mistake where the file has some."""
    try:
        return risk_points(own, limits=shipped().limits)
    except Mistakes as exc:
        for one in exc.list:
            said = session.spoken(one.text)
            click.echo(f"{one.file}:{one.line}:{one.column}: {clean(one.key)}: {said}", err=True)
        click.echo(session.say("settings.check.bad", count=len(exc.list)), err=True)
        sys.exit(REFUSED)


def _title(session: Session, point: RiskPoint) -> str:
    return session.spoken({"zh-CN": point.zh, "en": point.en})


def _row(session: Session, point: RiskPoint) -> dict[str, Any]:
    return {
        "point": point.id,
        "title": _title(session, point),
        "area": session.word(point.area),
        "ladder": point.ladder.id,
        "limits": " ".join(point.limits),
        "enabled": session.word("yes" if point.enabled else "no"),
        "source_status": session.word("mark_" + point.status.replace(" ", "_")),
    }


def show_differences(session: Session, old: RiskPoints, new: RiskPoints) -> None:
    """One line for each point, one below it for each field that differs."""
    found = differences(old, new)
    if session.as_json:
        session.print_json([{"point": one.id, "what": one.what, "keys": list(one.keys)} for one in found])
        return
    for one in found:
        click.echo(session.say(f"ctl.risks_{one.what}", point=one.id))
        for key in one.keys:
            before, after = (_shown(getattr(points.points[one.id], key)) for points in (old, new))
            click.echo(f"    {key}: {before} → {after}")
    click.echo(session.say("ctl.risks_digest", count=len(found), digest=new.digest))


def _shown(value: object) -> str:
    if isinstance(value, RiskLadder):
        return f"{value.id} " + " ".join(f"{one.colour}={one.seconds}s:{','.join(one.tell)}" for one in value.rungs)
    return clean(" ".join(value) if isinstance(value, tuple) else value)  # pyright: ignore[reportUnknownArgumentType]
