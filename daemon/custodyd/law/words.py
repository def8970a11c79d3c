"""The explanation in words, zh-CN and en, one sentence a line, fit to print; it computes nothing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

from custodyd.law.length import Length
from custodyd.law.line import Line
from custodyd.texts import Locale, known, say

_WORDS: Mapping[str, Callable[[str], str]] = {
    "approver": lambda name: f"law.approver_{name}",
    "reason": lambda name: f"law.reason_{name}",
    "why": lambda name: f"law.why_{name}",
    "mark": lambda name: f"law.mark_{name}",
}
_COMMA = {Locale.ZH: "、", Locale.EN: ", "}


def explained(lines: Iterable[Line], locale: Locale) -> tuple[str, ...]:
    """Every line as a sentence."""
    return tuple(sentence(line, locale) for line in lines)


def sentence(line: Line, locale: Locale) -> str:
    """One line as a sentence; what people typed in is made harmless to a terminal."""
    facts = {name: _FACTS[name](line, locale) for name in _FACTS if name in line.values}
    cited = {"title": printable(line.text(locale[:2])), "cited": _cited(line, locale)} if "zh" in line.values else {}
    return say(f"law.line_{_variant(line)}", locale, **facts, **cited)


def _variant(line: Line) -> str:
    if line.op == "law" and line.text("mark") != "seen":
        return "law-unsure"
    if line.op == "start" and not line.text("document"):
        return "start-expiry" if "expiry" in line.values else "start-bare"
    if line.op == "paused":
        return f"paused-{line.text('unit')}"
    return f"unrolled-{line.text('why')}" if line.op == "unrolled" else line.op


def length(value: Length, locale: Locale) -> str:
    """`12小时` or `12 hours`."""
    number = "one" if value.amount == 1 else "many"
    return say(f"law.length_{value.unit}-{number}", locale, amount=value.amount)


def day(value: date, locale: Locale) -> str:
    """`2026年11月25日` or `2026-11-25`."""
    width = 1 if locale is Locale.ZH else 2
    return say("law.day", locale, year=value.year, month=f"{value.month:0{width}}", day=f"{value.day:0{width}}")


def moment(value: datetime, locale: Locale) -> str:
    """To the minute, as a beginning is written."""
    return say("law.moment", locale, day=day(value.date(), locale), hour=f"{value:%H}", minute=f"{value:%M}")


def ending(value: datetime, locale: Locale) -> str:
    """As an end is written: 00:00 is 24:00 of the day before."""
    if value.hour or value.minute:
        return moment(value, locale)
    return say("law.moment_end", locale, day=day(value.date() - timedelta(days=1), locale))


def printable(text: str) -> str:
    """`text` on one line, without what a terminal might obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def word(family: str, name: str, locale: Locale) -> str:
    """A word of a closed list (`approver`, `reason`, `why`, `mark`), as it stands if it is none of them."""
    id = _WORDS[family](name.replace(" ", "-"))
    return say(id, locale) if known(id) else printable(name)


def _cited(line: Line, locale: Locale) -> str:
    """The articles, in the instrument's own way of counting."""
    articles = printable(line.text("articles")).replace(", ", _COMMA[locale])
    return say(f"law.cite_{line.text('cites')}", locale, articles=articles) if articles else ""


def _end(name: str) -> Callable[[Line, Locale], str]:
    def said(line: Line, locale: Locale) -> str:
        value = line.text(name)
        if len(value) == len("2026-11-25"):
            return day(date.fromisoformat(value), locale)
        begins = line.op == "start" and "expiry" not in line.values
        return (moment if begins else ending)(datetime.fromisoformat(value), locale)

    return said


def _begin(name: str) -> Callable[[Line, Locale], str]:
    return lambda line, locale: moment(datetime.fromisoformat(line.text(name)), locale)


def _total(name: str) -> Callable[[Line, Locale], str]:
    return lambda line, locale: length(Length.parse(line.text(name)), locale)


def _word(family: str) -> Callable[[Line, Locale], str]:
    return lambda line, locale: word(family, line.text(family), locale)


def _plain(name: str) -> Callable[[Line, Locale], str]:
    return lambda line, _: printable(line.text(name)) or "—"


def _days(line: Line, locale: Locale) -> str:
    return _COMMA[locale].join(day(date.fromisoformat(one), locale) for one in line.days())


_FACTS: Mapping[str, Callable[[Line, Locale], str]] = {
    **{name: _end(name) for name in ("at", "to", "day", "since")},
    **{name: _begin(name) for name in ("decided", "begin", "end")},
    **{name: _total(name) for name in ("length", "stays")},
    **{name: _word(name) for name in ("approver", "reason", "why", "mark")},
    **{name: _plain(name) for name in ("document", "version", "count", "year", "expiry")},
    "days": _days,
}
