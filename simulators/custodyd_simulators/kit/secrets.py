"""Throw-away secrets for devices that name a credential, where the process has none; it knows no device."""

import os
import secrets
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from custodyd_simulators.kit.bench import Bench

_PLACE = "CREDENTIALS_DIRECTORY"


@contextmanager
def credentials(chosen: Iterable[Bench]) -> Generator[None]:
    """While it lasts, every credential that these devices name is there; a folder that systemd gave is left alone."""
    names = {getattr(bench.settings, "credential", None) for bench in chosen} - {None}
    if not names or _PLACE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="kit") as folder:
        for name in names:
            (Path(folder) / str(name)).write_text(secrets.token_hex(4), "ascii")
        os.environ[_PLACE] = folder
        try:
            yield
        finally:
            del os.environ[_PLACE]
