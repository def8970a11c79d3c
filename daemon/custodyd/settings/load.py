"""devices.toml, its overlay and the law beside it → Settings, or every mistake; it knows the order, no rule."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from custodyd.settings import attached, overlay, shape
from custodyd.settings.build import build
from custodyd.settings.cabinets import CabinetCheck
from custodyd.settings.convert import Good, table
from custodyd.settings.defaults import ROLES
from custodyd.settings.known import Known, installed
from custodyd.settings.lawbook import Lawbook, lawbook
from custodyd.settings.messages import MessageCheck
from custodyd.settings.mistakes import Findings, Mistake, Mistakes
from custodyd.settings.nouns import Settings
from custodyd.settings.people import PeopleCheck
from custodyd.settings.source import Document, read
from custodyd.settings.wristbands import WristbandCheck


def load(path: Path, overlay: Path | None = None, *, known: Known | None = None) -> Settings:
    """The station that `path` describes, with the wires of `overlay`; raises Mistakes, which holds all of them.

    `known` are the families and the bus that may be named; by default those that are installed.
    """
    known = known or installed()
    base, over = _read(path, overlay)
    findings = Findings(path, base.places)
    if over is not None:
        _apply(findings, base, over)
    _check(findings, base.data, known)
    book = _law(findings, path.parent)
    if findings.mistakes or book is None:
        raise Mistakes(findings.in_order())
    settings = build(base, over, known, book)
    return replace(settings, remarks=findings.remarks_in_order())


def _read(path: Path, over: Path | None) -> tuple[Document, Document | None]:
    found: list[Mistake] = []
    documents: list[Document] = []
    for file in [path] if over is None else [path, over]:
        try:
            documents.append(read(file))
        except Mistakes as exc:
            found += exc.list
    if found:
        raise Mistakes(tuple(found))
    return documents[0], documents[1] if over is not None else None


def _law(findings: Findings, folder: Path) -> Lawbook | None:
    """The unit's law and holidays; None with their mistakes among the findings."""
    try:
        return lawbook(folder)
    except Mistakes as exc:
        findings.mistakes += exc.list
        return None


def _apply(findings: Findings, base: Document, over: Document) -> None:
    overlay.apply(findings, base.data, over, base.places)


def _check(findings: Findings, data: dict[str, Any], known: Known) -> None:
    good = table(findings, (), data, shape.Document)
    buses = attached.buses(findings, good.get("bus", {}), known)
    devices = attached.devices(findings, good.get("device", {}), known)
    attached.check_wires(findings, [*buses.values(), *devices.values()])
    attached.check_units(findings, devices, buses)
    bands = WristbandCheck(findings, known.receiver, good.get("wristband_model", {}))
    bands.check(good.get("wristband", {}), devices)
    cabinets = CabinetCheck(findings, devices, _names(data, "room"))
    for name, cabinet in good.get("cabinet", {}).items():
        cabinets.check(name, cabinet)
    people = PeopleCheck(findings, [*ROLES, *(name for name in _names(data, "role") if name not in ROLES)])
    people.roles_apart(good.get("role", {}))
    people.accounts(good.get("account", {}))
    people.imports(good.get("import", {}))
    hours = good.get("limits", {}).get("deposit_hours", 24.0)
    people.reminders(good.get("reminders", {}), hours)
    sending = MessageCheck(findings)
    sending.check(good.get("reminders", {}), devices, good.get("station", {}).get("sms_signature"))
    used = {*cabinets.used, *bands.receivers, *sending.gateways}
    for name in [name for name in devices if name not in used]:
        findings.remark(("device", name), "settings.remark.unused-device")


def _names(data: dict[str, Any], section: str) -> list[str]:
    """Ids as written, right or wrong: what stands in the file is no unknown reference."""
    tables = data.get(section)
    return list(cast("Good", tables)) if isinstance(tables, dict) else []
