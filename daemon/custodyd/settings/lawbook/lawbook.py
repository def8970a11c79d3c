"""The law's files in their order: what is shipped, then a unit's law.toml and holidays.d; it knows no rule.

A unit's files stand beside devices.toml. None of them needs to exist.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

import custodyd.law
from custodyd.law.calendar import Calendar
from custodyd.law.dataset import DataSet
from custodyd.law.published import published
from custodyd.settings.convert import Good, table
from custodyd.settings.lawbook import shape
from custodyd.settings.lawbook.holidays import plan
from custodyd.settings.lawbook.limits import check_changes, check_limits, check_own
from custodyd.settings.lawbook.resolve import instruments, limits
from custodyd.settings.mistakes import Findings, Mistake, Mistakes
from custodyd.settings.source import Document, read

DATA = Path(custodyd.law.__file__).parent / "data"
SOURCES = "instruments.toml"
FILES = ("criminal.toml", "admin.toml", "shared.toml", "local.toml")
UNIT, HOLIDAYS = "law.toml", "holidays.d"


@dataclass(frozen=True, slots=True)
class Lawbook:
    """The limits that hold at a station, and its calendar."""

    data: DataSet
    calendar: Calendar


@dataclass(slots=True)
class _Texts:
    """What was read so far; `found` collects mistakes."""

    found: list[Mistake]
    hash: Any
    edition: str
    instruments: dict[str, Good]
    limits: dict[str, Good]

    def copy(self) -> "_Texts":
        return _Texts([], self.hash.copy(), self.edition, dict(self.instruments), dict(self.limits))


def lawbook(folder: Path) -> Lawbook:
    """What is shipped, with `law.toml` and `holidays.d` of `folder`; raises Mistakes, which holds all of them."""
    texts = _shipped().copy()
    data = _with_unit(texts, folder / UNIT)
    calendar = _calendar(texts.found, folder / HOLIDAYS)
    _stop(texts.found)
    return Lawbook(data or shipped(), calendar)


@cache
def shipped(folder: Path = DATA) -> DataSet:
    """The data set of a folder as it comes, without a unit's rules; raises Mistakes."""
    return _built(_shipped(folder))


@cache
def _shipped(folder: Path = DATA) -> _Texts:
    texts = _Texts([], hashlib.sha256(), "", {}, {})
    sources = _read(texts, folder / SOURCES)
    documents = [_read(texts, folder / name) for name in FILES]
    _stop(texts.found)
    good = table(_findings(texts, sources), (), sources.data, shape.Instruments)
    texts.edition, texts.instruments = good.get("edition", ""), good.get("instrument", {})
    own = [table(_findings(texts, one), (), one.data, shape.Limits).get("limit", {}) for one in documents]
    texts.limits = {name: limit for found in own for name, limit in found.items()}
    for document, found in zip(documents, own, strict=True):
        check_limits(_findings(texts, document), found, texts.limits, set(texts.instruments))
    _stop(texts.found)
    return texts


def _with_unit(texts: _Texts, file: Path) -> DataSet | None:
    """The data set with a unit's rules, None where it has none or where mistakes were found."""
    if not file.exists():
        return None
    try:
        document = _read(texts, file)
    except Mistakes as exc:
        texts.found += exc.list
        return None
    findings = _findings(texts, document)
    good = table(findings, (), document.data, shape.Unit)
    own, changes = good.get("limit", {}), good.get("change", {})
    check_own(findings, own, texts.limits)
    texts.instruments |= good.get("instrument", {})
    texts.limits |= own
    check_limits(findings, own, texts.limits, set(texts.instruments))
    check_changes(findings, changes, texts.limits)
    if texts.found:
        return None
    texts.edition = f"{texts.edition}+{good['edition']}"
    texts.limits |= {name: _changed(texts.limits[name], change) for name, change in changes.items()}
    return _built(texts)


def _changed(limit: Good, change: Good) -> Good:
    """A limit with the unit's number, which says where it comes from."""
    length, document = change["length"], change["document"]
    words = {"zh": f"{length}（{document}）", "en": f"{length} ({document})"}
    return {**limit, "length": length, "says": words}


def _built(texts: _Texts) -> DataSet:
    sources = instruments(msgspec.convert(texts.instruments, dict[str, shape.Instrument]))
    written = msgspec.convert(texts.limits, dict[str, shape.Limit])
    return DataSet(texts.edition, texts.hash.hexdigest(), MappingProxyType(limits(written, sources)))


def _calendar(found: list[Mistake], folder: Path) -> Calendar:
    plans = list(published())
    for file in sorted(folder.glob("*.toml")):
        try:
            one = plan(file, found)
        except Mistakes as exc:
            found += exc.list
            continue
        plans += [one] if one is not None else []
    return Calendar.of(plans)


def _read(texts: _Texts, file: Path) -> Document:
    document = read(file)
    texts.hash.update(document.digest.encode())
    return document


def _findings(texts: _Texts, document: Document) -> Findings:
    return Findings(document.file, document.places, texts.found)


def _stop(found: Sequence[Mistake]) -> None:
    if found:
        raise Mistakes(tuple(found))
