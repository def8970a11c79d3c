"""Buses and devices: which family each belongs to, whether its keys are right, who shares a wire with whom."""

import ipaddress
import os.path
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from custodyd.settings import shape
from custodyd.settings.convert import Good, convert, table
from custodyd.settings.known import Known
from custodyd.settings.mistakes import ABSENT, Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import listed, nearest, printable
from custodyd_drivers.contract import Family, OnBus

_BUS_KEYS: Mapping[str, Any] = {"protocol": str, "label": shape.Label}
_DEVICE_KEYS: Mapping[str, Any] = {"driver": str, "label": shape.Label}
USUAL_PROTOCOL = "modbus"
"""What a bus speaks that names no protocol."""
_UNKNOWN = {"driver": "settings.unknown-driver", "protocol": "settings.unknown-protocol"}
_TAKEN = {
    "port": "settings.port-taken", "host": "settings.host-taken", "adapter": "settings.adapter-taken",
}  # fmt: skip
_UNSTABLE = re.compile(r"^/dev/(tty(USB|ACM)|input/event)\d+$")


@dataclass(frozen=True, slots=True)
class Attached:
    """A [bus.<id>] or [device.<id>] table: where it stands, its good fields, the struct that it should fill."""

    path: KeyPath
    good: Good
    kind: type[msgspec.Struct] | None
    capability: str = ""
    protocol: str = ""  # what a bus speaks, and what a device on a bus needs; "" while that cannot be told
    settings: object = None  # the family's struct, if the table has no mistake

    @property
    def doors(self) -> int | None:
        """How many doors a lock bank has: what its settings call `locks` or `doors`; None if they do not tell."""
        count = getattr(self.settings, "locks", None) or getattr(self.settings, "doors", None)
        return count if isinstance(count, int) else None

    def value(self, key: str) -> Any:
        """What the table says for `key`, else the struct's default, else ABSENT; plain text or number only."""
        value = self.good.get(key, self._default(key))
        return value if isinstance(value, str | int) else ABSENT

    def _default(self, key: str) -> object:
        if key in self.good or self.kind is None:
            return ABSENT
        fields = {field.encode_name: field for field in msgspec.structs.fields(self.kind)}
        return fields[key].default if key in fields else ABSENT


def settings_of(raw: Mapping[str, Any], *, device: bool) -> Good:
    """The family's own part of a table: what is left without the keys that every device has."""
    common = _DEVICE_KEYS if device else _BUS_KEYS
    return {name: value for name, value in raw.items() if name not in common}


def buses(findings: Findings, tables: Mapping[str, Good], known: Known) -> dict[str, Attached]:
    """Every bus with its good fields."""
    return {name: _bus(findings, ("bus", name), raw, known) for name, raw in tables.items()}


def _bus(findings: Findings, path: KeyPath, raw: Good, known: Known) -> Attached:
    protocol = raw.get("protocol", USUAL_PROTOCOL)
    kind = known.buses.get(protocol) if isinstance(protocol, str) else None
    if kind is None:
        return _unknown(findings, path, raw, "protocol", known.buses)
    keys = {key: of for key, of in _BUS_KEYS.items() if key != "protocol" or key in raw}
    settings = cast("type[msgspec.Struct]", kind.settings)
    return Attached(path, table(findings, path, raw, settings, keys), settings, protocol=kind.name)


def devices(findings: Findings, tables: Mapping[str, Good], known: Known) -> dict[str, Attached]:
    """Every device with its good fields."""
    return {name: _device(findings, ("device", name), raw, known) for name, raw in tables.items()}


def _device(findings: Findings, path: KeyPath, raw: Good, known: Known) -> Attached:
    driver = raw.get("driver", ABSENT)
    family = known.families.get(driver) if isinstance(driver, str) else None
    if family is not None:
        before, kind = len(findings.mistakes), cast("type[msgspec.Struct]", family.settings)
        good = table(findings, path, raw, kind, _DEVICE_KEYS)
        right = len(findings.mistakes) == before
        settings = msgspec.convert(settings_of(raw, device=True), kind) if right else None
        return Attached(path, good, kind, family.capability, _needed(family, settings), settings)
    return _unknown(findings, path, raw, "driver", known.families)


