"""One figure of the page: what was measured, what it stands beside, which goal it has; it measures nothing."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

MISSED = "**missed**"
HEAD = "| what | measured | beside it, same run | ratio | goal | |\n|---|---:|---|---:|---|---|"


@dataclass(frozen=True, slots=True)
class Figure:
    """A median in `unit`, its limit or peer in the same unit (None = none) and the goal in words.

    `ratio` is the median of the ratios taken side by side where there were several, else of the two figures.
    `met` None = no goal is set.
    """

    what: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def row(self) -> str:
        """A line of the table."""
        beside = "" if self.limit is None else f"{_number(self.limit)} {self.unit} · {self.limit_is}"
        ratio = self.ratio if self.ratio is not None else self.value / self.limit if self.limit else None
        shown = "" if ratio is None else f"{ratio:.2f}"
        return (
            f"| {self.what} | {_number(self.value)} {self.unit} | {beside} | {shown} | {self.goal} | {told(self.met)} |"
        )


def told(met: bool | None) -> str:
    """Whether a goal is met, for a table; "" where there is none."""
    return "" if met is None else "met" if met else MISSED


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table."""
    return "\n".join([HEAD, *(figure.row() for figure in figures)])


def dumped(figures: Iterable[Figure]) -> str:
    """For another process, as one line."""
    return json.dumps([asdict(figure) for figure in figures])


def loaded(line: str) -> list[Figure]:
    """What `dumped` wrote."""
    return [Figure(**figure) for figure in json.loads(line)]


def ratio(values: Sequence[float], limits: Sequence[float]) -> float:
    """The median of ratios taken side by side: what the machine does to both falls out."""
    return statistics.median(value / limit for value, limit in zip(values, limits, strict=True))


def percentile(values: Iterable[float], part: float) -> float:
    """The value that `part` of 100 do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * part / 100))]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
