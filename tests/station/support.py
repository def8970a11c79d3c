"""A place for a simulated station: short, because a unix socket's path may have 107 bytes."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from custodyd_simulators.running import Running

DEVICES = Path(__file__).parents[2] / "devices.toml"


@contextmanager
def place() -> Generator[Path]:
    state = Path(tempfile.mkdtemp(prefix="st"))
    try:
        yield state
    finally:
        shutil.rmtree(state, ignore_errors=True)


def quiet(zh: str, en: str) -> None:
    """Nobody listens."""


async def to_the_next_due(running: Running, at_most: datetime | None = None) -> datetime:
    """Jump civil time to the next due moment (a moment on where it has passed, so that a round is held); the target."""
    found = await running.civil()
    now = datetime.fromisoformat(found["now"])
    due = datetime.fromisoformat(found["next_due"]) if found["next_due"] else at_most or now
    target = max(min(due, at_most or due), now + timedelta(milliseconds=1))
    await running.civil(target.isoformat())
    return target


async def all_entries(running: Running) -> list[dict[str, Any]]:
    """Every entry of the record, oldest first."""
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = await running.get("/v1/entries", **query)
        found += page["items"]
        if "next" not in page:
            return found
        query = {"cursor": page["next"]}
