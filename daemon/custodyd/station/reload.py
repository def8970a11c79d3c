"""A changed devices.toml taken up while the station runs: checked, planned, entered, then done; or nothing changes."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from custodyd.api import Services
from custodyd.ledger import RecordUnavailable
from custodyd.model.alarm import Alarm
from custodyd.model.entry import Draft
from custodyd.model.facts.record import SettingsApplied, SettingsChange
from custodyd.settings import load
from custodyd.settings.mistakes import Mistake, Mistakes
from custodyd.settings.plan import Plan, plan
from custodyd.station.notify import Notifier
from custodyd.station.station import Station
from custodyd.texts import say

log = logging.getLogger(__name__)

MOST = 200  # changes in one entry; the rest is counted


class Reload:
    """Reloads whenever `ask` was called. `status` puts what stands before what else is to be said.

    `alarms` stand until another reload: a file with mistakes, changes that wait for a restart.
    """

    def __init__(self, station: Station, notifier: Notifier, status: Callable[[str], str]) -> None:
        self._station = station
        self._notifier = notifier
        self._status = status
        self._asked = asyncio.Event()
        self.alarms: Sequence[Alarm] = ()

    def ask(self) -> None:
        """Reload soon; called by the signal."""
        self._asked.set()

    async def run(self, services: Services) -> None:
        """Reload whenever asked, until cancelled; the API then sees the new settings."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._notifier.reloading()
            said = await self._reload(services)
            log.info("reload: %s", said)
            self._notifier.ready(self._status(said))

    async def _reload(self, services: Services) -> str:
        """Returns what came of it, in words."""
        running = self._station.settings
        try:
            fresh = await asyncio.to_thread(load, running.path, running.overlay)
        except Mistakes as exc:
            return self._mistaken(exc.list)
        found = plan(running, fresh)
        if found.changes == found.waiting and fresh.digest == running.digest:
            self._wait_for_restart(found)
            return say("status.waiting" if found.waiting else "status.unchanged")
        return await self._take_up(found, services)

    def _mistaken(self, found: Sequence[Mistake]) -> str:
        for one in found:
            log.warning("%s:%d:%d: %s", one.file, one.line, one.column, one.text["en"])
        self.alarms = (Alarm("settings-mistaken", why=str(len(found))),)
        return say("status.mistakes", count=len(found))

    def _wait_for_restart(self, found: Plan) -> None:
        names = ", ".join(f"{change.name}.{key}" for change in found.waiting for key in change.keys)
        self.alarms = (Alarm("settings-waiting", why=names),) if names else ()

    async def _take_up(self, found: Plan, services: Services) -> str:
        station = self._station
        async with station.desks.still(found.resting) as busy:
            if busy:
                return say("status.busy", cabinets=", ".join(busy))
            try:
                await station.ledger.append(Draft(fact=_applied(found), happened=station.clock.civil()))
            except RecordUnavailable as exc:
                return say("status.unrecorded", reason=exc.reason)
            station.adopt(found)
            services.settings = station.settings
        with contextlib.suppress(RecordUnavailable):  # who may open in an emergency stays as last read
            station.permitted.look()
        await station.rewire(found)
        self._wait_for_restart(found)
        return say("status.applied", changes=len(found.changes), devices=len(found.begun))


def _applied(found: Plan) -> SettingsApplied:
    changes = [SettingsChange(one.name, one.what, one.effect, one.keys) for one in found.changes[:MOST]]
    left = len(found.changes) - len(changes)
    return SettingsApplied(config=found.new.digest, before=found.old.digest, changes=tuple(changes), more=left)
