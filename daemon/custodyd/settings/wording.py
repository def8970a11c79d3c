"""Sentences about settings in both languages, and names that look alike; it must not know what is wrong."""

import datetime
import difflib
import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from custodyd.texts import Locale, say

LOCALES = tuple(locale.value for locale in Locale)
Words = Mapping[str, str]
"""One text per locale."""

Fact = str | int | Words

NOTHING: Words = MappingProxyType(dict.fromkeys(LOCALES, ""))
_LONGEST = 60  # a value quoted in a sentence: enough to recognise it, too little to flood a terminal
_MOST_NAMES = 16


def both(identifier: str, **facts: Fact) -> Words:
    """The text `identifier` in every locale; a fact that is itself Words is taken in that locale."""
    return {
        locale.value: say(identifier, locale, **{name: _in(locale.value, fact) for name, fact in facts.items()})
        for locale in Locale
    }


def _in(locale: str, fact: Fact) -> str | int:
    return fact if isinstance(fact, str | int) else fact[locale]


def joined(first: Words, second: Words) -> Words:
    """Two sentences one after the other: Chinese needs no space between them."""
    return {
        locale: first[locale] + ("" if locale == "zh-CN" or not second[locale] else " ") + second[locale]
        for locale in LOCALES
    }


def listed(names: Iterable[object]) -> Words:
    """The names that would be right, at most sixteen of them."""
    known = [printable(str(name)) for name in names]
    if not known:
        return both("settings.expected.nothing-known")
    shown = ", ".join(known[:_MOST_NAMES]) + (" …" if len(known) > _MOST_NAMES else "")
    return dict.fromkeys(LOCALES, shown)


def one_of(names: Iterable[object]) -> Words:
    """As `listed`, as a phrase that says that one of them must be chosen."""
    return both("settings.expected.one-of", names=listed(names))


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, if any does."""
    if not isinstance(name, str):
        return None
    by_fold = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold()[:_LONGEST], list(by_fold), n=1, cutoff=0.55)
    return by_fold[found[0]] if found else None


def quoted(value: object) -> str:
    """A value as TOML would write it, short and harmless to a terminal."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    text = json.dumps(value[:_LONGEST] if isinstance(value, str) else value, ensure_ascii=False)
    return printable(text)


def printable(text: str) -> str:
    """`text` cut to a readable length, with everything that a terminal might obey made visible."""
    short = text if len(text) <= _LONGEST + 2 else text[:_LONGEST] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in short)
