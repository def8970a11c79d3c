"""The sources of imports that are polled: begun, ended and begun anew as the settings say; it reads no view."""

import asyncio
from functools import partial
from pathlib import Path

from custodyd.clock import Clock
from custodyd.imports.importer import Importer, Source
from custodyd.imports.polling import Poller, nobody, read_view
from custodyd.settings import Settings
from custodyd.settings.shape import Import


class Polls:
    """The pollers of one station; passwords are the credentials `import-<id>`."""

    def __init__(self, importer: Importer, clock: Clock, credentials: Path, settings: Settings) -> None:
        self._importer = importer
        self._clock = clock
        self._credentials = credentials
        self._settings = settings
        self._tasks: dict[str, tuple[Import, asyncio.Task[None]]] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self.refit(self._settings)
            await asyncio.Event().wait()  # also where nothing is polled

    def refit(self, settings: Settings) -> None:
        """Work from now on by these settings; sources that did not change go on."""
        self._settings = settings
        if self._group is None:
            return
        for id, (running, task) in list(self._tasks.items()):
            if settings.imports.get(id) != running:
                task.cancel()
                del self._tasks[id]
        for id in settings.imports.keys() - self._tasks.keys():
            task = self._group.create_task(self._poller(id).run(), name=f"import {id}")
            self._tasks[id] = settings.imports[id], task

    def _poller(self, id: str) -> Poller:
        one = self._settings.imports[id]
        roles = [role for role in self._settings.roles.values() if role.id in one.roles]
        source = Source(id, nobody(id), {name: role.id for role in roles for name in (role.id, role.label)})
        return Poller(source, one, self._importer, self._clock, partial(read_view, one, self._password(id)))

    def _password(self, id: str) -> str:
        path = self._credentials / f"import-{id}"
        return path.read_text("utf-8").rstrip("\n") if path.exists() else ""
