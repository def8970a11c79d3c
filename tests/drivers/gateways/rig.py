"""A gateway's twin on a TCP port, and drivers on it that are closed at the end; the same for every such family."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from custodyd_drivers.catalogue import families
from custodyd_drivers.contract import Driver, Report
from custodyd_simulators.hands import PortTwin
from custodyd_simulators.handsets import Handsets
from custodyd_simulators.wires import TcpWire

BOUND_S = 15.0
SECRET = "888888"


@dataclass
class Stand:
    """One twin and the driver objects that were made for it."""

    family: Any
    settings: Any
    hand: Any
    wire: TcpWire
    drivers: list[Any] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def driver(self, **changes: Any) -> Any:
        driver: Driver = self.family.open(msgspec.structs.replace(self.settings, **changes))
        self.drivers.append(driver)
        return driver

    async def started(self, *, listening: bool = True, **changes: Any) -> Any:
        driver = self.driver(**changes)
        await driver.start()
        if listening:
            self.listen(driver)
        return driver

    def listen(self, driver: Any) -> asyncio.Task[None]:
        """Collect the driver's reports until it fails; awaiting the task raises what ended it."""

        async def collect() -> None:
            async for report in driver.reports():
                self.reports.append(report)

        self._tasks.append(asyncio.create_task(collect()))
        return self._tasks[-1]

    async def until(self, there: Callable[[], Any]) -> None:
        end = time.monotonic() + BOUND_S
        while not there():
            assert time.monotonic() < end, "did not happen"
            await asyncio.sleep(0.005)

    def of(self, kind: type[Report]) -> list[Any]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for driver in self.drivers:
            await driver.close()
        await asyncio.to_thread(self.wire.close)


Make = Callable[..., Stand]


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Stand up a gateway: `make(family, twin, settings)`."""
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    stands: list[Stand] = []

    def made(family: str, twin: PortTwin, settings: Any) -> Stand:
        standing = twin.stand(settings, tmp_path / family)
        assert isinstance(standing.hand, Handsets)
        assert isinstance(standing.wire, TcpWire)
        standing.wire.start()
        there = msgspec.structs.replace(settings, host=standing.wire.host, tcp_port=standing.wire.tcp_port)
        stands.append(Stand(families()[family], there, standing.hand, standing.wire))
        return stands[-1]

    yield made
    for stand in stands:
        await stand.close()
