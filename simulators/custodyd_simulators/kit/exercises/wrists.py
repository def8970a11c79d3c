"""A receiver of wristbands at work: a band whose wearer presses its button or cuts its strap, in turn."""

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import Driver, SosPressed, StrapOpened, WristbandReceiver
from custodyd_simulators.hands import Wrists
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Broken, Host

TOLD_S = 1.0  # how long the band tells an event
_AGAIN_S = 2.0  # what was not heard is tried again, in another way
_WAYS = ("single", "cut", "double", "triple", "long")
"""In turn, because the same event told again within seconds is the same event. A band may lack some of them."""


class Wristbands:
    """See `Exercise`. The band is the first of the station's [wristband.<id>] tables."""

    def __init__(self, stand: Stand) -> None:
        if not isinstance(stand.hand, Wrists):
            raise TypeError("a receiver's twin needs the hand Wrists")
        self._room = stand.hand
        self._bands, self._models = stand.bench.bands, stand.bench.models
        if not self._bands:
            raise Broken("the file has no [wristband.<id>] table for its receiver")
        self._band = next(iter(self._bands))
        self._room.furnish(self._bands, self._models, None)
        self._ways = itertools.cycle(_WAYS)
        self._done = {SosPressed: 0, StrapOpened: 0}

    def came(self, driver: Driver) -> None:
        """Whom to listen for; raises Broken for a band that the driver refuses."""
        refused = cast("WristbandReceiver", driver).listen_for(self._bands, self._models)
        if refused:
            raise Broken(f"a band of the file cannot be heard: {next(iter(refused.values()))}")

    async def prepare(self, host: Host) -> None:
        """Nothing but a receiver: the band lies in the room."""

    async def seen(self, host: Host, seconds: float) -> bool:
        """A button or a strap, another one while none is told."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            kind = self._next()
            if await host.until(partial(self._more, host, kind, self._told(host, kind)), min(left, _AGAIN_S)):
                return True
        return False

    def _next(self) -> type[SosPressed | StrapOpened]:
        while True:
            way = next(self._ways)
            with contextlib.suppress(ValueError):  # a band without this kind of press
                if way != "cut":
                    self._room.sos(self._band, way, TOLD_S)
                    self._done[SosPressed] += 1
                    return SosPressed
                self._room.strap(self._band, "close")
                self._room.strap(self._band, "cut", TOLD_S)
                self._done[StrapOpened] += 1
                return StrapOpened

    def _told(self, host: Host, kind: type[SosPressed | StrapOpened]) -> int:
        return sum(isinstance(one, kind) and one.band == self._band for _, one in host.reports)

    def _more(self, host: Host, kind: type[SosPressed | StrapOpened], than: int) -> bool:
        return self._told(host, kind) > than

    async def act(self, driver: Driver) -> None:
        """A receiver acts on nothing."""

    async def ask(self, driver: Driver) -> None:
        """A receiver is asked nothing."""

    def wrong(self, *, exact: bool) -> list[str]:
        """A receiver moves nothing."""
        return []

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """What a band did not do, or did once and was told twice on one connection; bands that are not there."""
        told = Counter(
            (type(one), getattr(one, "how", "")) for _, one in host.reports if isinstance(one, SosPressed | StrapOpened)
        )
        found = [
            f"{kind.__name__} {how} was told {count} times, it happened {self._done[kind]} times"
            for (kind, how), count in told.items()
            if count > self._done[kind] + len(host.ended)
        ]
        strange = {getattr(one, "band", self._band) for _, one in host.reports} - self._bands.keys()
        return [*found, *(f"{band!r} was heard, and nobody wears it" for band in strange)]

    def verbs(self) -> Mapping[str, Verb]:
        """None waits for anything."""
        return {}
