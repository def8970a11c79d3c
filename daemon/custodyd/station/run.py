"""One run of a station: its tasks in one group, its signals, its rounds, its end in good order; it builds no part."""

import asyncio
import logging
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from custodyd import __version__
from custodyd.api import Services, make_app, serve
from custodyd.api.serve import bind
from custodyd.clock import SimulatedClock, SystemClock
from custodyd.clock.upkeep import ask
from custodyd.ledger import RecordUnavailable
from custodyd.ledger.founding import FILE as FOUNDING
from custodyd.model.alarm import Alarm
from custodyd.model.entry import ClockState, Draft
from custodyd.model.facts.record import DaemonStarted
from custodyd.reminders.at_once import wake_at_once
from custodyd.reminders.wakeups import ROUND_S, WakeUps
from custodyd.station import founding
from custodyd.station.alarms import Alarms
from custodyd.station.civil import CivilSocket
from custodyd.station.conditions import Eyes, calendar_alarms, sentence
from custodyd.station.notify import Notifier
from custodyd.station.reload import Reload
from custodyd.station.station import Station
from custodyd.station.timekeeping import watch_clock, watch_upkeep
from custodyd.station.watchdog import Watchdog
from custodyd.texts import say

log = logging.getLogger(__name__)

BROKEN_S = 20.0
"""Seconds that a run goes on with a broken record: a permitted finger still opens from memory, and the next start may
know nobody any more. The next start puts the file aside."""


class Run:
    """Runs a station until `end` is called, a signal comes, or a part fails."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._ledger = station.ledger
        self._wakeups = WakeUps(self._round)
        self._notifier = Notifier()
        self._watchdog = Watchdog(
            station.clock, self._notifier, station.ledger, station.supervisor, (RecordUnavailable,)
        )
        self._reload = Reload(station, self._notifier, self._status)
        eyes = Eyes(
            station.ledger,
            station.desks.values(),
            lambda: station.settings.devices,
            station.live,
            self._files,
        )
        self._alarms = Alarms(
            eyes.alarms, self._show, station.ledger, station.clock, station.words, station.lookup.holding
        )
        self._started = station.clock.civil()
        self._ending = asyncio.Event()
        self._breaking: asyncio.TimerHandle | None = None

    def _files(self) -> Sequence[Alarm]:
        """What stands because of the station's files: its settings, its calendar."""
        station = self._station
        return (*self._reload.alarms, *calendar_alarms(station.settings.calendar, station.clock.civil()))

    async def until_ended(self) -> None:
        """Begin everything, wait, and leave the record in good order; raises what a part failed of."""
        reason: Literal["asked", "failed"] = "failed"
        try:
            await self._begin()
            await self._going(bind(self._station.places.runtime / "api.sock"))
            reason = "asked"
        finally:
            await self._ledger.stop(reason)

    async def _begin(self) -> None:
        """Enter the start, and what the last run left to be entered."""
        station, loop = self._station, asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self._reload.ask)
        if station.settings.simulation is not None:
            self._ledger.clock_state = ClockState(source="simulation")  # a hand sets civil time: nobody keeps it
        self._started = station.clock.civil()
        await self._enter_start()
        await founding.enter(station.places.state / FOUNDING, station.wrap, self._ledger, station.people, station.clock)
        await station.desks.start()
        await station.bands.start()
        await station.outbox.recover()

    async def _going(self, listener: socket.socket) -> None:
        """Run everything until the end is asked for; raises what a part failed of."""
        main = asyncio.create_task(self._all(listener))
        ending = asyncio.create_task(self._ending.wait())
        await asyncio.wait({main, ending}, return_when=asyncio.FIRST_COMPLETED)
        self._notifier.stopping(say("status.stopping"))
        for task in (main, ending):
            task.cancel()
        await asyncio.gather(main, ending, return_exceptions=True)
        self._wakeups.stop()
        if not main.cancelled():
            main.result()

    async def _all(self, listener: socket.socket) -> None:
        station = self._station
        services = Services(
            station.settings, station.clock, station.ledger, station.people, station.lookup, station.register,
            station.enrolment, station.clocks, station.desks, station.live, self._started,
            lambda: [(alarm, sentence(alarm)) for alarm in self._alarms.standing], imports=station.imports,
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            group.create_task(station.permitted.keep(self._ledger))
            group.create_task(station.supervisor.run())
            group.create_task(station.desks.run())
            group.create_task(station.bands.run())
            group.create_task(station.polls.run())
            group.create_task(serve(make_app(services), listener))
            group.create_task(self._watchdog.run())
            # the machine's own clock, also in a simulation: a jump that a hand asks for is no fault
            group.create_task(watch_clock(SystemClock(), self._ledger, self._wakeups.poke))
            if station.settings.simulation is None:
                group.create_task(watch_upkeep(ask, station.clock, self._ledger))
            group.create_task(station.outbox.run())
            group.create_task(wake_at_once(station.outbox.wake, self._ledger))
            self._simulated(group)
            group.create_task(self._alarms.run())
            group.create_task(self._reload.run(services))
            self._wakeups.start()
            self._wakeups.poke()  # what fell due while nobody ran is done at once
            self._notifier.ready(self._status())
            log.info("station %s is ready", station.settings.station.code)

    def _simulated(self, group: asyncio.TaskGroup) -> None:
        station, simulation = self._station, self._station.settings.simulation
        if simulation is None or not isinstance(station.clock, SimulatedClock):
            return
        civil = CivilSocket(station.clock, lambda: station.desks.busy, station.rounds.next_due, self._wakeups.poke)
        group.create_task(civil.serve(Path(simulation.civil_socket)))

    def end(self) -> None:
        """Ask the run to end."""
        self._ending.set()

    def _show(self, _: Sequence[Alarm]) -> None:
        self._notifier.status(self._status())
        if self._ledger.health.broken and self._breaking is None:
            log.error("the record is broken: this run ends in %g s, the next start judges it", BROKEN_S)
            self._breaking = asyncio.get_running_loop().call_later(BROKEN_S, self.end)

    def _ready(self) -> str:
        return say("status.ready", label=self._station.settings.station.label)

    def _status(self, said: str = "") -> str:
        """The alarms that stand, then what else is to be said; that all is ready if there is neither."""
        standing = self._alarms.standing
        if not standing:
            return said or self._ready()
        alarms = " ".join(sentence(alarm).zh for alarm in standing)
        label = self._station.settings.station.label
        return f"{say('status.alarms', label=label, count=len(standing), alarms=alarms)} {said}".rstrip()

    async def _enter_start(self) -> None:
        settings, lodged = self._station.settings, self._ledger.last_lodged
        fact = DaemonStarted(
            version=__version__,
            clean=self._ledger.clean,
            simulated=settings.simulation is not None,
            config=settings.digest,
            lodged_segment=lodged[0] if lodged else None,
            lodged_size=lodged[1] if lodged else None,
        )
        await self._ledger.happened(Draft(fact=fact, happened=self._started))

    async def _round(self) -> None:
        """One round: what is due becomes entries and messages; the outbox looks as well."""
        station = self._station
        try:
            await station.rounds.hold(self._ledger, station.clock.civil())
            station.outbox.wake()
            if not station.desks.busy:
                await self._ledger.roll_over_if_due(station.clock.civil())
            self._wake_for_next()
        except RecordUnavailable as exc:
            log.warning("round not held: %s", exc.reason)

    def _wake_for_next(self) -> None:
        due = self._station.rounds.next_due()
        if due is not None:
            self._wakeups.poke(min(ROUND_S, max(0.5, (due - self._station.clock.civil()) / 1_000_000)))
