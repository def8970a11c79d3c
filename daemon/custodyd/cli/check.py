"""`custodyd check FILE`: every mistake of a settings file at once, or a summary of the station; it starts nothing."""

import json as json_module
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from custodyd.settings import Mistake, Mistakes, Settings, installed, load
from custodyd.settings.plan import plan
from custodyd.settings.sandbox import drop_in
from custodyd.settings.schema import text as schema_text
from custodyd.settings.wording import LOCALES, Words, both

GOOD, BAD, USAGE = 0, 1, 2
"""Exit statuses."""


def check(path: Path, overlay: Path | None = None, json: bool = False, languages: tuple[str, ...] = LOCALES) -> int:
    """Print what is wrong, or what the station has; returns 0 for a good file, 1 for mistakes."""
    try:
        settings = load(path, overlay)
    except Mistakes as exc:
        click.echo(_as_json(False, exc.list, ()) if json else _mistakes(exc.list, languages))
        return BAD
    click.echo(_as_json(True, (), settings.remarks, settings) if json else _summary(settings, languages))
    return GOOD


def _mistakes(found: tuple[Mistake, ...], languages: tuple[str, ...]) -> str:
    last = both("settings.check.bad", count=len(found))
    return "\n".join([*(_line(one, languages) for one in found), _said(last, languages)])


def _line(one: Mistake, languages: tuple[str, ...], more: str = "") -> str:
    key = f" {one.key}:" if one.key else ""
    return f"{one.file}:{one.line}:{one.column}:{more}{key} {_said(one.text, languages)}"


def _said(words: Words, languages: tuple[str, ...]) -> str:
    return " / ".join(words[language] for language in languages)


def _summary(settings: Settings, languages: tuple[str, ...]) -> str:
    station = settings.station
    named = {"label": station.label, "unit": station.unit, "code": station.code, "bureau": station.bureau}
    lines = [both("settings.check.good"), both("settings.check.station", **named), _counts(settings)]
    families = [f"  {caption}: {', '.join(ids)}" for caption, ids in _by_family(settings, languages).items()]
    cabinets = [f"  {_said(words, languages)}" for words in _cabinets(settings)]
    remark = f" {_said(both('settings.check.remark'), languages)}:"
    remarks = [_line(one, languages, remark) for one in settings.remarks]
    return "\n".join([*(_said(line, languages) for line in lines), *families, *cabinets, *remarks])


def _counts(settings: Settings) -> Words:
    return both(
        "settings.check.counts",
        buses=len(settings.buses),
        devices=len(settings.devices),
        rooms=len(settings.rooms),
        cabinets=len(settings.cabinets),
        compartments=sum(len(cabinet.compartments) for cabinet in settings.cabinets.values()),
        closed=sum(len(cabinet.out_of_service) for cabinet in settings.cabinets.values()),
        roles=len(settings.roles),
    )


def _by_family(settings: Settings, languages: tuple[str, ...]) -> Mapping[str, list[str]]:
    """The devices' ids by their family's caption."""
    families = installed().families
    found: dict[str, list[str]] = {}
    for device in settings.devices.values():
        found.setdefault(_said(families[device.family].caption, languages), []).append(device.id)
    return found


def _cabinets(settings: Settings) -> list[Words]:
    none = both("settings.check.none")
    return [
        both(
            "settings.check.cabinet",
            label=one.label,
            id=one.id,
            compartments=len(one.compartments),
            reader=one.reader or none,
            scanner=one.scanner or none,
        )
        for one in settings.cabinets.values()
    ]


def _as_json(
    good: bool, mistakes: tuple[Mistake, ...], remarks: tuple[Mistake, ...], settings: Settings | None = None
) -> str:
    document: dict[str, Any] = {
        "good": good,
        "mistakes": [_fields(one) for one in mistakes],
        "remarks": [_fields(one) for one in remarks],
    }
    if settings is not None:
        document["digest"] = settings.digest
    return json_module.dumps(document, ensure_ascii=False, indent=2)


def _fields(one: Mistake) -> dict[str, Any]:
    return {
        "file": str(one.file),
        "line": one.line,
        "column": one.column,
        "key": one.key,
        "expected": dict(one.expected),
        "found": one.found,
        "nearest": one.nearest,
        "text": dict(one.text),
    }


def _filter(path: Path, overlay: Path | None, languages: tuple[str, ...]) -> int:
    """Print the drop-in for systemd; mistakes go to the error stream, so that no half file is installed."""
    try:
        click.echo(drop_in(load(path, overlay)), nl=False)
    except Mistakes as exc:
        click.echo(_mistakes(exc.list, languages), err=True)
        return BAD
    return GOOD


def compare(new: Path, running: Path, overlay: Path | None, languages: tuple[str, ...]) -> int:
    """Print what a reload from `running` to `new` would do; returns 0, or 1 for mistakes in either."""
    try:
        found = plan(load(running, overlay), load(new, overlay))
    except Mistakes as exc:
        click.echo(_mistakes(exc.list, languages))
        return BAD
    click.echo("\n".join(_said(line, languages) for line in found.sentences))
    return GOOD


@click.command("check", help="检查设备配置，一次说出全部错误 / Check devices.toml, every mistake at once.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--overlay", type=click.Path(path_type=Path), help="模拟叠加文件 / a simulation's overlay")
@click.option("--json", "as_json", is_flag=True, help="机器可读 / for programs")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="与正在使用的配置比较 / what a reload from this file would do",
)
@click.option("--systemd", is_flag=True, help="输出网络白名单片段 / print the drop-in with the allowed addresses")
@click.option("--schema", is_flag=True, help="输出 JSON Schema / print the JSON Schema for editors")
@click.option("--lang", type=click.Choice(LOCALES), help="只用一种语言 / one language only (default: both)")
def check_command(
    file: Path | None,
    overlay: Path | None,
    as_json: bool,
    against: Path | None,
    systemd: bool,
    schema: bool,
    lang: str | None,
) -> None:
    """Check a settings file; exit status 0 good, 1 mistakes, 2 usage."""
    if schema:
        click.echo(schema_text(), nl=False)
        return
    if file is None:
        raise click.UsageError("FILE 不能省略 / FILE is missing")
    languages = (lang,) if lang else LOCALES
    if against is not None:
        sys.exit(compare(file, against, overlay, languages))
    sys.exit(_filter(file, overlay, languages) if systemd else check(file, overlay, as_json, languages))
