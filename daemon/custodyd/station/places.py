"""Where a run of the daemon keeps things: given by systemd, else the usual places; it opens nothing."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """State (record, keys), runtime (socket, emergency line), credentials."""

    state: Path
    runtime: Path
    credentials: Path


def default_places(environ: dict[str, str] | None = None) -> Places:
    """What systemd gave: STATE_DIRECTORY, RUNTIME_DIRECTORY, CREDENTIALS_DIRECTORY, else the usual paths."""
    given = dict(os.environ) if environ is None else environ
    return Places(
        Path(given.get("STATE_DIRECTORY", "/var/lib/custodyd")),
        Path(given.get("RUNTIME_DIRECTORY", "/run/custodyd")),
        Path(given.get("CREDENTIALS_DIRECTORY", "/run/credentials/custodyd.service")),
    )
