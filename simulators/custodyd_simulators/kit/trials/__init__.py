"""What a device is put through, by name; each trial stands on descriptors of its own and ends in seconds or Broken."""

from collections.abc import Sequence

from custodyd_simulators.kit.bench import Bench
from custodyd_simulators.kit.trials.cancelling import CANCELLED
from custodyd_simulators.kit.trials.closing import CLOSED
from custodyd_simulators.kit.trials.plugging import ECHO, UNPLUGGED, stranger
from custodyd_simulators.kit.trials.stale import STALE
from custodyd_simulators.kit.trials.strictness import STRICT
from custodyd_simulators.kit.trials.trial import Trial
from custodyd_simulators.kit.trials.weather import WEATHERS, in_weather

__all__ = ["CLOSED", "NAMES", "Trial", "plan"]


def plan(bench: Bench) -> Sequence[Trial]:
    """Every trial of a device but `CLOSED`, which counts what the process holds and so needs to be alone."""
    strangers = [ECHO] if bench.other is None else [stranger(bench.other), ECHO]
    return [*(in_weather(kind) for kind in WEATHERS), STALE, UNPLUGGED, *strangers, CANCELLED, STRICT]


NAMES = (
    *(kind.name for kind in WEATHERS),
    STALE.name,
    UNPLUGGED.name,
    "stranger",
    ECHO.name,
    CANCELLED.name,
    STRICT.name,
    CLOSED.name,
)
"""Every wire and trial, in the order of the table."""
