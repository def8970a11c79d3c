"""What the rounds produced: a report, by the digests of its two forms."""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact

PeriodKind = Literal["day", "week", "month", "quarter"]  # 日巡查 周研判 月考评 季排名


class ReportProduced(Fact, frozen=True, kw_only=True):
    """A report over `start` up to `until` was produced; SHA-256 (hex) of its page in `language` and of its table."""

    kind: ClassVar[str] = "report.produced"
    period: PeriodKind
    start: int
    until: int
    language: str
    html: str
    csv: str


FACTS = (ReportProduced,)
