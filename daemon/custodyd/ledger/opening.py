"""Opening the record: whole and ours, or put aside and begun anew with the broken one named; it appends nothing."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import BinaryIO

from custodyd.ledger import door, newest, quarantine
from custodyd.ledger.check import check
from custodyd.ledger.errors import Broken, RecordUnavailable, WrongDirectory
from custodyd.ledger.origin import Origin
from custodyd.ledger.reserve import Reserve
from custodyd.ledger.store import Store
from custodyd.model.projection import Projection

log = logging.getLogger(__name__)

MARK = "simulated"
_AGAIN_S = (0.3, 1.0)
_BROKEN = "broken"
_MIXED = {
    "start.real_in_simulated": {
        "zh-CN": "此目录中的记录是模拟产生的，正式启动拒绝使用。",
        "en": "The record in this directory is simulated; a real start refuses it.",
    },
    "start.simulated_in_real": {
        "zh-CN": "此目录中的记录是正式记录，模拟启动拒绝使用。",
        "en": "The record in this directory is real; a simulated start refuses it.",
    },
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A store ready to be written and what was found: `aside` is the file that was put aside just now."""

    store: Store
    lock: BinaryIO
    reserve: Reserve
    clean: bool
    aside: quarantine.Aside | None
    next_number: int


def open_record(
    directory: Path,
    projections: Sequence[Projection],
    origin: Origin,
    vkey_of: Callable[[str], str],
    free: Callable[[], int],
) -> Opened:
    """The record of `directory`, checked; `vkey_of` gives our verifier key under an origin.

    Raises WrongDirectory, RecordUnavailable; Broken where a file in quarantine on which projections rest cannot be
    read any more, Unrecordable where a projection's new folds fail on an old entry: both need a person.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        refuse_mixture(directory, simulated=origin.simulated)
        held = door.lock(directory)
    except OSError as exc:
        raise RecordUnavailable(door.trouble_at(directory), str(exc)) from exc
    try:
        return _Opening(directory, held, Reserve(directory, free), projections, origin, vkey_of).opened()
    except BaseException:
        held.close()
        raise


def refuse_mixture(directory: Path, *, simulated: bool) -> None:
    """Mark a new directory; raises WrongDirectory where mark and start disagree, OSError."""
    mark = directory / MARK
    used = (directory / door.FILE).exists() or newest.read(directory) > 0
    if mark.exists() and not simulated:
        raise WrongDirectory("start.real_in_simulated", _MIXED["start.real_in_simulated"])
    if used and simulated and not mark.exists():
        raise WrongDirectory("start.simulated_in_real", _MIXED["start.simulated_in_real"])
    if simulated:
        mark.touch()


def mark_broken(directory: Path) -> None:
    """Have the next start put the record aside, whatever it sees; best effort."""
    with contextlib.suppress(OSError):  # a disk that refuses this leaves what is wrong to be found again
        (directory / _BROKEN).touch()


@dataclass(frozen=True, slots=True)
class _Opening:
    directory: Path
    lock: BinaryIO
    reserve: Reserve
    projections: Sequence[Projection]
    origin: Origin
    vkey_of: Callable[[str], str]

    def opened(self) -> Opened:
        known = newest.read(self.directory)
        aside = quarantine.latest(self.directory)
        if aside is not None and aside.newest != known:
            aside = None  # a segment that names it was opened since
        try:
            store, clean = self._patiently(0 if aside else known)
        except Broken:
            aside = self._put_aside(known)
            store, clean = self._checked(0)
        try:
            self._fold(store)
        except BaseException:
            store.close()
            raise
        if store.head.number:
            aside = None
        known = max(known, store.head.number, aside.newest if aside else 0)
        return Opened(store, self.lock, self.reserve, clean and aside is None, aside, known + 1)

    def _patiently(self, expected: int) -> tuple[Store, bool]:
        """As `_checked`; a disk that did not give a page is asked again before the file counts as damaged."""
        for pause in _AGAIN_S:
            try:
                return self._checked(expected)
            except Broken as exc:
                if exc.proven:
                    raise
                log.warning("the record cannot be read and is tried again: %s", exc)
            sleep(pause)
        return self._checked(expected)

    def _checked(self, expected: int) -> tuple[Store, bool]:
        """The store, where `expected` segments stood, and whether its last run ended in good order."""
        if (self.directory / _BROKEN).exists():
            raise Broken("the last run found the record broken")
        if expected and not (self.directory / door.FILE).exists():
            raise Broken("the record is gone")
        store = self._store()
        try:
            clean = check(store, self.origin.of, self.vkey_of)
            if expected and store.head.number == 0:
                raise Broken("the record is empty")
        except BaseException:
            store.close()
            raise
        return store, clean

    def _store(self) -> Store:
        try:
            return Store.open(self.directory, self.projections)
        except RecordUnavailable as exc:
            if exc.reason != "full" or not self.reserve.give():
                raise
        return Store.open(self.directory, self.projections)

    def _put_aside(self, known: int) -> quarantine.Aside:
        try:
            aside = quarantine.put_aside(self.directory, self.vkey_of, known)
            (self.directory / _BROKEN).unlink(missing_ok=True)
        except OSError as exc:
            raise RecordUnavailable(door.trouble_at(self.directory), str(exc)) from exc
        return aside

    def _fold(self, store: Store) -> None:
        store.earlier = lambda: quarantine.earlier(self.directory)
        if store.projections.changed():
            with store.transaction():
                store.alone(lambda: store.projections.renew(store.all_entries()))
