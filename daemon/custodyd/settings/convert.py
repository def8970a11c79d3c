"""Values against types, field by field: every mistake is found, not only the first; no key has a meaning here."""

import math
import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, cast, get_args, get_origin

import msgspec

from custodyd.settings.expect import bare, choices, expected, is_struct
from custodyd.settings.mistakes import ABSENT, Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import listed, nearest, printable

Good = dict[str, Any]
"""The fields of a table that are right so far; what is missing was wrong or not given."""

NO_KEYS: Mapping[str, Any] = types.MappingProxyType({})


def as_table(value: object) -> Good | None:
    """The value if it is a table; tomllib's keys are always text."""
    return cast("Good", value) if isinstance(value, dict) else None


def convert(findings: Findings, path: KeyPath, value: object, kind: Any) -> Any:
    """The converted value, ABSENT if it is wrong; structs come back as their good fields, lists keep their indexes."""
    plain = _plain(kind)
    if plain is Any:
        return value
    if is_struct(plain):
        return table(findings, path, value, plain)
    if get_origin(plain) is dict:
        return _mapping(findings, path, value, plain)
    if get_origin(plain) in (list, tuple, set, frozenset):
        return _array(findings, path, value, kind)
    return _leaf(findings, path, value, kind)


def _plain(kind: Any) -> Any:
    """The Python type below Annotated and "or None"."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        present = [one for one in get_args(kind) if one is not type(None)]
        if get_origin(kind) not in (types.UnionType, Union) or len(present) != 1:
            return kind
        kind = present[0]


def table(findings: Findings, path: KeyPath, value: object, kind: Any, more: Mapping[str, Any] = NO_KEYS) -> Good:
    """The good fields of a table that holds the struct `kind` and beside it the required keys `more` (name → type)."""
    given = as_table(value)
    if given is None:
        findings.add(path, "settings.wrong-type", expected=expected(kind), found=value)
        return {}
    before = len(findings.mistakes)
    kinds = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    required = [*more, *(name for name, field in kinds.items() if field.required)]
    meant = _unknown(findings, path, given, [*more, *kinds])
    for name in required:
        if name not in given and name not in meant:
            findings.add((*path, name), "settings.missing-key", expected=expected(more.get(name) or kinds[name].type))
    good: Good = {}
    for name in [name for name in (*more, *kinds) if name in given]:
        result = convert(findings, (*path, name), given[name], more.get(name) or kinds[name].type)
        if result is not ABSENT:
            good[name] = result
    if len(findings.mistakes) == before:
        _whole(findings, path, {name: given[name] for name in given if name not in more}, kind)
    return good


def _unknown(findings: Findings, path: KeyPath, given: Mapping[str, Any], known: list[str]) -> set[str]:
    """Say which keys nobody knows; returns the known ones that were probably meant."""
    missing = [name for name in known if name not in given]
    meant: set[str] = set()
    for name in given:
        if name not in known:
            close = nearest(name, missing) or nearest(name, known)
            meant.update([close] if close else [])
            findings.add((*path, name), "settings.unknown-key", expected=listed(known), nearest=close)
    return meant


def _whole(findings: Findings, path: KeyPath, given: Good, kind: Any) -> None:
    """Each field is right; the struct may still refuse how they go together (its __post_init__)."""
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError as exc:
        findings.add(path, "settings.refused", reason=printable(str(exc)))


def _mapping(findings: Findings, path: KeyPath, value: object, kind: Any) -> Any:
    given = as_table(value)
    if given is None:
        findings.add(path, "settings.wrong-type", expected=expected(kind), found=value)
        return ABSENT
    key_kind, value_kind = get_args(kind)
    good: Good = {}
    for name, item in given.items():
        result = convert(findings, (*path, name), item, value_kind)
        if identifier(findings, (*path, name), name, key_kind) and result is not ABSENT:
            good[name] = result
    return good


def identifier(findings: Findings, path: KeyPath, name: str, kind: Any) -> bool:
    """Whether a name of ours is written as `kind` wants it; a mistake if not."""
    try:
        msgspec.convert(name, kind)
    except msgspec.ValidationError:
        findings.add(path, "settings.bad-id", expected=expected(kind), found=name)
        return False
    return True


def _array(findings: Findings, path: KeyPath, value: object, kind: Any) -> Any:
    if not isinstance(value, list):
        findings.add(path, "settings.wrong-type", expected=expected(kind), found=value)
        return ABSENT
    items = cast("list[object]", value)
    item_kind = get_args(_plain(kind))[0]
    info = bare(msgspec.inspect.type_info(kind))
    low, high = getattr(info, "min_length", None), getattr(info, "max_length", None)
    if (low and len(items) < low) or (high is not None and len(items) > high):
        findings.add(path, "settings.wrong-length", low=low or 0, high="…" if high is None else high, count=len(items))
    return [convert(findings, (*path, index), item, item_kind) for index, item in enumerate(items)]


def _leaf(findings: Findings, path: KeyPath, value: object, kind: Any) -> Any:
    try:
        result = msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        result = ABSENT
    if result is ABSENT or value is None or (isinstance(result, float) and not math.isfinite(result)):
        close = nearest(value, choices(kind))
        findings.add(path, "settings.wrong-type", expected=expected(kind), found=value, nearest=close)
        return ABSENT
    return result
