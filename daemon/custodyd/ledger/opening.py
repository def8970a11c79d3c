"""Opening the record: whole and ours, or put aside and begun anew with the broken one named; it appends nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from custodyd.ledger import quarantine
from custodyd.ledger.canonical import decode
from custodyd.ledger.errors import Broken, WrongDirectory
from custodyd.ledger.note import verify
from custodyd.ledger.store import FILE, Store
from custodyd.model.facts import record as facts
from custodyd.model.projection import Projection

MARK = "simulated"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found: the run before ended in good order, a file had to be put aside now, or once."""

    clean: bool
    broken: bool
    quarantined: bool
    confirmed: quarantine.Confirmed | None
    first_segment: int


def open_store(
    directory: Path, projections: Sequence[Projection], vkey_of: Callable[[str], str], *, simulated: bool
) -> tuple[Store, Opened]:
    """The store of `directory`, checked; raises WrongDirectory, RecordUnavailable."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_mixture(directory, simulated=simulated)
    broken, confirmed = False, None
    try:
        store = Store(directory, projections)
        store.check(lambda note: verify(note, vkey_of(store.origin)))
    except Broken:
        broken, confirmed = True, quarantine.put_aside(directory, vkey_of)
        store = Store(directory, projections)
    aside = len(list((directory / quarantine.DIRECTORY).glob("*")))
    store.earlier = lambda: quarantine.earlier(directory)
    store.refold()
    store.ensure_reserve()
    first = (int(confirmed.segment) if confirmed else aside) + 1
    clean = not broken and _ended_clean(store)
    return store, Opened(clean, broken, aside > 0, confirmed, first)


def _ended_clean(store: Store) -> bool:
    if store.size == 0:
        return True
    last = decode(store.entry(store.size - 1))
    return last.kind in (facts.DaemonStopped.kind, facts.SegmentOpened.kind)


def _refuse_mixture(directory: Path, *, simulated: bool) -> None:
    mark = directory / MARK
    if (directory / FILE).exists() and mark.exists() != simulated:
        raise WrongDirectory("start.real_in_simulated" if mark.exists() else "start.simulated_in_real")
    if simulated:
        mark.touch()
