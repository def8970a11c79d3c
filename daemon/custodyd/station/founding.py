"""The founding paper of `custodyctl station init`, waiting in the state directory, becomes entries at a start, once."""

import logging
from pathlib import Path

from custodyd.clock import Clock
from custodyd.desk import founding as desk
from custodyd.desk.register import NotFound
from custodyd.ledger import Ledger, RecordUnavailable
from custodyd.ledger import founding as paper
from custodyd.ledger.errors import LedgerError
from custodyd.ledger.keys import PersonKeys
from custodyd.texts import Locale, say

log = logging.getLogger(__name__)


async def enter(path: Path, wrap: bytes, ledger: Ledger, people: PersonKeys, clock: Clock) -> None:
    """Enter what waits at `path` and remove it; what cannot be entered stays there, and the log says why."""
    try:
        founding = paper.read(path, wrap)
        if founding is None:
            return
        if ledger.answered(founding.id) is None:
            await desk.enter(founding, ledger, people, clock)
        paper.remove(path)
    except RecordUnavailable as exc:
        _tell("start.founding_waits", path, exc.reason)
    except (LedgerError, NotFound) as exc:
        _tell("start.founding_refused", path, str(exc))
    except OSError as exc:
        _tell("start.founding_refused", path, exc.strerror or "")


def _tell(text: str, path: Path, detail: str) -> None:
    for locale in Locale:
        log.warning("%s", say(text, locale, file=str(path), detail=detail))
