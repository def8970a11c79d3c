"""Every benchmark, each figure beside a peer or a limit of the same run; writes bench/RESULTS.md."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench import ble, doors, modbus, rebuild, slow_flush, start, verify
from bench.figure import Figure, loaded, table

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
        f"Python {platform.python_version()}; load at the start {os.getloadavg()[0]:.1f}.\n"
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


def _started() -> Iterable[str]:
    yield table(start.figures())


PARTS = (
    ("Durable entries", _entries),
    ("From the finger to the unlock byte", _unlocked),
    ("Verifying, rebuilding, opening", _verified),
    ("Start and memory", _started),
    ("A door at 32 Modbus TCP boards, polled each 200 ms", doors.rows),
    ("The shared Modbus wire, 32 boards on a paced twin", modbus.rows),
    ("Adverts of 100 wristbands over D-Bus", ble.rows),
)


def pages() -> Iterable[str]:
    """The page, part by part, as the figures come."""
    begun = time.monotonic()
    yield TOP
    yield _machine()
    for title, part in PARTS:
        yield f"\n## {title}\n"
        yield from part()
    yield f"\nThe run took {time.monotonic() - begun:.0f} s."


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
