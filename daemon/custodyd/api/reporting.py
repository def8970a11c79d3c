"""Reports by the API: counted on a thread, entered with their digests, then handed out; pseudonyms only."""

import asyncio
import hashlib
from collections.abc import Iterator

from custodyd.api import bodies
from custodyd.api.acting import moment
from custodyd.api.again import entered
from custodyd.api.problems import MALFORMED, Problem
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.ledger import Ledger
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.reports import PeriodKind, ReportProduced
from custodyd.reports import page
from custodyd.reports.figures import Figures, figures
from custodyd.reports.periods import Period, period
from custodyd.texts import Locale

_KINDS: dict[str, PeriodKind] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter"}
_COUNTED = ("case.", "clock.", "reminder.")
_PAGE = 1000


async def report(services: Services, asked: Asked) -> bodies.Report:
    """Count, enter the digests of page and table, then answer with both."""
    kind, language = _KINDS.get(asked.path["kind"]), asked.query.get("lang", Locale.ZH.value)
    if kind is None or language not in [locale.value for locale in Locale]:
        raise Problem(400, MALFORMED, detail=f"{', '.join(_KINDS)}; lang: {', '.join(Locale)}")
    now, of = services.clock.civil(), asked.query.get("of")
    found = await asyncio.to_thread(_count, services.ledger, period(kind, moment(of) if of else now), now)
    station, simulated = services.settings.station.label, services.settings.simulation is not None
    made, table = page.html(found, station, Locale(language), simulated=simulated), page.table(found)
    fact = ReportProduced(
        period=kind,
        start=found.period.start,
        until=found.until,
        language=language,
        html=_digest(made),
        csv=_digest(table),
    )
    draft = Draft(fact=fact, happened=now, actor=asked.peer.actor)
    return bodies.Report(html=made, csv=table, entered=entered((await services.ledger.append(draft))[0]))


def _count(ledger: Ledger, of: Period, now: int) -> Figures:
    return figures(of, now, (entry for kind in _COUNTED for entry in _all(ledger, kind)))


def _all(ledger: Ledger, kind: str) -> Iterator[Entry]:
    reader, after = ledger.reader(), ("0", -1)
    try:
        while True:
            entries = reader.entries(after, limit=_PAGE, kind=kind)
            yield from entries
            if len(entries) < _PAGE:
                return
            after = entries[-1].at
    finally:
        reader.close()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
