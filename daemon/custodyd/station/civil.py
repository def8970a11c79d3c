"""Where a simulation sets civil time: one JSON line in, one out; refused while a person or a door is busy."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from custodyd.clock import SimulatedClock, from_rfc3339, rfc3339
from custodyd.ledger import RecordUnavailable


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What the simulation wants: a moment to jump to, or just to ask."""

    jump_to: str | None = None


class Answer(msgspec.Struct):
    """The time it is now, when something is due next, and whether a jump was refused."""

    now: str
    next_due: str | None
    busy: bool


class CivilSocket:
    """Serves the socket that the overlay names."""

    def __init__(
        self,
        clock: SimulatedClock,
        busy: Callable[[], bool],
        next_due: Callable[[], int | None],
        poke: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._busy = busy
        self._next_due = next_due
        self._poke = poke

    async def serve(self, path: Path) -> None:
        """Answer until cancelled."""
        server = await asyncio.start_unix_server(self._talk, path)
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                answer = self._answer(msgspec.json.decode(line, type=Wish))
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        writer.close()

    def _due(self) -> int | None:
        with contextlib.suppress(RecordUnavailable):
            return self._next_due()
        return None

    def _answer(self, wish: Wish) -> Answer:
        busy = self._busy()
        if wish.jump_to is not None and not busy:
            self._clock.jump_to(from_rfc3339(wish.jump_to))
            self._poke()
        due = self._due()
        return Answer(rfc3339(self._clock.civil()), rfc3339(due) if due is not None else None, busy)
