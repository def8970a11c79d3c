"""What a value must be, in words made from its type; it must not know any key."""

from typing import Any, cast

import msgspec
from msgspec import inspect

from custodyd.settings.wording import LOCALES, Words, both, one_of, printable, quoted

_SIGNS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"), ("multiple_of", "n ×"))
_INTEGER = ("settings.expected.integer", "settings.expected.integer-between", "settings.expected.integer-bounded")
_NUMBER = ("settings.expected.number", "settings.expected.number-between", "settings.expected.number-bounded")


def expected(kind: Any) -> Words:
    """The words for an annotation, as in "an integer from 1 to 247"."""
    return _words(inspect.type_info(kind))


def bare(info: inspect.Type) -> inspect.Type:
    """The type below its metadata and without "or absent", which TOML says by leaving a key out."""
    return _layers(info)[-1]


def _layers(info: inspect.Type) -> list[inspect.Type]:
    """The type with what is wrapped round it, outermost first."""
    found = [info]
    while True:
        info = found[-1]
        if isinstance(info, inspect.Metadata):
            found.append(info.type)
        elif isinstance(info, inspect.UnionType) and len(_present(info)) == 1:
            found.append(_present(info)[0])
        else:
            return found


def choices(kind: Any) -> list[str]:
    """The texts among which an annotation lets choose, if it does."""
    return [value for value in _choices(inspect.type_info(kind)) if isinstance(value, str)]


def _choices(info: inspect.Type) -> list[object]:
    """The values of a closed list: a Literal, an Enum, or what the author told editors (JSON Schema's `enum`)."""
    for layer in _layers(info):
        told = cast("dict[str, list[object]]", getattr(layer, "extra_json_schema", None) or {})
        if "enum" in told:
            return told["enum"]
        if isinstance(layer, inspect.LiteralType):
            return list(layer.values)
        if isinstance(layer, inspect.EnumType):
            return [member.value for member in layer.cls]
    return []


def _present(info: inspect.UnionType) -> list[inspect.Type]:
    return [one for one in info.types if not isinstance(one, inspect.NoneType)]


def _named(info: inspect.Type) -> str | None:
    """The text that the author of the type asked for; the outermost counts."""
    extras = (cast("dict[str, str]", getattr(layer, "extra", None) or {}) for layer in _layers(info))
    return next((extra["expect"] for extra in extras if "expect" in extra), None)


def _words(info: inspect.Type) -> Words:
    name, values = _named(info), _choices(info)
    info = bare(info)
    if name is not None:
        return both(name, low=_bound(info, "ge"), high=_bound(info, "le"))
    if isinstance(info, inspect.UnionType):
        return _any_of(info)
    if values:
        return one_of(quoted(value) for value in values)
    if isinstance(info, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType):
        return both("settings.expected.list", item=_words(info.item_type))
    return _plain(info)


def _any_of(info: inspect.UnionType) -> Words:
    parts = [_words(one) for one in _present(info)]
    return {locale: " / ".join(part[locale] for part in parts) for locale in LOCALES}


def _plain(info: inspect.Type) -> Words:
    if isinstance(info, inspect.StrType):
        return (
            both("settings.expected.pattern", pattern=printable(info.pattern))
            if info.pattern
            else both("settings.expected.text")
        )
    if isinstance(info, inspect.BoolType):
        return both("settings.expected.boolean")
    if isinstance(info, inspect.IntType | inspect.FloatType):
        return _number(_INTEGER if isinstance(info, inspect.IntType) else _NUMBER, info)
    if isinstance(info, inspect.StructType | inspect.DictType):
        return both("settings.expected.table")
    return both("settings.expected.other", type=type(info).__name__.removesuffix("Type").lower())


def _number(words: tuple[str, str, str], info: inspect.Type) -> Words:
    plain, between, bounded = words
    low, high = _bound(info, "ge"), _bound(info, "le")
    if low and high and not _bound(info, "multiple_of"):
        return both(between, low=low, high=high)
    signs = ", ".join(f"{sign} {_bound(info, key)}" for key, sign in _SIGNS if _bound(info, key))
    return both(bounded, bounds=signs) if signs else both(plain)


def _bound(info: inspect.Type, key: str) -> str:
    value = getattr(info, key, None)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def is_struct(kind: object) -> bool:
    """Whether `kind` is a msgspec struct."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
