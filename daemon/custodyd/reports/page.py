"""A report as one HTML page that prints by itself (no script, no outside file), and as CSV; it counts nothing."""

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import get_args

from custodyd.clock import rfc3339
from custodyd.model.facts.clocks import Colour
from custodyd.reports.figures import Figures, Tally
from custodyd.texts import Locale, known, say

_COLOURS = {"green": "#2e8b57", "blue": "#2f6fb0", "yellow": "#e0b400", "orange": "#e07b00", "red": "#c0392b"}
_STYLE = (
    "body{font:14px/1.5 'Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif;max-width:52em;margin:2em auto;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}th,td{border:1px solid #bbb;padding:.25em .6em}"
    "th{background:#f0f0f0;text-align:left}td.n{text-align:right}h2{margin:1.2em 0 .2em;font-size:1.1em}"
    ".s{color:#555;font-size:.85em}@media print{body{margin:0}}"
)
_WIDTH, _HEIGHT = 800, 160


def html(found: Figures, station: str, locale: Locale, *, simulated: bool) -> str:
    """The page in one language."""
    title = f"{say(f'report.title_{found.period.kind}', locale)} · {station}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(_span(found, locale))}</p>",
        *([f"<p><b>{escape(say('report.simulated', locale))}</b></p>"] if simulated else []),
        f"<p>{escape(say('report.now', locale, waiting=found.waiting, overdue=found.overdue))}</p>",
        _section("report.unit", _table([(station, found.unit)], locale, "report.unit_is"), locale),
        _section("report.by_clock", _table(_named(found.clocks, locale), locale, "report.clock"), locale),
        _section("report.ranking", _table(found.ranking, locale, "report.officer", ranked=True), locale),
        _section("report.levels", _chart(found, locale), locale),
        f"<p class=s>{escape(say('report.arithmetic', locale))}</p>",
    ]
    head = f"<!doctype html><html lang={locale.value}><meta charset=utf-8><title>{escape(title)}</title>"
    return f"{head}<style>{_STYLE}</style>{''.join(parts)}</html>\n"


def table(found: Figures) -> str:
    """All tallies as CSV: about, name, due, in_time, late, missed, score in thousandths."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("about", "name", "due", "in_time", "late", "missed", "score_permille"))
    groups = (("unit", {"": found.unit}), ("clock", found.clocks), ("officer", found.officers))
    for about, tallies in groups:
        for name, one in sorted(tallies.items()):
            score = "" if one.score is None else one.score
            lines.writerow((about, name, one.due, one.in_time, one.late, one.missed, score))
    for (day, colour), times in sorted(found.steps.items()):
        lines.writerow((f"level {colour}", day, times, "", "", "", ""))
    lines.writerow(("waiting", "", found.waiting, "", "", "", ""))
    lines.writerow(("overdue", "", found.overdue, "", "", "", ""))
    return out.getvalue()


def _span(found: Figures, locale: Locale) -> str:
    first, last = found.period.days[0], found.period.days[-1]
    until = rfc3339(found.until)[:16].replace("T", " ")
    return say("report.span", locale, first=first, last=last, until=until)


def _section(heading: str, body: str, locale: Locale) -> str:
    return f"<h2>{escape(say(heading, locale))}</h2>{body}"


def _named(clocks: dict[str, Tally], locale: Locale) -> list[tuple[str, Tally]]:
    def named(name: str) -> str:
        return say(f"report.clock_{name}", locale) if known(f"report.clock_{name}") else name

    return [(named(name), tally) for name, tally in sorted(clocks.items())]


def _table(rows: Sequence[tuple[str, Tally]], locale: Locale, first: str, *, ranked: bool = False) -> str:
    if not any(tally.due for _, tally in rows):
        return f"<p>{escape(say('report.nothing', locale))}</p>"
    names = (first, "report.due", "report.in_time", "report.late", "report.missed", "report.score")
    head = "".join(f"<th>{escape(say(name, locale))}</th>" for name in names)
    lines = (_line(f"{place}. {name}" if ranked else name, tally) for place, (name, tally) in enumerate(rows, 1))
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _line(name: str, tally: Tally) -> str:
    share = "—" if tally.score is None else f"{tally.in_time} ÷ {tally.due} = {tally.score / 10:.1f} %"
    cells = (tally.due, tally.in_time, tally.late, tally.missed, share)
    return f"<tr><td>{escape(name)}</td>{''.join(f'<td class=n>{cell}</td>' for cell in cells)}</tr>"


def _chart(found: Figures, locale: Locale) -> str:
    """A bar per day, its colours from green below to red above."""
    days = found.period.days
    sums = [sum(found.steps[day, colour] for colour in get_args(Colour)) for day in days]
    highest = max([*sums, 1])
    width = _WIDTH / len(days)
    bars = "".join(_bar(found, day, number * width, width, _HEIGHT / highest) for number, day in enumerate(days))
    place = f"y={_HEIGHT + 34}"
    labels = f"<text x=0 {place}>{days[0]}</text><text x={_WIDTH} {place} text-anchor=end>{days[-1]}</text>"
    top = f"<text x=0 y=12>{highest}</text><line x1=0 y1={_HEIGHT + 16} x2={_WIDTH} y2={_HEIGHT + 16} stroke=#888 />"
    title = escape(say("report.levels", locale))
    box = f"0 0 {_WIDTH} {_HEIGHT + 40}"
    return f"<svg viewBox='{box}' width=100% font-size=12 role=img><title>{title}</title>{bars}{top}{labels}</svg>"


def _bar(found: Figures, day: str, left: float, width: float, scale: float) -> str:
    parts: list[str] = []
    base = _HEIGHT + 16.0
    for colour in _upwards():
        height = found.steps[day, colour] * scale
        base -= height
        if height:
            place = f"x={left + width * 0.1:.1f} y={base:.1f} width={width * 0.8:.1f} height={height:.1f}"
            parts.append(f"<rect {place} fill={_COLOURS[colour]} />")
    return "".join(parts)


def _upwards() -> Iterable[Colour]:
    return get_args(Colour)
