"""Whether limits are right together: sources exist, extensions lengthen, a unit never lengthens the law."""

from collections.abc import Mapping
from typing import Any

from custodyd.law.length import Length
from custodyd.settings.convert import Good
from custodyd.settings.mistakes import Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import listed, nearest

_ROLLINGS = {
    "h": ("never-hours", "local"),
    "d": ("never-custody", "never-policy", "roll", "local", "none"),
    "wd": ("workdays",),
    "mo": ("never-custody", "never-policy", "roll", "local", "none"),
}
"""How a length of each unit may be counted."""


def check_limits(findings: Findings, limits: Mapping[str, Good], known: Mapping[str, Good], sources: set[str]) -> None:
    """Each of `limits`, which stand in this file; `known` are all that there are, `sources` the instruments."""
    for name, limit in limits.items():
        path: KeyPath = ("limit", name)
        _basis(findings, path, limit, sources)
        _counting(findings, path, limit)
        for index, extension in enumerate(limit.get("extension", ())):
            _extension(findings, (*path, "extension", index), limit, extension, known)


def _basis(findings: Findings, path: KeyPath, limit: Good, sources: set[str]) -> None:
    for index, cited in enumerate(limit.get("basis", ())):
        name = str(cited).partition(" ")[0]
        if name not in sources:
            close = nearest(name, sources)
            findings.add(
                (*path, "basis", index),
                "settings.law.unknown-instrument",
                expected=listed(sorted(sources)),
                found=name,
                nearest=close,
            )


def _counting(findings: Findings, path: KeyPath, limit: Good) -> None:
    length, rolling = written(limit.get("length")), limit.get("rolling")
    if length is not None and rolling is not None and rolling not in _ROLLINGS[length.unit]:
        fitting = listed(_ROLLINGS[length.unit])
        findings.add((*path, "rolling"), "settings.law.rolling", expected=fitting, found=rolling, length=str(length))
    if limit.get("early") and rolling != "roll":
        findings.add((*path, "early"), "settings.law.early")
    if limit.get("backward") and (length is None or length.unit != "d"):
        findings.add((*path, "backward"), "settings.law.backward")


def _extension(findings: Findings, path: KeyPath, limit: Good, extension: Good, known: Mapping[str, Good]) -> None:
    to, total = extension.get("to"), written(extension.get("total"))
    if (to is None) == (total is None):
        findings.add(path, "settings.law.one-of-to-total")
        return
    if to is not None and to not in known:
        findings.add(
            (*path, "to"), "settings.law.unknown-limit", expected=listed(known), found=to, nearest=nearest(to, known)
        )
        return
    longest = total if to is None else written(known[to].get("length"))
    shortest = written(extension.get("after") or limit.get("length"))
    if shortest is None or longest is None or longest == shortest or not shortest.surely_within(longest):
        findings.add(path, "settings.law.not-longer", longest=str(longest or "—"), shortest=str(shortest or "—"))


def check_changes(findings: Findings, changes: Mapping[str, Good], known: Mapping[str, Good]) -> None:
    """A unit's numbers: free for its own rules and where the law has none, else on the strict side only."""
    for name, change in changes.items():
        path: KeyPath = ("change", name)
        limit, length = known.get(name), written(change.get("length"))
        if limit is None:
            close = nearest(name, known)
            findings.add(path, "settings.law.unknown-limit", expected=listed(known), found=name, nearest=close)
            continue
        law = written(limit.get("length"))
        if length is None:
            continue
        if limit.get("rolling") not in ("local", "none") and length.unit != (law.unit if law else length.unit):
            _counting(findings, path, {**limit, "length": str(length)})
        if limit.get("cases") != "internal" and law is not None and not _stricter(length, law, limit):
            text = "settings.law.shortened" if limit.get("earliest") else "settings.law.lengthened"
            findings.add((*path, "length"), text, found=str(length), law=str(law))


def _stricter(own: Length, law: Length, limit: Good) -> bool:
    return law.surely_within(own) if limit.get("earliest") else own.surely_within(law)


def check_own(findings: Findings, own: Mapping[str, Good], known: Mapping[str, Good]) -> None:
    """Limits in a unit's file are its own rules; none takes the name of one of the law."""
    for name, limit in own.items():
        if limit.get("cases", "internal") != "internal":
            findings.add(("limit", name, "cases"), "settings.law.own-cases", found=limit["cases"])
        if known.get(name, {}).get("cases", "internal") != "internal":
            findings.add(("limit", name), "settings.law.own-name", found=name)


def written(length: Any) -> Length | None:
    """A length that was checked already, or None."""
    return Length.parse(length) if isinstance(length, str) else None
