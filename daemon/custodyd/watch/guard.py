"""A driver's verbs behind a wall: each ends in time, and whatever it raises leaves as a DeviceError; it knows no verb.

Whoever asks a device for something has a person waiting, or other devices behind it: a verb that never returns, or
raises what no contract names, must cost that one answer and the driver, not the one who asked.
"""

import functools
import inspect
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

from custodyd.watch.bounded import Bounded, Hung
from custodyd.watch.threads import DEVICE
from custodyd_drivers.contract import Driver
from custodyd_drivers.errors import DeviceError, NoReply

log = logging.getLogger(__name__)

VERB_S = 10.0
LIMITS_S = {"enrol": 60.0, "send": 170.0}
"""Elapsed seconds of the slow ones: a person who is awaited at the glass, a network that takes a long message."""
Verb = Callable[..., Coroutine[object, object, object]]


def guarded(driver: Driver, device: str, bounded: Bounded, suspect: Callable[[str], None]) -> Driver:
    """The same driver to whoever asks it something; `suspect` is told why it must be made anew.

    A verb that hung, or failed in a way that no contract names, may have acted: NoReply.
    """
    wall = _Wall(device, bounded, suspect)
    verbs = {name: wall.verb(cast("Verb", getattr(driver, name)), name) for name in _names(driver)}
    facts = {name: _fact(driver, name) for name in dir(type(driver)) if isinstance(_static(driver, name), property)}
    kind = type(f"Guarded{type(driver).__name__}", (_Guarded,), {**facts, **verbs})
    return cast("Driver", kind(driver))


class _Guarded:
    """What is no verb and no property is the driver's own."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def _static(driver: Driver, name: str) -> object:
    return inspect.getattr_static(type(driver), name, None)


def _names(driver: Driver) -> list[str]:
    public = (name for name in dir(type(driver)) if not name.startswith("_"))
    return [name for name in public if inspect.iscoroutinefunction(_static(driver, name))]


def _fact(driver: Driver, name: str) -> property:
    return property(lambda _: getattr(driver, name))


@dataclass(frozen=True, slots=True)
class _Wall:
    device: str
    bounded: Bounded
    suspect: Callable[[str], None]

    def verb(self, verb: Verb, name: str) -> Verb:
        """The verb behind the wall, as a method."""

        @functools.wraps(verb)
        async def ask(_: object, *args: object, **keys: object) -> object:
            turn = DEVICE.set(self.device)  # its threads are this device's, whoever asks
            try:
                return await self._within(verb(*args, **keys), name)
            finally:
                DEVICE.reset(turn)

        return ask

    async def _within(self, asked: Coroutine[object, object, object], name: str) -> object:
        limit = LIMITS_S.get(name, VERB_S)
        try:
            return await self.bounded.within(asked, limit)
        except DeviceError:
            raise
        except Hung as exc:
            self.suspect(f"{name} did not return")
            raise NoReply(f"the driver hung in {name}", limit) from exc
        except Exception as exc:
            log.exception("driver of %s failed in %s", self.device, name)
            self.suspect(f"fault in the driver: {type(exc).__name__} in {name}")
            raise NoReply(f"fault in the driver: {type(exc).__name__}", 0.0) from exc
