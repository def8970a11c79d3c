"""The record: entries appended by one writer, proofs over them, and the projections they add up to."""

from custodyd.ledger.errors import RecordUnavailable, Unrecordable, WrongDirectory
from custodyd.ledger.ledger import Health, Ledger, Origin

__all__ = ["Health", "Ledger", "Origin", "RecordUnavailable", "Unrecordable", "WrongDirectory"]
