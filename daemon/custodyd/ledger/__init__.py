"""The record: entries appended by one writer, proofs over them, and the projections they add up to."""

from custodyd.ledger.errors import LedgerError, RecordUnavailable, Repeated, Unrecordable, WrongDirectory
from custodyd.ledger.health import Health
from custodyd.ledger.ledger import Ledger
from custodyd.ledger.origin import Origin

__all__ = [
    "Health",
    "Ledger",
    "LedgerError",
    "Origin",
    "RecordUnavailable",
    "Repeated",
    "Unrecordable",
    "WrongDirectory",
]
