"""What documents say about one running period: who extended it, when it stood still; it must not judge them."""

from dataclasses import dataclass
from datetime import datetime

from custodyd.law.length import Length
from custodyd.law.limit import Reason


@dataclass(frozen=True, slots=True)
class Extension:
    """An approval: the new `total` from the same start, `approver` as the data set names it, the document's number."""

    total: Length
    approver: str
    document: str
    decided: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from `begin` until `end`, both aware, for `reason`, by the document of this number."""

    begin: datetime
    end: datetime
    reason: Reason
    document: str
