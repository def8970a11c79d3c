"""Every benchmark, each figure beside a peer or a limit of the same run; writes bench/RESULTS.md."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import ble, clocks, doors, modbus, neighbours, rebuild, slow_flush, start, verify
from bench.figure import MISSED, Figure, loaded, table

OUT = Path(__file__).with_name("RESULTS.md")
SLOW_S = 0.005
SLOW = ", +5 ms a flush"
PART_S = 300.0

TOP = """# Results

Made by `make bench`. Every figure is the median of several rounds and stands beside a limit or a peer that was measured
in the same run, in turns with it where they share a disk or a processor: the machine wanders, the ratio does not.
"""


def _machine() -> str:
    kind = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            kind = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {os.cpu_count()} processors ({kind}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; niceness {os.nice(0)}, "
        f"load at the start {os.getloadavg()[0]:.1f}.\n"
    )


def _child(module: str, *words: str, slow: bool = False) -> list[Figure]:
    """The figures of a part that runs in its own process, so that its disk can be slow."""
    environ = {**os.environ, **(slow_flush.environ(SLOW_S) if slow else {})}
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, timeout=PART_S, check=True)
    return loaded(done.stdout)


def _entries() -> Iterable[str]:
    yield table([*_child("bench.append", "5", ""), *_child("bench.append", "25", SLOW, slow=True)])


def _unlocked() -> Iterable[str]:
    yield table([*_child("bench.unlock"), *_child("bench.unlock", SLOW, slow=True)])


def _verified() -> Iterable[str]:
    yield table([*verify.figures(), *rebuild.figures()])


def _clocked() -> Iterable[str]:
    yield table(clocks.figures())


def _started() -> Iterable[str]:
    yield table(start.figures())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: the command that measures it alone, what it measures, and where its goals are tight."""

    title: str
    command: str
    note: str
    lines: Callable[[], Iterable[str]]


PARTS = (
    Part(
        "Durable entries",
        "python -m bench.append",
        "Each producer waits for its own entry. A raw flush is 4 KiB appended to a file and fdatasync; the "
        "second line of raw flushes writes over the same place, which spares the file system its journal, as "
        "SQLite's log does when it begins anew. The slow disk is `slow_flush.c` before both: 5 ms more for "
        "every flush. There 32 producers gain at most 32 times, less what a batch costs the processor: a "
        "loaded machine misses 25.",
        _entries,
    ),
    Part(
        "From the finger to the unlock byte",
        "python -m bench.unlock",
        "The whole daemon on the sample station, two durable writes in between, until the first byte is "
        "handed to the port. The wait for the poll under way (9600 baud, a whole exchange and its silences) "
        "is no part of it and stands below.",
        _unlocked,
    ),
    Part(
        "Verifying, rebuilding, opening",
        "python -m bench.verify; python -m bench.rebuild",
        "The quick pass: every byte against the tree and the tree against the signature. Two processes need "
        "two idle processors: with a busy neighbour they gain nothing.",
        _verified,
    ),
    Part(
        "Many running clocks",
        "python -m bench.clocks",
        "100,000 clocks that last evenly up to a year, each with a level after every fifth of its length and the usual "
        "people told, by the highest level alone. The store has 2,000 jobs: 100,000 would take half an hour, and each "
        "costs more the more there are. Every level is an entry of its own, durable, hashed and provable, so an outage "
        "costs what its entries cost, and one process that makes and writes them reaches some 10,000 a second: the 30 "
        "days miss their goal, and all 500,000 levels with their 400,000 messages took two minutes.",
        _clocked,
    ),
    Part(
        "Start and memory",
        "python -m bench.start",
        "From exec to READY=1 on the notify socket, record and keys in place, every device of devices.toml on "
        "its twin.",
        _started,
    ),
    Part(
        "A door at 32 Modbus TCP boards, polled each 200 ms",
        "python -m bench.doors",
        "Both poll the same simulated boards over one connection and tell the same listener. A poll each 200 "
        "ms makes a median of 100 ms before anything is done, so that half of the peer's latency can be "
        "missed by a hair though nothing is left to gain. Of our processor time half is the polling itself "
        "(an exchange costs 0.15 ms, on a thread that keeps one request outstanding); the rest writes two "
        "entries for a forced door and tells them. A third of a peer that polls with as little is not "
        "reached.",
        doors.rows,
    ),
    Part(
        "The shared Modbus wire, 32 boards on a paced twin",
        "python -m bench.modbus",
        "Theory is both frames of every exchange and a silence of 3.5 characters after each.",
        modbus.rows,
    ),
    Part(
        "Adverts of 100 wristbands over D-Bus",
        "python -m bench.ble",
        "What the process that runs the receiver takes.",
        ble.rows,
    ),
    Part(
        "A door beside a port full of noise",
        "python -m bench.neighbours",
        "10,000 bytes a second that mean nothing arrive at one reader's port; a door of another bank moves. In turns "
        "with the same in quiet, so that what the machine does falls out.",
        neighbours.rows,
    ),
)


def pages() -> Iterable[str]:
    """The page, part by part, as the figures come."""
    begun = time.monotonic()
    yield TOP
    yield _machine()
    missed = 0
    for part in PARTS:
        yield f"\n## {part.title}\n"
        yield f"`{part.command}`: {part.note}\n"
        for line in part.lines():
            missed += line.count(MISSED)
            yield line
    yield f"\n{missed} goals were missed in this run, which took {time.monotonic() - begun:.0f} s."


def main() -> int:
    """Measure, print as it comes, keep the page."""
    found: list[str] = []
    for part in pages():
        print(part, flush=True)
        found.append(f"{part}\n")
    OUT.write_text("".join(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
