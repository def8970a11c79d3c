"""A bench: the driver before its twin, on a real pty, with an ear for its reports."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest

from custodyd_drivers.zfm import FAMILY, Settings
from custodyd_simulators.wires import PtyWire
from custodyd_simulators.zfm import Glass, voice


@dataclass
class Bench:
    settings: Settings
    wire: PtyWire
    hand: Glass
    heard: list = field(default_factory=list)
    failure: BaseException | None = None
    reader: object = None
    _task: asyncio.Task | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self):
        self.reader = FAMILY.open(self.settings)
        return await self.reader.start()

    def listen(self):
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        try:
            async for report in self.reader.reports():
                self.heard.append(report)
                self._news.set()
        except Exception as exc:  # noqa: BLE001 - kept for the test to judge
            self.failure = exc
        self._news.set()

    async def until(self, kind, within_s=5.0):
        """The next report of `kind`, removed with all before it."""
        async with asyncio.timeout(within_s):
            while not (found := [report for report in self.heard if isinstance(report, kind)]):
                if self.failure is not None:
                    raise self.failure
                self._news.clear()
                await self._news.wait()
        del self.heard[: self.heard.index(found[0]) + 1]
        return found[0]

    async def ended(self, within_s=5.0):
        """What ended the reports."""
        async with asyncio.timeout(within_s):
            await asyncio.wait([self._task])
        return self.failure

    async def close(self):
        if self.reader is not None:
            await self.reader.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._task = None

    async def reopen(self):
        await self.close()
        self.heard.clear()
        self.failure = None
        await self.start()
        self.listen()


@pytest.fixture
async def bench(tmp_path):
    made = []

    async def make(*, meddle=None, started=True, **keys):
        link = tmp_path / f"reader{len(made)}"
        settings = Settings(port=str(link), **({"poll_s": 0.02, "timeout_s": 0.5} | keys))
        spoken = voice(settings)
        wire = PtyWire(meddle(spoken) if meddle else spoken, link)
        one = Bench(settings, wire, Glass(spoken, wire.lock))
        made.append(one)
        wire.start()
        if started:
            await one.start()
            one.listen()
        return one

    yield make
    for one in made:
        await one.close()
        one.wire.close()