def _needed(family: Family, settings: object) -> str:
    """What the wire of a device must speak; "" for one with a wire of its own or with mistakes."""
    return family.protocol(settings) if isinstance(family, OnBus) and settings is not None else ""


def _unknown(findings: Findings, path: KeyPath, raw: Good, key: str, names: Iterable[str]) -> Attached:
    """A table whose kind nobody knows: which other keys are right cannot be told; the label can."""
    place, word = (*path, key), raw.get(key, ABSENT)
    text = "settings.missing-key" if word is ABSENT else _UNKNOWN[key]
    findings.add(place, text, expected=listed(names), found=word, nearest=nearest(word, names))
    table(findings, path, {key: raw[key] for key in ("label",) if key in raw}, shape.Table, {"label": shape.Label})
    return Attached(path, raw, None)


def check_wires(findings: Findings, wires: Sequence[Attached]) -> None:
    """Ports are absolute, hosts are hosts, and no two tables claim the same."""
    taken: dict[tuple[object, ...], Attached] = {}
    for wire in wires:
        port, host, adapter = wire.value("port"), wire.value("host"), wire.value("adapter")
        if adapter is not ABSENT:
            _claim(findings, taken, wire, "adapter", (adapter,))
        if port is not ABSENT and convert(findings, (*wire.path, "port"), port, shape.PortPath) is not ABSENT:
            _claim(findings, taken, wire, "port", (os.path.normpath(port),))
            _unstable(findings, wire, port)
        if host is not ABSENT and convert(findings, (*wire.path, "host"), host, shape.Host) is not ABSENT:
            _claim(findings, taken, wire, "host", (host, wire.value("tcp_port")))
            if numeric(host) is None:
                findings.remark((*wire.path, "host"), "settings.remark.host-name", found=host)


def _claim(
    findings: Findings, taken: dict[tuple[object, ...], Attached], wire: Attached, key: str, address: tuple[object, ...]
) -> None:
    first = taken.setdefault(address, wire)
    if first is not wire:
        other = printable(".".join(map(str, first.path)))
        line = findings.place((*first.path, key)).line
        findings.add((*wire.path, key), _TAKEN[key], found=wire.value(key), other=other, line=line)


def _unstable(findings: Findings, wire: Attached, port: str) -> None:
    if _UNSTABLE.match(port):
        findings.remark((*wire.path, "port"), "settings.remark.port-name", found=port)


def numeric(host: str) -> str | None:
    """The host as an address, None if it is a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def check_units(findings: Findings, found: Mapping[str, Attached], known_buses: Mapping[str, Attached]) -> None:
    """Devices hang on buses that exist and speak as they do; each unit number names one device of its protocol.

    The number is what proves at the start who answers: two equal ones on two buses could be swapped unnoticed.
    """
    units: dict[tuple[str, object], Attached] = {}
    used: set[object] = set()
    for device in found.values():
        bus, unit = device.value("bus"), device.value("unit")
        used.add(bus)
        if isinstance(bus, str):
            _check_bus(findings, device, bus, known_buses)
        first = device if unit is ABSENT else units.setdefault((device.protocol, unit), device)
        if first is not device:
            _clash(findings, device, first, unit)
    for name, bus_table in known_buses.items():
        if name not in used:
            findings.remark(bus_table.path, "settings.remark.unused-bus")


def _check_bus(findings: Findings, device: Attached, bus: str, known_buses: Mapping[str, Attached]) -> None:
    place, needed = (*device.path, "bus"), device.protocol
    if bus not in known_buses:
        close = nearest(bus, known_buses)
        findings.add(place, "settings.unknown-bus", expected=listed(known_buses), found=bus, nearest=close)
        return
    spoken = known_buses[bus].protocol
    if needed and spoken and needed != spoken:
        able = [name for name, one in known_buses.items() if one.protocol == needed]
        findings.add(place, "settings.wrong-bus", expected=listed(able), found=bus, needed=needed, spoken=spoken)


def _clash(findings: Findings, device: Attached, first: Attached, unit: object) -> None:
    same = device.value("bus") == first.value("bus")
    other, line = printable(str(first.path[-1])), findings.place((*first.path, "unit")).line
    findings.add(
        (*device.path, "unit"),
        "settings.unit-taken" if same else "settings.unit-twice",
        found=unit,
        other=other,
        line=line,
    )
