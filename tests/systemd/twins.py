"""The twins of a station alone, for a daemon that systemd starts: `python -m tests.systemd.twins CONFIG DIRECTORY`."""

import os
import signal
import sys
from pathlib import Path

from custodyd.settings import load
from custodyd_simulators import twins


def main() -> None:
    config, where, civil = (Path(word) for word in sys.argv[1:])
    station = twins.build(load(config), where)
    station.start()
    fresh = where / "overlay.new"
    fresh.write_text(twins.overlay(station, civil), encoding="utf-8")
    fresh.replace(where / "overlay.toml")
    print(f"twins of {len(station.hands)} devices, process {os.getpid()}", flush=True)
    signal.sigwait({signal.SIGTERM})
    station.close()


if __name__ == "__main__":
    main()
