"""How soon the whole daemon is ready after exec and how much memory it keeps, with the sample station on its twins."""

import asyncio
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure, table
from custodyd_simulators.running import simulation, start_daemon, stop

DEVICES = Path(__file__).parents[1] / "devices.toml"
ROUNDS = 5
SETTLE_S = 3.0  # after every device was seen
READY_GOAL_S, MEMORY_GOAL_MB = 0.7, 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from exec to READY=1, and to an interpreter that only says so; resident MB."""

    ready_s: float
    bare_s: float
    resident_mb: float
    peak_mb: float


async def measured() -> list[Start]:
    """Starts of the daemon on one state; the first, which makes the record and the caches, is not counted."""
    state = Path(tempfile.mkdtemp(prefix="start"))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        notify.bind(str(state / "notify"))
        notify.setblocking(False)
        os.environ["NOTIFY_SOCKET"] = str(state / "notify")
        async with simulation(DEVICES, state) as running:
            await running.ready()
            found: list[Start] = []
            for _ in range(ROUNDS):
                await stop(running.process)
                await _silent(notify)
                bare = await _bare()
                begun = time.perf_counter()
                running.process = await start_daemon(DEVICES, state / "overlay.toml", state, state / "daemon.log")
                await _told(notify)
                ready = time.perf_counter() - begun
                await running.ready()
                await asyncio.sleep(SETTLE_S)
                found.append(Start(ready, bare, *_memory(running.process.pid)))
            return found
    finally:
        os.environ.pop("NOTIFY_SOCKET", None)
        notify.close()
        shutil.rmtree(state, ignore_errors=True)


async def _silent(notify: socket.socket) -> None:
    try:
        while True:
            notify.recv(4096)
    except BlockingIOError:
        return


async def _told(notify: socket.socket) -> None:
    async with asyncio.timeout(20):
        while b"READY=1" not in await asyncio.get_running_loop().sock_recv(notify, 4096):
            pass


async def _bare() -> float:
    """The limit: an interpreter that imports asyncio and sqlite3 and ends."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import asyncio, sqlite3")
    await process.wait()
    return time.perf_counter() - begun


def _memory(pid: int) -> tuple[float, float]:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return float(fields["VmRSS"].split()[0]) / 1000, float(fields["VmHWM"].split()[0]) / 1000


def figures() -> list[Figure]:
    """Medians of several starts."""
    found = asyncio.run(measured())
    ready = statistics.median(one.ready_s for one in found)
    bare = statistics.median(one.bare_s for one in found)
    memory = statistics.median(one.resident_mb for one in found)
    peak = max(one.peak_mb for one in found)
    told = f"≤ {READY_GOAL_S:g} s", ready <= READY_GOAL_S
    kept = f"≤ {MEMORY_GOAL_MB:g} MB", memory <= MEMORY_GOAL_MB
    return [
        Figure("ready after exec, sample station", ready, "s", bare, "an empty interpreter", None, *told),
        Figure("resident, every device seen", memory, "MB", MEMORY_GOAL_MB, "goal", None, *kept),
        Figure("resident at its peak", peak, "MB"),
    ]


def main() -> int:
    """Print the table."""
    print(table(figures()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
