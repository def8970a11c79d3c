"""Every sentence that a person reads, by message id, in zh-CN and en; it must not know who reads it, or why.

An id is dotted ASCII (`refused.cabinet-full`), never a label. Sources: `locale/*.po`, edited by hand; the compiled
`.mo` beside them come from tests/setup/compile_texts.py. Names in braces are facts, formatted by the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files

FAMILIES = ("kind", "label", "refused", "alarm")
"""First words of ids that code puts together: `kind.<entry kind>`, `label.<thing>`, `alarm.<name>`,
`refused.<rule>` with `.next`."""


class Locale(StrEnum):
    """The languages; the first is the default."""

    ZH = "zh-CN"
    EN = "en"


@cache
def _catalogue(locale: Locale) -> GNUTranslations:
    name = locale.replace("-", "_") + ".mo"
    with (files("custodyd.texts") / "locale" / name).open("rb") as compiled:
        return GNUTranslations(compiled)


class _Facts(dict[str, str | int]):
    """Facts of one sentence; one that is missing shows as its name, so that no screen dies of it."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def say(id: str, locale: Locale = Locale.ZH, /, **facts: str | int) -> str:
    """The sentence `id` in `locale`, its {placeholders} filled; an unknown id is returned as it is. Never raises."""
    # the empty id would be the catalogue's own header
    sentence = _catalogue(locale).gettext(id) if id else id
    return sentence if sentence == id else sentence.format_map(_Facts(facts))


def known(id: str) -> bool:
    """Whether every language has a sentence `id`."""
    return bool(id) and all(_catalogue(locale).gettext(id) != id for locale in Locale)


def ids(start: str) -> tuple[str, ...]:
    """Every id that begins with `start`, in the order of the alphabet."""
    catalogue: dict[str, str] = vars(_catalogue(Locale.ZH))["_catalog"]  # gettext has no public way to list a catalogue
    return tuple(sorted(id for id in catalogue if id.startswith(start)))


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence not yet put into a language: its `id` and the facts it names, formatted already."""

    id: str
    facts: Mapping[str, str | int] = field(default_factory=dict[str, str | int], hash=False)

    def say(self, locale: Locale = Locale.ZH) -> str:
        """The sentence in `locale`."""
        return say(self.id, locale, **self.facts)

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return self.say(Locale.ZH)

    @property
    def en(self) -> str:
        """The sentence in English."""
        return self.say(Locale.EN)

    def both(self) -> dict[str, str]:
        """Language tag → sentence, as the API's `texts`."""
        return {locale.value: self.say(locale) for locale in Locale}


def text(id: str, /, **facts: str | int) -> Text:
    """A `Text` with these facts."""
    return Text(id, facts)
