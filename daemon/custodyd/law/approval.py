"""Which extensions and pauses the law carries: right approver, a document, in time; what fails is named, not hidden."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from custodyd.law.given import Extension, Pause
from custodyd.law.length import Length
from custodyd.law.limit import ExtensionRule, Limit
from custodyd.law.line import Line
from custodyd.law.period import Period


def in_force(period: Period, length: Length, extensions: Iterable[Extension]) -> tuple[Length, list[Line]]:
    """The total that holds after these approvals, in the order in which they were decided, and a line for each."""
    total, lines = length, list[Line]()
    for one in sorted(extensions, key=lambda extension: extension.decided):
        why = _void(period.limit, total, one, period.ends(total).due)
        said: dict[str, str] = {"length": str(one.total), "approver": one.approver, "document": one.document}
        if why is None:
            total = one.total
            lines.append(Line("extended", {**said, "decided": one.decided.isoformat()}))
        else:
            lines.append(Line("extension-void", {**said, "why": why, "stays": str(total)}))
    return total, lines


def _void(limit: Limit, total: Length, one: Extension, due: datetime) -> str | None:
    """Why the approval changes nothing; None if it does."""
    if not one.document.strip():
        return "no-document"
    fitting = list(_fitting(limit.extensions, total, one.total))
    if not fitting:
        return "not-foreseen"
    if all(rule.approvers and one.approver not in rule.approvers for rule in fitting):
        return "wrong-approver"
    return "too-late" if one.decided >= due else None


def _fitting(rules: Iterable[ExtensionRule], total: Length, wanted: Length) -> Iterator[ExtensionRule]:
    for rule in rules:
        most = Length(total.amount + rule.total.amount - rule.after.amount, total.unit) if rule.repeats else rule.total
        longer = wanted != total and total.surely_within(wanted)
        if longer and rule.after.surely_within(total) and wanted.surely_within(most):
            yield rule


def pauses_that_count(limit: Limit, pauses: Iterable[Pause]) -> tuple[Sequence[Pause], list[Line]]:
    """The pauses that the law allows for this limit, and a line for each other."""
    carried, lines = list[Pause](), list[Line]()
    for one in pauses:
        why = _idle(limit, one)
        if why is None:
            carried.append(one)
        else:
            lines.append(Line("pause-void", {"reason": one.reason, "document": one.document, "why": why}))
    return carried, lines


def _idle(limit: Limit, one: Pause) -> str | None:
    if not one.document.strip():
        return "no-document"
    if one.reason not in limit.pauses:
        return "not-foreseen"
    return "backwards" if one.end < one.begin else None
