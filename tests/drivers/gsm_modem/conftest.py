"""A simulated modem on a pty, and a driver on it that is closed at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from custodyd_drivers.contract import Report
from custodyd_drivers.gsm_modem.driver import Modem
from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_simulators.gsm_modem import TWIN, Handsets
from custodyd_simulators.wires import Wire

BOUND_S = 15.0


@dataclass
class Bench:
    """One twin and the driver objects that were made for it."""

    settings: Settings
    hand: Handsets
    wire: Wire
    modems: list[Modem] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def modem(self, **changes: Any) -> Modem:
        modem = Modem(msgspec.structs.replace(self.settings, **changes))
        self.modems.append(modem)
        return modem

    async def started(self, **changes: Any) -> Modem:
        modem = self.modem(**changes)
        await modem.start()
        return modem

    def listen(self, modem: Modem) -> asyncio.Task[None]:
        """Collect the driver's reports until it fails; awaiting the task raises what ended it."""

        async def collect() -> None:
            async for report in modem.reports():
                self.reports.append(report)
                self._moved.set()

        task = asyncio.create_task(collect())
        task.add_done_callback(lambda _: self._moved.set())
        self._tasks.append(task)
        return task

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait until a fact is true, looking at every report and every hundredth of a second."""
        async with asyncio.timeout(BOUND_S):
            while not there():
                self._moved.clear()
                try:
                    await asyncio.wait_for(self._moved.wait(), 0.01)
                except TimeoutError:
                    continue

    def of(self, kind: type[Report]) -> list[Any]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for modem in self.modems:
            await modem.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make a bench whose twin has these settings."""
    wires: list[Wire] = []

    def make(**keys: Any) -> Bench:
        where = tmp_path / "modem"
        defaults = {"timeout_s": 1.0, "submit_timeout_s": 2.0, "poll_s": 30.0}
        settings = Settings(port=str(where), **{**defaults, **keys})
        standing = TWIN.stand(settings, where)
        assert isinstance(standing.hand, Handsets)
        standing.wire.start()
        wires.append(standing.wire)
        return Bench(settings, standing.hand, standing.wire)

    yield make
    for wire in wires:
        wire.close()


@pytest.fixture
async def bench(stand: Callable[..., Bench]) -> AsyncIterator[Bench]:
    made = stand()
    yield made
    await made.close()
