"""Whether a message may leave now, or until when it waits; pure, and never for what is urgent."""

from dataclasses import dataclass
from typing import Literal

from custodyd.reminders.messages import URGENT
from custodyd.reminders.quiet import next_digest, quiet_until, tomorrow
from custodyd.settings import Holding

_GATHERED = frozenset({"green", "blue"})


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when a message waits, and for what."""

    until: int
    why: Literal["quiet", "digest", "budget"]


def hold(colour: str, *, waited: bool, used: int, now: int, rules: Holding) -> Hold | None:
    """None = it may leave now. `waited` = it was held before; `used` = messages of its kind to its person today.

    Orange and red always may. Green and blue wait for the next digest and are silent in quiet hours. Green, blue and
    yellow beyond the day's budget wait for the next day's first chance; what waited leaves together, as one message.
    """
    if colour in URGENT:
        return None
    chance = _chance(colour, now, rules, waited=waited)
    if chance is not None:
        return chance
    if rules.budget is None or used < rules.budget:
        return None
    later = _chance("blue", tomorrow(now), rules, waited=False)
    return Hold(later.until if later is not None else tomorrow(now), "budget")


def _chance(colour: str, now: int, rules: Holding, *, waited: bool) -> Hold | None:
    if colour not in _GATHERED:
        return None
    digest = now if waited else next_digest(now, rules.digest)
    until = quiet_until(digest, rules.quiet)
    if until == now:
        return None
    return Hold(until, "digest" if digest > now else "quiet")
