"""The desks of all cabinets: made, run, and made anew in place when the settings change; it decides nothing."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.ledger import RecordUnavailable
from custodyd.settings import Settings

log = logging.getLogger(__name__)

STILL_S = 5.0  # whatever a cabinet is doing has ended by then, or goes on


class Desks(Mapping[str, CabinetDesk]):
    """Cabinet id → desk. `make` builds the desk of one cabinet under given settings."""

    def __init__(self, make: Callable[[Settings, str], CabinetDesk], settings: Settings) -> None:
        self._make = make
        self._desks = {name: make(settings, name) for name in settings.cabinets}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def __getitem__(self, cabinet: str) -> CabinetDesk:
        return self._desks[cabinet]

    def __iter__(self) -> Iterator[str]:
        return iter(self._desks)

    def __len__(self) -> int:
        return len(self._desks)

    @property
    def busy(self) -> bool:
        """Whether at any cabinet a person, an emergency or an open door is pending."""
        return any(desk.pending for desk in self._desks.values())

    async def start(self) -> None:
        """Enter what the last run could not."""
        for desk in self._desks.values():
            await desk.start()

    async def run(self) -> None:
        """Let time pass at every cabinet, until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            for name in self._desks:
                self._begin(name, self._group)
            await asyncio.Event().wait()  # also where no cabinet is left

    @asynccontextmanager
    async def still(self, cabinets: Collection[str]) -> AsyncGenerator[tuple[str, ...]]:
        """Nothing happens at these cabinets meanwhile; gives those that are not at rest."""
        async with AsyncExitStack() as stack:
            names = sorted(self._desks.keys() & set(cabinets))
            yield tuple([name for name in names if not await self._rests(name, stack)])

    async def _rests(self, name: str, stack: AsyncExitStack) -> bool:
        try:
            async with asyncio.timeout(STILL_S):
                return await stack.enter_async_context(self._desks[name].still())
        except TimeoutError:
            return False

    def refit(self, settings: Settings) -> None:
        """Work from now on by these settings; cabinets that are added or removed begin or end."""
        for name in self._desks.keys() - settings.cabinets.keys():
            del self._desks[name]
            if name in self._tasks:
                self._tasks.pop(name).cancel()
        for name in settings.cabinets:
            desk = self._make(settings, name)
            if name in self._desks:
                self._desks[name].refit(desk)
                continue
            self._desks[name] = desk
            if self._group is not None:
                self._begin(name, self._group, new=True)

    def _begin(self, name: str, group: asyncio.TaskGroup, *, new: bool = False) -> None:
        life = _new(self._desks[name]) if new else self._desks[name].run()
        self._tasks[name] = group.create_task(life, name=f"desk {name}")


async def _new(desk: CabinetDesk) -> None:
    """A cabinet that came while the station runs begins as all cabinets do."""
    try:
        await desk.start()
    except RecordUnavailable as exc:
        log.warning("what %s owes is not entered: %s", desk.context.cabinet, exc)
    await desk.run()
