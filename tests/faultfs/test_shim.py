"""The failing file layer: what is asked for befalls the files below its root, and nothing else."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.faultfs import EVERY_CHANGE, FLUSHES, READS, WRITES, FaultFs, slow_flushes
from tests.faultfs.powercut import read


@pytest.fixture
def shim(tmp_path: Path) -> FaultFs:
    (tmp_path / "root").mkdir()
    return FaultFs(tmp_path, tmp_path / "root")


def told(code: str, environ: Mapping[str, str], at: Path) -> str:
    """What a preloaded process says after running `code` in which `at` is the root."""
    lines = f"import os, sys; at = {str(at)!r}\n{code}"
    ran = subprocess.run(
        (sys.executable, "-c", lines), env={**os.environ, **environ}, capture_output=True, text=True, timeout=30
    )
    assert not ran.stderr, ran.stderr
    return ran.stdout.strip() if ran.returncode == 0 else signal.Signals(-ran.returncode).name


TRY = """
def tried(act, *args):
    try:
        return act(*args)
    except OSError as exc:
        return exc.errno
file = os.open(at + '/file', os.O_RDWR | os.O_CREAT)
"""


def test_a_call_fails_with_the_errno_that_was_asked_for(shim: FaultFs) -> None:
    shim.knobs.kinds, shim.knobs.error, shim.knobs.chance = WRITES | FLUSHES, errno.EIO, 1
    code = TRY + "print(tried(os.pwrite, file, b'x', 0), tried(os.write, file, b'x'), tried(os.fsync, file))"
    assert told(code, shim.environ(), shim.root) == "5 5 5"
    assert shim.knobs.faults == 3
    shim.knobs.kinds = READS
    assert told(TRY + "print(tried(os.pread, file, 1, 0), tried(os.write, file, b'x'))", shim.environ(), shim.root) == (
        "5 1"
    )


def test_what_lies_elsewhere_is_left_alone(shim: FaultFs, tmp_path: Path) -> None:
    shim.knobs.kinds, shim.knobs.error, shim.knobs.chance = EVERY_CHANGE, errno.ENOSPC, 1
    assert told(TRY + "print(tried(os.write, file, b'x'))", shim.environ(), tmp_path) == "1"
    assert shim.knobs.calls == 0


def test_a_write_is_cut_short_and_a_writer_that_goes_on_loses_nothing(shim: FaultFs) -> None:
    shim.knobs.kinds, shim.knobs.chance, shim.knobs.shorter = WRITES, 2, 1
    code = """
data = os.urandom(50_000)
with open(at + '/file', 'wb') as file:
    for start in range(0, 50_000, 1000):
        file.write(data[start : start + 1000])
print(open(at + '/file', 'rb').read() == data)
"""
    assert told(code, shim.environ(), shim.root) == "True"
    assert shim.knobs.faults > 0
    shim.knobs.chance = 1
    assert 0 < int(told(TRY + "print(os.write(file, b'x' * 100))", shim.environ(), shim.root)) < 100


@pytest.mark.parametrize(("late", "written"), [(0, 0), (1, 4)])
def test_the_process_ends_before_or_after_the_change_that_was_named(shim: FaultFs, late: int, written: int) -> None:
    shim.knobs.kill_at, shim.knobs.kill_late = 2, late  # the first change makes the name
    assert told(TRY + "os.write(file, b'four')", shim.environ(), shim.root) == "SIGKILL"
    assert (shim.root / "file").stat().st_size == written
    assert shim.knobs.calls == 2


def test_a_slow_flush_takes_its_time_with_and_without_a_root(shim: FaultFs) -> None:
    code = TRY + "import time; t = time.monotonic(); os.fdatasync(file); print(time.monotonic() - t)"
    assert float(told(code, slow_flushes(30), shim.root)) >= 0.03
    shim.knobs.flush_us = 30_000
    assert float(told(code, shim.environ(), shim.root)) >= 0.03


def test_every_change_is_told_in_its_order_and_a_lying_flush_is_not(shim: FaultFs) -> None:
    code = """
os.mkdir(at + '/d')
with open(at + '/d/new', 'wb') as file:
    file.write(b'abc')
    file.flush()
    os.fsync(file.fileno())
os.rename(at + '/d/new', at + '/d/kept')
directory = os.open(at + '/d', os.O_RDONLY)
os.fsync(directory)
os.truncate(os.open(at + '/d/kept', os.O_RDWR), 1)
os.unlink(at + '/d/kept')
"""
    told(code, shim.environ(logged=True), shim.root)
    changes = list(read(shim.log))
    assert [change.what for change in changes] == list("mcwsrstu")
    assert changes[2].data == b"abc"
    assert changes[4].to == str(shim.root / "d" / "kept")
    shim.knobs.lie = 1
    (shim.root / "d").rmdir()
    told(code, shim.environ(logged=True), shim.root)
    assert [change.what for change in read(shim.log)] == list("mcwrtu")


def test_a_flush_that_failed_is_told_as_failed(shim: FaultFs) -> None:
    shim.knobs.kinds, shim.knobs.error, shim.knobs.chance = FLUSHES, errno.EIO, 1
    told(TRY + "tried(os.fsync, file)", shim.environ(logged=True), shim.root)
    assert [change.what for change in read(shim.log)] == ["c", "f"]


def test_a_log_whose_end_was_cut_short_is_read_up_to_there(shim: FaultFs) -> None:
    told(TRY + "os.write(file, b'x' * 100)", shim.environ(logged=True), shim.root)
    whole = shim.log.read_bytes()
    shim.log.write_bytes(whole[:-1])
    assert [change.what for change in read(shim.log)] == ["c"]
    shim.log.unlink()
    assert list(read(shim.log)) == []
