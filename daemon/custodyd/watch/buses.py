"""Shared wires: opened when a device needs one, dropped when it is lost, opened anew then; one at a time each."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping

from custodyd_drivers.contract import Bus

CLOSE_S = 2.0


class Buses:
    """The buses of a station by id. `make` builds a bus object that has not been started."""

    def __init__(self, make: Mapping[str, Callable[[], Bus]]) -> None:
        self._make = make
        self._live: dict[str, Bus] = {}
        self._turn = {bus: asyncio.Lock() for bus in make}

    async def get(self, bus: str) -> Bus:
        """The live bus, started now if need be; raises LinkLost."""
        async with self._turn[bus]:
            found = self._live.get(bus)
            if found is None:
                found = self._make[bus]()
                try:
                    await found.start()
                except BaseException:
                    await found.close()
                    raise
                self._live[bus] = found
            return found

    async def drop(self, bus: str, lost: Bus) -> None:
        """Close a bus that was lost, unless another took its place already."""
        async with self._turn[bus]:
            if self._live.get(bus) is lost:
                del self._live[bus]
                # a bus that does not close in time is abandoned: its devices need a new one
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_S):
                        await lost.close()

    async def change(self, make: Mapping[str, Callable[[], Bus]], changed: Collection[str]) -> None:
        """Other buses from now on: those in `changed`, whose devices were stopped before, are closed."""
        for bus in changed:
            if bus in self._live:
                await self.drop(bus, self._live[bus])
        self._make = make
        self._turn = {bus: self._turn.get(bus, asyncio.Lock()) for bus in make}

    async def close(self) -> None:
        """Close every bus."""
        for bus, found in list(self._live.items()):
            await self.drop(bus, found)
