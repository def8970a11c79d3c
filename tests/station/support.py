"""A place for a simulated station: short, because a unix socket's path may have 107 bytes."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVICES = Path(__file__).parents[2] / "devices.toml"


@contextmanager
def place() -> Iterator[Path]:
    state = Path(tempfile.mkdtemp(prefix="st"))
    try:
        yield state
    finally:
        shutil.rmtree(state, ignore_errors=True)


def quiet(zh: str, en: str) -> None:
    """Nobody listens."""
