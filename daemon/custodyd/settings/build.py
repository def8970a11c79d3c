"""Checked tables → the nouns of a station; it finds no mistakes any more, it only resolves names and ranges."""

from types import MappingProxyType
from typing import Any, cast

import msgspec

from custodyd.settings import defaults, messages, nouns, shape
from custodyd.settings.attached import USUAL_PROTOCOL, settings_of
from custodyd.settings.known import Known
from custodyd.settings.lawbook import Lawbook
from custodyd.settings.ranges import numbers
from custodyd.settings.source import Document
from custodyd.settings.wristbands import models, wristbands


def build(base: Document, over: Document | None, known: Known, book: Lawbook) -> nouns.Settings:
    """The settings of a document without mistakes, with the law that stands beside it."""
    written = msgspec.convert(base.data, shape.Document)
    simulation = over.data.get("simulation") if over is not None else None
    own = {name: nouns.Role(name, role.label, frozenset(role.grants)) for name, role in written.role.items()}
    groups = {group: frozenset(roles) for group, roles in written.account.items()}
    return nouns.Settings(
        path=base.file,
        digest=base.digest,
        station=written.station,
        limits=written.limits,
        buses=MappingProxyType({name: _bus(name, raw, known) for name, raw in written.bus.items()}),
        devices=MappingProxyType({name: _device(name, raw, known) for name, raw in written.device.items()}),
        rooms=MappingProxyType({name: nouns.Room(name, room.label) for name, room in written.room.items()}),
        cabinets=MappingProxyType({name: _cabinet(name, one) for name, one in written.cabinet.items()}),
        roles=MappingProxyType({**defaults.ROLES, **own}),
        accounts=MappingProxyType(groups or dict(defaults.ACCOUNTS)),
        reminders=_reminders(written),
        wristbands=MappingProxyType(wristbands(written, known)),
        wristband_models=MappingProxyType(models(written, known)),
        law=book.data,
        calendar=book.calendar,
        imports=MappingProxyType(written.imports),
        simulation=msgspec.convert(simulation, shape.Simulation) if simulation is not None else None,
        overlay=over.file if over is not None else None,
    )


def _bus(name: str, raw: dict[str, Any], known: Known) -> nouns.Bus:
    protocol = raw.get("protocol", USUAL_PROTOCOL)
    kind = cast("type[msgspec.Struct]", known.buses[protocol].settings)
    return nouns.Bus(name, raw["label"], protocol, msgspec.convert(settings_of(raw, device=False), kind))


def _device(name: str, raw: dict[str, Any], known: Known) -> nouns.Device:
    family = known.families[raw["driver"]]
    kind = cast("type[msgspec.Struct]", family.settings)
    settings = msgspec.convert(settings_of(raw, device=True), kind)
    return nouns.Device(name, raw["label"], family.name, family.capability, settings, raw.get("bus"))


def _cabinet(name: str, written: shape.Cabinet) -> nouns.Cabinet:
    doors = {
        number: nouns.Door(span.locks, door)
        for span in written.compartments
        for number, door in zip(numbers(span.numbers), numbers(span.doors), strict=True)
    }
    return nouns.Cabinet(
        name,
        written.label,
        written.room,
        written.kind,
        written.reader,
        written.scanner,
        MappingProxyType(doors),
        frozenset(written.out_of_service),
    )


def _reminders(written: shape.Document) -> nouns.Reminders:
    reminders = written.reminders
    deposit = reminders.deposit
    ladder = nouns.Ladder(_rungs(deposit)) if deposit else defaults.deposit(written.limits.deposit_hours)
    loans = tuple(nouns.LoanLadder(_rungs(loan), loan.up_to_hours) for loan in reminders.loan)
    return nouns.Reminders(
        reminders.gateways,
        ladder,
        loans or defaults.LOANS,
        messages.holding(reminders),
    )


def _rungs(ladder: shape.Ladder) -> tuple[nouns.Rung, ...]:
    return (
        nouns.Rung("green", None, ladder.green.tell),
        nouns.Rung("blue", ladder.blue.hours_left, ladder.blue.tell),
        nouns.Rung("yellow", ladder.yellow.hours_left, ladder.yellow.tell),
        nouns.Rung("orange", ladder.orange.hours_left, ladder.orange.tell),
        nouns.Rung("red", ladder.red.hours_left, ladder.red.tell),
    )
