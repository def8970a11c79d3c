"""A scanner that types like a keyboard, through recorded input events over a real descriptor."""

import asyncio
import errno
import fcntl
import os
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from custodyd_drivers.contract import CodeScanned, CodeUnreadable, Identity, Proof, Report
from custodyd_drivers.errors import Garbled, LinkLost, Refused
from custodyd_drivers.link import evdev
from custodyd_drivers.scanner import FAMILY, Settings
from custodyd_drivers.scanner.driver import Scanner
from custodyd_drivers.scanner.keys import EV_KEY, EV_SYN, EVENT, SYN_DROPPED, event, pressed
from custodyd_simulators.faults import Faults
from custodyd_simulators.fifo import FifoWire
from custodyd_simulators.scanner import TWIN, Glass

LABEL = "C1-D-7K2M9QXA-1-O56ERF6IJQBBC57Z"


@dataclass
class Bench:
    """A twin on a pipe and the driver at its other end."""

    driver: Scanner
    wire: FifoWire
    hand: Glass
    identity: Identity
    _reports: AsyncIterator[Report]

    async def next(self, within: float = 5.0) -> Report:
        return await asyncio.wait_for(anext(self._reports), within)


def settings(port: Path, **keys: object) -> Settings:
    return Settings(port=str(port), interface="keyboard", **keys)  # type: ignore[arg-type] # keys vary by test


@pytest.fixture
def bench(tmp_path: Path):
    @asynccontextmanager
    async def opened(faults: Faults | None = None, **keys: object) -> AsyncGenerator[Bench]:
        of = settings(tmp_path / "keyboard", **keys)
        standing = TWIN.stand(of, Path(of.port))
        wire = cast("FifoWire", standing.wire)
        wire.faults = faults or wire.faults
        wire.start()
        driver = cast("Scanner", FAMILY.open(of))
        try:
            identity = await driver.start()
            yield Bench(driver, wire, cast("Glass", standing.hand), identity, driver.reports())
        finally:
            await driver.close()
            wire.close()

    return opened


# --- codes ---


@pytest.mark.parametrize("suffix", ["cr", "tab", "none", "#"])
async def test_a_scanned_code_is_told(bench, suffix: str) -> None:
    async with bench(suffix=suffix, prefix="]Q1", gap_s=0.1) as at:
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


async def test_every_character_of_the_layout_arrives(bench) -> None:
    async with bench() as at:
        whole = "".join(map(chr, range(0x20, 0x7F)))
        at.hand.scan(whole)
        assert await at.next() == CodeScanned(whole)


async def test_a_burst_is_several_codes(bench) -> None:
    async with bench() as at:
        at.hand.burst("A1", "b2", "C3")
        assert [await at.next() for _ in range(3)] == [CodeScanned("A1"), CodeScanned("b2"), CodeScanned("C3")]


async def test_a_half_scan_is_discarded_and_never_glued_to_the_next(bench) -> None:
    async with bench() as at:
        at.hand.half("C1-D-7K2M")
        assert await at.next() == CodeUnreadable("halting", 9)
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


async def test_an_overlong_code_is_told_as_such_and_the_next_one_read(bench) -> None:
    async with bench(max_length=10) as at:
        at.hand.scan("a" * 300)
        assert await at.next() == CodeUnreadable("overlong", 300)
        at.hand.scan("B")
        assert await at.next() == CodeScanned("B")


async def test_a_code_with_letters_that_no_key_has_is_no_shorter_code(bench) -> None:
    async with bench() as at:
        at.hand.scan("卷A1")
        found = await at.next()
        assert isinstance(found, CodeUnreadable)
        assert found.reason == "undecodable"


async def test_the_same_code_again_is_one_scan(bench) -> None:
    async with bench(duplicate_s=30.0) as at:
        at.hand.burst("A", "A", "B")
        assert [await at.next() for _ in range(2)] == [CodeScanned("A"), CodeScanned("B")]


