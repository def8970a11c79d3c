"""How messages leave: gateways in order, times of day, whether every text fits; it sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from custodyd.settings import nouns, shape
from custodyd.settings.attached import Attached
from custodyd.settings.cabinets import refer
from custodyd.settings.convert import Good
from custodyd.settings.mistakes import ABSENT, Findings
from custodyd.settings.scanner import KeyPath
from custodyd.texts import ids, say
from custodyd.texts.segments import parts

_AT = "reminders"
_WRAPPERS = frozenset({"sms.simulated", "sms.reply", "sms.repeated"})
LONGEST: Mapping[str, str] = {
    "case": "A" * 32, "item": "0" * 8, "hours": "2160", "due": "12-31 23:59", "count": "9999",
    "segment": "9999", "size": "9" * 12, "root": "0" * 64, "cases": "", "code": "0000",
}  # fmt: skip
"""What a text's placeholders hold at most. A digest names as many cases as fit."""
_LABEL = "名" * 40  # where a text names a thing and no case


@dataclass(frozen=True, slots=True)
class MessageCheck:
    """Looks at [reminders] but for its ladders; `gateways` are those that were named."""

    findings: Findings
    gateways: list[str] = field(default_factory=list[str])

    def check(self, reminders: Good, devices: Mapping[str, Attached], signature: object) -> None:
        """Every mistake in how messages leave."""
        self._order(reminders.get("gateways", []), devices)
        self._times(reminders)
        most = reminders.get("most_parts", 2)
        if isinstance(signature, str) and most is not ABSENT:
            self._fits(signature, most)

    def _order(self, names: list[Any], devices: Mapping[str, Attached]) -> None:
        for index, name in enumerate(names):
            place: KeyPath = (_AT, "gateways", index)
            if name is not ABSENT and name in self.gateways:
                self.findings.add(place, "settings.gateway-twice", found=name)
            elif name is not ABSENT:
                self.gateways.append(name)
                refer(self.findings, place, name, devices, "SmsGateway")

    def _times(self, reminders: Good) -> None:
        quiet = reminders.get("quiet")
        if isinstance(quiet, str) and quiet[:5] == quiet[-5:]:
            self.findings.add((_AT, "quiet"), "settings.quiet-empty", found=quiet)
        silent = _quiet(quiet) if isinstance(quiet, str) else None
        for index, time in enumerate(reminders.get("digest", [])):
            if silent is not None and isinstance(time, str) and _lies_in(minute(time), silent):
                self.findings.add((_AT, "digest", index), "settings.digest-in-quiet", found=time, quiet=str(quiet))

    def _fits(self, signature: str, most: int) -> None:
        """Every text with the longest facts, mark and code fits into the parts that it may have."""
        for id in ids("sms."):
            needed = parts(longest(id, signature)) if id not in _WRAPPERS else 0
            if needed > most:
                place = (_AT, "most_parts")
                self.findings.add(place, "settings.text-too-long", found=most, text=id, parts=needed)
                return


def longest(id: str, signature: str) -> str:
    """A text as long as it may ever leave: simulated, repeated, asking for an acknowledgement."""
    item = LONGEST["item"] if "case" in placeholders(id) else _LABEL
    said = say(id, **{**LONGEST, "item": item})
    marked = say("sms.repeated", message=say("sms.simulated", message=said))
    return say("sms.reply", message=f"【{signature}】{marked}", code=LONGEST["code"])


def placeholders(id: str) -> frozenset[str]:
    """Which of the known facts a text names."""
    bare = say(id)
    return frozenset(name for name in LONGEST if f"{{{name}}}" in bare)


def minute(time: str) -> int:
    """`08:30` as minutes after midnight."""
    return int(time[:2]) * 60 + int(time[3:5])


def _quiet(text: str) -> tuple[int, int]:
    return minute(text[:5]), minute(text[6:])


def _lies_in(time: int, quiet: tuple[int, int]) -> bool:
    begin, end = quiet
    return begin <= time < end if begin < end else not end <= time < begin


def holding(written: shape.Reminders) -> nouns.Holding:
    """What holds messages back."""
    digest = tuple(sorted({minute(time) for time in written.digest}))
    quiet = _quiet(written.quiet) if written.quiet is not None else None
    return nouns.Holding(written.most_parts, written.budget, digest, quiet)
