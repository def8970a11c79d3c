"""Cabinets: do their devices exist and can they do it, does every compartment have one door of its own?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from custodyd.settings.attached import Attached
from custodyd.settings.convert import Good, as_table
from custodyd.settings.mistakes import ABSENT, Findings, dotted
from custodyd.settings.ranges import numbers
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import both, listed, nearest, printable

_CAPABILITIES = {
    "FingerprintReader": "settings.capability.fingerprint-reader",
    "CodeScanner": "settings.capability.code-scanner",
    "LockBank": "settings.capability.lock-bank",
    "SmsGateway": "settings.capability.sms-gateway",
}
"""What a capability of the contract is called."""

Doors = dict[tuple[str, int], str]


@dataclass(slots=True)
class CabinetCheck:
    """Looks at one cabinet after the other; remembers which device and door is whose."""

    findings: Findings
    devices: Mapping[str, Attached]
    rooms: Iterable[str]
    doors: Doors = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    def check(self, name: str, cabinet: Good) -> None:
        """Every reference, range and number of one cabinet."""
        path: KeyPath = ("cabinet", name)
        room = cabinet.get("room")
        if room is not None and room not in self.rooms:
            close = nearest(room, self.rooms)
            self.findings.add(
                (*path, "room"), "settings.unknown-room", expected=listed(self.rooms), found=room, nearest=close
            )
        self._own(path, cabinet, "reader", "FingerprintReader")
        self._own(path, cabinet, "scanner", "CodeScanner")
        taken: set[int] = set()
        for index, span in enumerate(cabinet.get("compartments", [])):
            self._span((*path, "compartments", index), as_table(span) or {}, taken)
        for index, number in enumerate(cabinet.get("out_of_service", [])):
            if number is not ABSENT and number not in taken:
                self.findings.add((*path, "out_of_service", index), "settings.no-such-compartment", found=number)

    def _own(self, path: KeyPath, cabinet: Good, key: str, capability: str) -> None:
        """A reader or scanner stands at one cabinet: what it says must lead to one."""
        name = cabinet.get(key)
        if name is None:
            if cabinet.get("kind") == "dossier" and key not in cabinet:
                known = listed(_able(self.devices, capability))
                self.findings.add((*path, key), "settings.dossier-needs", expected=known)
            elif key == "reader" and key not in cabinet:
                self.findings.remark(path, "settings.remark.no-emergency")
            return
        if not refer(self.findings, (*path, key), name, self.devices, capability):
            return
        first = self.used.setdefault(name, str(path[-1]))
        if first != path[-1]:
            self.findings.add((*path, key), "settings.device-shared", found=name, other=printable(first))

    def _span(self, path: KeyPath, span: Good, taken: set[int]) -> None:
        locks = span.get("locks")
        known = locks is not None and refer(self.findings, (*path, "locks"), locks, self.devices, "LockBank")
        inside = self._range((*path, "numbers"), span)
        doors = self._range((*path, "doors"), span)
        if inside and doors and len(inside) != len(doors):
            self.findings.add((*path, "doors"), "settings.counts-differ", numbers=len(inside), doors=len(doors))
        twice = [number for number in inside if number in taken or inside.count(number) > 1]
        if twice:
            listed = _listed(twice)
            self.findings.add((*path, "numbers"), "settings.number-twice", found=span["numbers"], numbers=listed)
        taken.update(inside)
        if known:
            self._claim(path, str(locks), doors)

    def _range(self, path: KeyPath, span: Good) -> tuple[int, ...]:
        text = span.get(str(path[-1]))
        if text is None:
            return ()
        try:
            return numbers(text)
        except ValueError as exc:
            reason = printable(str(exc))
            self.findings.add(
                path, "settings.bad-range", expected=both("settings.expected.ranges"), found=text, reason=reason
            )
            return ()

    def _claim(self, path: KeyPath, locks: str, doors: tuple[int, ...]) -> None:
        self.used.setdefault(locks, "")
        place, bank = (*path, "doors"), printable(locks)
        most = self.devices[locks].doors
        beyond = [door for door in doors if most is not None and door > most]
        if most is not None and beyond:
            self.findings.add(place, "settings.no-such-door", doors=_listed(beyond), most=most, locks=bank)
        twice = [door for door in doors if (locks, door) in self.doors or doors.count(door) > 1]
        if twice:
            other = self.doors.get((locks, twice[0]), dotted(path))
            self.findings.add(place, "settings.door-taken", doors=_listed(twice), other=other, locks=bank)
        self.doors.update(((locks, door), dotted(path)) for door in doors if (locks, door) not in self.doors)


def _listed(found: list[int]) -> str:
    return ", ".join(map(str, sorted(set(found))[:8])) + (" …" if len(set(found)) > 8 else "")


def _able(devices: Mapping[str, Attached], capability: str) -> list[str]:
    return [name for name, device in devices.items() if device.capability == capability]


def refer(findings: Findings, path: KeyPath, name: str, devices: Mapping[str, Attached], capability: str) -> bool:
    """Whether `name` is a device that can do `capability`; a mistake if it surely is not."""
    able = _able(devices, capability)
    device = devices.get(name)
    if device is None:
        close = nearest(name, able) or nearest(name, devices)
        findings.add(path, "settings.unknown-device", expected=listed(able), found=name, nearest=close)
        return False
    # a device whose driver is unknown has been told of already
    if device.capability and device.capability != capability:
        what = both(_CAPABILITIES[capability])
        findings.add(path, "settings.wrong-capability", expected=listed(able), found=name, what=what)
        return False
    return True