async def test_what_was_typed_before_anybody_listened_is_not_acted_on(bench, tmp_path: Path) -> None:
    async with bench() as at:
        await at.driver.close()
        at.hand.scan("BEFORE")
        fresh = cast("Scanner", FAMILY.open(settings(tmp_path / "keyboard")))
        await asyncio.sleep(0.1)  # it lies in the pipe
        await fresh.start()
        at.hand.scan("AFTER")
        assert await asyncio.wait_for(anext(fresh.reports()), 5) == CodeScanned("AFTER")
        await fresh.close()


async def test_a_trigger_by_command_is_not_for_keyboards(bench) -> None:
    async with bench() as at:
        await at.driver.trigger()
        at.hand.scan("A")
        assert await at.next() == CodeScanned("A")


# --- bad wires ---


async def test_events_cut_at_every_byte_are_the_same_events(bench) -> None:
    async with bench(Faults(pause_s=0.0001), gap_s=1.0) as at:
        at.hand.scan("Ab")
        assert await at.next() == CodeScanned("Ab")


async def test_events_that_the_kernel_dropped_spoil_one_code(bench) -> None:
    async with bench() as at:
        at.wire.inject(pressed("C1-D") + event(EV_SYN, SYN_DROPPED, 0) + event(EV_SYN, 0, 0) + pressed("-1\r"))
        found = await at.next()
        assert isinstance(found, CodeUnreadable)
        assert found.reason == "undecodable"
        at.hand.scan("A")
        assert await at.next() == CodeScanned("A")


@pytest.mark.parametrize("noise", [b"\xff" * 48, event(EV_KEY, 30, 7), bytes([32]) * 240])
async def test_what_is_no_input_event_ends_the_connection(bench, noise: bytes) -> None:
    async with bench() as at:
        at.wire.inject(noise)
        with pytest.raises(Garbled):
            await at.next()


async def test_a_torn_event_ends_the_connection_and_a_new_one_reads_again(bench, tmp_path: Path) -> None:
    async with bench(Faults(cut_after=100)) as at:
        at.hand.scan("A")  # no kernel gives a part of an event; a pipe may
        at.hand.scan("B")
        with pytest.raises(Garbled):
            await at.next()
        await at.driver.close()
        fresh = cast("Scanner", FAMILY.open(settings(tmp_path / "keyboard")))
        await fresh.start()
        at.hand.scan("C")
        assert await asyncio.wait_for(anext(fresh.reports()), 5) == CodeScanned("C")
        await fresh.close()


async def test_a_flood_of_keys_is_bounded(bench) -> None:
    async with bench(max_length=16) as at:
        for _ in range(50):
            at.wire.inject(pressed("A" * 200))
        at.hand.burst("", "B")
        found = await at.next()
        assert isinstance(found, CodeUnreadable)
        assert len(at.driver._splitter._line) <= 4 * 16 + 1


# --- the port ---


async def test_its_path_is_all_that_names_it(bench) -> None:
    async with bench() as at:
        assert at.identity == Identity(Proof.PATH, at.wire.path)


async def test_unplugging_is_noticed_within_a_second_and_it_types_again_within_two_of_its_return(bench) -> None:
    async with bench() as at:
        waiting = asyncio.create_task(at.next())
        await asyncio.sleep(0)
        start = time.monotonic()
        at.wire.unplug()
        with pytest.raises(LinkLost):
            await waiting
        assert time.monotonic() - start <= 1.0
        await at.driver.close()
        at.wire.plug()
        start = time.monotonic()
        fresh = cast("Scanner", FAMILY.open(settings(Path(at.wire.path))))
        await fresh.start()
        at.hand.scan("A")
        assert await asyncio.wait_for(anext(fresh.reports()), 5) == CodeScanned("A")
        assert time.monotonic() - start <= 2.0
        await fresh.close()


async def test_a_keyboard_that_is_not_there_is_lost(tmp_path: Path) -> None:
    driver = cast("Scanner", FAMILY.open(settings(tmp_path / "nowhere")))
    with pytest.raises(LinkLost, match="is not there"):
        await driver.start()
    await driver.close()


