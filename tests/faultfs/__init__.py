"""A file layer that fails on demand below one directory of a preloaded process; it must not know what files hold."""

import ctypes
import mmap
import os
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).with_name("faultfs.c")
CACHE = Path(__file__).parents[2] / ".cache"
WRITES, FLUSHES, SIZES, NAMES, READS = 1, 2, 4, 8, 16
EVERY_CHANGE = WRITES | FLUSHES | SIZES | NAMES


class Knobs(ctypes.Structure):
    """What can be turned while the process runs; faultfs.c says what each word does."""

    _fields_ = tuple(
        (name, ctypes.c_int64)
        for name in (
            "calls", "kill_at", "kill_late", "kinds", "error", "chance", "shorter", "lie", "flush_us", "faults", "seed",
        )
    )  # fmt: skip
    calls: int
    kill_at: int
    kill_late: int
    kinds: int
    error: int
    chance: int
    shorter: int
    lie: int
    flush_us: int
    faults: int
    seed: int

    def calm(self) -> None:
        """No fault from now on."""
        self.kinds = self.error = self.chance = self.shorter = self.lie = self.flush_us = self.kill_at = 0


def build() -> Path:
    """The library, compiled once for each state of its source; raises RuntimeError with what to install."""
    made = CACHE / f"faultfs-{zlib.crc32(SOURCE.read_bytes()):08x}.so"
    if made.exists():
        return made
    CACHE.mkdir(exist_ok=True)
    fresh = made.with_suffix(f".{os.getpid()}")
    command = (
        "cc",
        "-std=gnu11",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Wshadow",
        "-Werror",
        "-shared",
        "-fPIC",
        "-fvisibility=hidden",
    )
    try:
        subprocess.run([*command, "-o", fresh, SOURCE], check=True, capture_output=True, text=True)
    except FileNotFoundError as exc:
        raise RuntimeError("no C compiler: apt-get install --no-install-recommends gcc libc6-dev") from exc
    fresh.replace(made)
    return made


def slow_flushes(milliseconds: float) -> Mapping[str, str]:
    """The environment of a process whose every flush takes so much longer."""
    return {"LD_PRELOAD": str(build()), "FAULTFS_FLUSH_US": str(round(milliseconds * 1000))}


class FaultFs:
    """Knobs in `place` over the files below `root` (no link in its path); `log` holds every change for a power cut."""

    def __init__(self, place: Path, root: Path) -> None:
        self.root = root
        self.log = place / "changes"
        self._words = place / "knobs"
        self._words.write_bytes(bytes(ctypes.sizeof(Knobs)))
        with self._words.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.knobs = Knobs.from_buffer(self._map)

    def environ(self, *, logged: bool = False) -> Mapping[str, str]:
        """What the process needs in its environment; with `logged` a new log is begun."""
        self.log.unlink(missing_ok=True)
        log = {"FAULTFS_LOG": str(self.log)} if logged else {}
        return {
            "LD_PRELOAD": str(build()), "FAULTFS_ROOT": str(self.root), "FAULTFS_KNOBS": str(self._words), **log,
        }  # fmt: skip
