"""Loaded by every interpreter that has this folder on its path: its wall clock is shifted by what a file says.

Only civil time moves, as when somebody sets the machine's clock; CLOCK_BOOTTIME and CLOCK_MONOTONIC stay as they are.
"""

import datetime
import os
import time
from pathlib import Path

_FILE = Path(os.environ["SHIFTED_BY"])  # holds whole seconds
_true_ns = time.time_ns


def _shifted_ns() -> int:
    return _true_ns() + int(_FILE.read_text() or 0) * 1_000_000_000


class _Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "_Shifted":
        return cls.fromtimestamp(_shifted_ns() / 1e9, tz)


time.time_ns = _shifted_ns
datetime.datetime = _Shifted  # type: ignore[misc]  # whoever imports it from now on