@pytest.mark.parametrize("kind", ["file", "folder", "port"])
async def test_what_is_no_keyboard_is_refused_for_good(tmp_path: Path, kind: str) -> None:
    master, slave = os.openpty()
    (tmp_path / "file").touch()
    path = {"file": tmp_path / "file", "folder": tmp_path, "port": Path(os.ttyname(slave))}[kind]
    driver = cast("Scanner", FAMILY.open(settings(path)))
    try:
        with pytest.raises(Refused, match="is no keyboard") as no:
            await driver.start()
        assert no.value.lasting
    finally:
        await driver.close()
        os.close(master)
        os.close(slave)


class Kernel:
    """The answers of an input device to our requests, given by a pty: there is no real one where the tests run."""

    def __init__(self, held: bool) -> None:
        self.asked: list[int] = []
        self._held = held

    def ioctl(self, descriptor: int, request: int, argument: object) -> object:
        self.asked.append(request)
        if request == evdev._GRAB and self._held:
            raise OSError(errno.EBUSY, "taken")
        return b"USB \x1b[31mScanner\0".ljust(256, b"\0") if request == evdev._NAME else 0


@pytest.mark.parametrize("held", [False, True])
async def test_a_keyboard_is_taken_before_it_is_read_or_told_to_be_in_use(
    monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    kernel = Kernel(held)
    master, slave = os.openpty()
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    driver = cast("Scanner", FAMILY.open(settings(Path(os.ttyname(slave)))))
    try:
        if held:
            with pytest.raises(LinkLost, match="is in use by another process"):
                await driver.start()
        else:
            assert (await driver.start()).model == "USB [31mScanner"
        assert kernel.asked[:2] == [evdev._VERSION, evdev._GRAB]
    finally:
        await driver.close()
        os.close(master)
        os.close(slave)


# --- a foreign judge ---

JUDGE = """
import os, sys
from evdev import InputDevice, ecodes
from evdev.events import KeyEvent
device = InputDevice.__new__(InputDevice)
device.fd, device.path = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK), sys.argv[1]
print("ready", flush=True)
import select
while select.select([device.fd], [], [], 20)[0]:
    for event in device.read():
        if event.type == ecodes.EV_KEY and event.value == KeyEvent.key_down:
            print(ecodes.KEY[event.code], flush=True)
            if event.code == ecodes.KEY_ENTER:
                sys.exit(0)
sys.exit(1)
"""


@pytest.mark.foreign
def test_the_library_evdev_reads_the_same_keys_from_the_twin(tmp_path: Path) -> None:
    of = settings(tmp_path / "keyboard")
    standing = TWIN.stand(of, Path(of.port))
    standing.wire.start()
    judge = subprocess.Popen(
        ["/usr/bin/python3", "-c", JUDGE, of.port], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert judge.stdout is not None
        assert judge.stdout.readline() == "ready\n", "install python3-evdev (make system)"
        cast("Glass", standing.hand).scan("a1-B")
        said, _ = judge.communicate(timeout=20)
    finally:
        judge.kill()
        judge.wait()
        standing.wire.close()
    assert said.split() == ["KEY_A", "KEY_1", "KEY_MINUS", "KEY_LEFTSHIFT", "KEY_B", "KEY_ENTER"]


NUMBERS = r"""
#include <linux/input.h>
#include <stdio.h>
int main(void) {
  printf("%lu %lu %lu %zu", (unsigned long)EVIOCGVERSION, (unsigned long)EVIOCGRAB, (unsigned long)EVIOCGNAME(256),
         sizeof(struct input_event));
}
"""


@pytest.mark.foreign
def test_the_kernels_header_has_the_same_requests_and_the_same_event(tmp_path: Path) -> None:
    program = tmp_path / "numbers"
    subprocess.run(["cc", "-x", "c", "-o", program, "-"], input=NUMBERS, text=True, check=True, timeout=60)
    told = subprocess.run([program], capture_output=True, text=True, check=True, timeout=10).stdout
    assert [int(number) for number in told.split()] == [evdev._VERSION, evdev._GRAB, evdev._NAME, EVENT.size]
