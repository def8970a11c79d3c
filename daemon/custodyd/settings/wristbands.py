"""Wristbands and how their makers let them speak: right keys, models that exist, one name on the air for one band."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from custodyd.settings import nouns, shape
from custodyd.settings.attached import Attached
from custodyd.settings.convert import Good, table
from custodyd.settings.known import Known
from custodyd.settings.mistakes import ABSENT, Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import listed, nearest, printable
from custodyd_drivers.contract import ReceiverFamily

_KEYS: Mapping[str, Any] = {"label": shape.Label}
_CAPABILITY = "WristbandReceiver"


@dataclass(slots=True)
class WristbandCheck:
    """Looks at [wristband_model.<id>] and [wristband.<id>]; `receiver` is the family that knows their keys."""

    findings: Findings
    receiver: ReceiverFamily | None
    models: Mapping[str, Good]
    receivers: tuple[str, ...] = ()
    _taken: dict[str, str] = field(default_factory=dict[str, str])

    def check(self, bands: Mapping[str, Good], devices: Mapping[str, Attached]) -> None:
        """Every table, and what the receivers among `devices` name of them."""
        self.receivers = tuple(name for name, one in devices.items() if one.capability == _CAPABILITY and bands)
        if self.receiver is None:
            for path in [("wristband_model", name) for name in self.models] + [("wristband", name) for name in bands]:
                self.findings.add(path, "settings.no-receiver-family")
            return
        for name, raw in self.models.items():
            table(self.findings, ("wristband_model", name), raw, self.receiver.model)
        for name, raw in bands.items():
            self._band(("wristband", name), raw, self.receiver)
        self._references(devices, self.receiver)
        if bands and not self.receivers:
            self.findings.remark(("wristband", next(iter(bands))), "settings.remark.no-receiver")

    def _references(self, devices: Mapping[str, Attached], receiver: ReceiverFamily) -> None:
        for one in devices.values():
            reference = getattr(one.settings, "reference", None)
            if reference is not None:
                self._model((*one.path, "reference", "model"), reference.model, receiver)

    def _band(self, path: KeyPath, raw: Good, receiver: ReceiverFamily) -> None:
        before = len(self.findings.mistakes)
        good = table(self.findings, path, raw, receiver.wristband, _KEYS)
        if "model" in good:
            self._model((*path, "model"), good["model"], receiver)
        if len(self.findings.mistakes) == before:
            for name in receiver.names(_settings(raw, receiver)):
                self._claim(path, name)

    def _model(self, path: KeyPath, name: object, receiver: ReceiverFamily) -> None:
        known = [*sorted(receiver.models), *self.models]
        if name not in known and name is not ABSENT:
            self.findings.add(
                path, "settings.unknown-model", expected=listed(known), found=name, nearest=nearest(name, known)
            )

    def _claim(self, path: KeyPath, name: str) -> None:
        first = self._taken.setdefault(name, str(path[-1]))
        if first != path[-1]:
            line = self.findings.place(("wristband", first)).line
            self.findings.add(path, "settings.band-twice", found=name, other=printable(first), line=line)


def wristbands(written: shape.Document, known: Known) -> dict[str, nouns.Wristband]:
    """The bands of a document without mistakes."""
    receiver = known.receiver
    if receiver is None:
        return {}
    every = models(written, known)
    found = {name: _settings(raw, receiver) for name, raw in written.wristband.items()}
    intervals = {name: receiver.interval_s(one, every) for name, one in found.items()}
    labels = {name: str(raw["label"]) for name, raw in written.wristband.items()}
    return {name: nouns.Wristband(name, labels[name], one, intervals[name]) for name, one in found.items()}


def models(written: shape.Document, known: Known) -> dict[str, object]:
    """The models that the station describes, of a document without mistakes."""
    receiver = known.receiver
    tables = written.wristband_model if receiver is not None else {}
    kind = cast("type[msgspec.Struct]", receiver.model) if receiver is not None else msgspec.Struct
    return {name: msgspec.convert(raw, kind) for name, raw in tables.items()}


def _settings(raw: Mapping[str, Any], receiver: ReceiverFamily) -> msgspec.Struct:
    own = {key: value for key, value in raw.items() if key not in _KEYS}
    return msgspec.convert(own, cast("type[msgspec.Struct]", receiver.wristband))
