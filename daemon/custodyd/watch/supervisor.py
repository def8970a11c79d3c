"""The tasks over all devices, begun, ended and looked at; one device never touches another. It decides nothing."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from custodyd.clock import Clock
from custodyd.watch.buses import Buses
from custodyd.watch.device import Record, Sight, Target, Watched
from custodyd_drivers.contract import Driver

log = logging.getLogger(__name__)

STOP_S = 5.0  # a driver closes in less, or is abandoned


@dataclass(slots=True)
class Supervisor:
    """Watches `targets`, and what `watch` adds and `stop` leaves, until cancelled."""

    targets: Sequence[Target]
    buses: Buses
    record: Record
    clock: Clock
    _sights: dict[str, Sight] = field(default_factory=dict[str, Sight])
    _watched: dict[str, Watched] = field(default_factory=dict[str, Watched])
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])
    _group: asyncio.TaskGroup | None = None

    def __post_init__(self) -> None:
        self.watch(self.targets)

    def driver(self, device: str) -> Driver | None:
        """The live driver of a device, None while it is blind."""
        sight = self._sights.get(device)
        return sight.driver if sight else None

    def looked(self, since: float) -> Sequence[str]:
        """Devices that nobody looked at since `since` (elapsed) and that are not declared blind: nobody acts.

        A look finds the device fresh, or its deadline ends in blindness; one that was never looked at is named too.
        """
        return [device for device, sight in self._sights.items() if sight.blind_since is None and sight.looked < since]

    async def run(self) -> None:
        """One task per device, until cancelled."""
        try:
            async with asyncio.TaskGroup() as self._group:
                for watched in self._watched.values():
                    self._begin(watched, self._group)
                await asyncio.Event().wait()  # also where no device is left
        finally:
            self._group = None
            await self.buses.close()

    def watch(self, targets: Sequence[Target]) -> None:
        """Begin to watch; a device that was stopped before has been blind since."""
        for target in targets:
            sight = self._sights.setdefault(target.device, Sight(self.clock.elapsed))
            watched = Watched(target, sight, self.buses, self.record, self.clock)
            self._watched[target.device] = watched
            if self._group is not None:
                self._begin(watched, self._group)

    async def stop(self, devices: Collection[str], reason: str) -> None:
        """Watch these no more: their drivers are closed, within STOP_S, and they are blind for `reason`."""
        tasks = [self._tasks.pop(device) for device in devices if device in self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_S)
            for task in late:
                log.warning("%s does not end", task.get_name())
        for watched in [self._watched.pop(device) for device in devices if device in self._watched]:
            await watched.went_blind(reason)

    def _begin(self, watched: Watched, group: asyncio.TaskGroup) -> None:
        device = watched.target.device
        self._tasks[device] = group.create_task(watched.run(), name=f"watch {device}")
