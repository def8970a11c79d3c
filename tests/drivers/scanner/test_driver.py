"""The driver over a real pty: codes, bursts, halves, bad wires, triggers, proof of life, unplugging."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from custodyd_drivers.contract import Answered, CodeScanned, CodeUnreadable, Identity, Proof, Report
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.scanner import FAMILY, Settings
from custodyd_drivers.scanner.driver import Scanner
from custodyd_simulators.faults import Faults
from custodyd_simulators.scanner import TWIN, Glass
from custodyd_simulators.wires import PtyWire

LABEL = "C1-D-7K2M9QXA-1-O56ERF6IJQBBC57Z"
ACK = bytes.fromhex("02000001003331")
TRIGGER = bytes.fromhex("7e00080100020102da")
READ_BAUD = bytes.fromhex("7e000701002a02d80f")


@dataclass
class Bench:
    """A twin on a pty and the driver at its other end."""

    driver: Scanner
    wire: PtyWire
    hand: Glass
    identity: Identity
    _reports: AsyncIterator[Report]

    async def next(self, within: float = 5.0) -> Report:
        """The next report but for proofs of life."""
        async with asyncio.timeout(within):
            while isinstance(report := await anext(self._reports), Answered):
                pass
        return report

    async def alive(self, within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            assert await anext(self._reports) == Answered()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - the fact becomes true on the twin's thread, which knows no event
            await asyncio.sleep(0.005)


@pytest.fixture
def bench(tmp_path: Path):
    @asynccontextmanager
    async def opened(faults: Faults | None = None, deaf: bool = False, **keys: object) -> AsyncGenerator[Bench]:
        settings = Settings(port=str(tmp_path / "scanner"), **keys)  # type: ignore[arg-type] # keys vary by test
        standing = TWIN.stand(settings, Path(settings.port))
        wire = cast("PtyWire", standing.wire)
        wire.faults = faults or wire.faults
        wire.hearing.mute = deaf
        wire.start()
        driver = cast("Scanner", FAMILY.open(settings))
        try:
            identity = await driver.start()
            yield Bench(driver, wire, cast("Glass", standing.hand), identity, driver.reports())
        finally:
            await driver.close()
            wire.close()

    return opened


# --- codes ---


@pytest.mark.parametrize("model", ["plain", "gm65"])
@pytest.mark.parametrize("suffix", ["cr", "lf", "crlf", "tab", "none", "\x03"])
async def test_a_scanned_code_is_told(bench, model: str, suffix: str) -> None:
    async with bench(model=model, suffix=suffix, prefix="]Q1", gap_s=0.1) as at:
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
async def test_chinese_is_read_in_either_encoding(bench, encoding: str) -> None:
    async with bench() as at:
        at.hand.scan("卷宗二〇二六", encoding)
        assert await at.next() == CodeScanned("卷宗二〇二六")


async def test_a_burst_in_one_read_is_several_codes(bench) -> None:
    async with bench() as at:
        at.hand.burst("A1", "B2", "C3")
        assert [await at.next() for _ in range(3)] == [CodeScanned("A1"), CodeScanned("B2"), CodeScanned("C3")]


async def test_a_half_and_a_new_code_are_never_glued(bench) -> None:
    async with bench() as at:
        at.hand.half("C1-D-7K2M")
        assert await at.next() == CodeUnreadable("halting", 9)
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


async def test_the_same_code_again_is_one_scan(bench) -> None:
    async with bench(duplicate_s=30.0) as at:
        at.hand.burst("A", "A", "B", "A", "C")
        assert [await at.next() for _ in range(3)] == [CodeScanned("A"), CodeScanned("B"), CodeScanned("C")]


async def test_after_the_window_the_same_code_is_a_new_scan(bench) -> None:
    async with bench(duplicate_s=0.05) as at:
        at.hand.scan("A")
        assert await at.next() == CodeScanned("A")
        told = asyncio.create_task(at.next())
        while not told.done():  # held again and again, until it is long enough since it was last seen
            await asyncio.wait([told], timeout=0.1)
            at.hand.scan("A")
        assert await told == CodeScanned("A")


@pytest.mark.parametrize(
    ("typed", "report"),
    [
        (b"A\x1b[2J\r", CodeUnreadable("undecodable", 5)),
        (b"\xff\xfe\r", CodeUnreadable("undecodable", 2)),
        (b"A" * 600 + b"\r", CodeUnreadable("overlong", 600)),
        (b"A" * 4000 + b"\r", CodeUnreadable("overlong", 4000)),
    ],
)
async def test_hostile_lines_are_told_by_length_alone(bench, typed: bytes, report: CodeUnreadable) -> None:
    async with bench() as at:
        at.wire.inject(typed)
        assert await at.next() == report
        at.hand.scan("OK")
        assert await at.next() == CodeScanned("OK")


async def test_codes_wait_for_a_reader_who_comes_late(bench) -> None:
    async with bench() as at:
        at.hand.burst(*(f"N{number}" for number in range(20)))
        await until(lambda: len(at.driver._reports) == 20)
        assert [await at.next() for _ in range(20)] == [CodeScanned(f"N{number}") for number in range(20)]


# --- bad wires ---


@pytest.mark.parametrize("pause_s", [0.001, 0.01])
@pytest.mark.parametrize("model", ["plain", "gm65"])
async def test_a_slow_line_changes_nothing(bench, pause_s: float, model: str) -> None:
    async with bench(Faults(pause_s=pause_s), model=model) as at:
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


async def test_a_late_line_changes_nothing(bench) -> None:
    async with bench(Faults(delay_s=0.4), model="gm65") as at:
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


async def test_a_line_slower_than_the_gap_gives_no_code(bench) -> None:
    async with bench(Faults(pause_s=0.2), gap_s=0.05, duplicate_s=0.0) as at:
        at.hand.scan("ABC")
        assert [await at.next() for _ in range(3)] == [CodeUnreadable("halting", 1)] * 3


async def test_a_doubled_code_is_one_scan(bench) -> None:
    async with bench(Faults(double=1)) as at:
        at.hand.scan("A")
        at.hand.scan("B")
        assert [await at.next(), await at.next()] == [CodeScanned("A"), CodeScanned("B")]


async def test_a_swallowed_code_is_missing_and_the_next_is_whole(bench) -> None:
    async with bench(Faults(swallow=1)) as at:
        at.hand.scan("A")
        at.hand.scan("B")
        assert await at.next() == CodeScanned("B")


async def test_a_cut_code_is_halting_and_the_next_is_whole(bench) -> None:
    async with bench(Faults(cut_after=5)) as at:
        at.hand.scan(LABEL)
        assert await at.next() == CodeUnreadable("halting", 5)
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


@pytest.mark.parametrize("seed", range(8))
async def test_a_flipped_bit_spoils_one_code_at_most(bench, seed: int) -> None:
    async with bench(Faults(corrupt=1, seed=seed), gap_s=0.1) as at:
        at.hand.scan(LABEL)
        spoilt = await at.next()
        assert spoilt != CodeScanned(LABEL)
        at.hand.scan("NEXT")
        assert await at.next() == CodeScanned("NEXT")


async def test_noise_before_a_code_spoils_that_code(bench) -> None:
    async with bench(Faults(junk=b"\x00\xfe")) as at:
        at.hand.scan("A")
        assert await at.next() == CodeUnreadable("undecodable", 3)
        at.wire.faults.clear()
        at.hand.scan("A")
        assert await at.next() == CodeScanned("A")


async def test_a_flood_of_garbage_leaves_the_driver_small_and_whole(bench) -> None:
    async with bench(gap_s=0.1) as at:
        noise = bytes(byte for byte in range(256) if byte != 0x0D) * 4
        for _ in range(10):  # 10,000 bytes a second
            at.wire.inject(noise)
            await asyncio.sleep(0.1)
            assert len(at.driver._splitter._line) < 4 * 512 + 2
        assert isinstance(await at.next(), CodeUnreadable)
        at.hand.scan(LABEL)
        while isinstance(report := await at.next(), CodeUnreadable):
            pass
        assert report == CodeScanned(LABEL)
        assert len(at.driver._reports) <= 256


# --- the GM65 on the same line ---


async def test_a_gm65_is_asked_before_it_is_believed(bench) -> None:
    async with bench(model="gm65", trigger="presentation") as at:
        assert at.identity == Identity(Proof.PATH, at.wire.path, "GM65")
        mode = bytes.fromhex("7e00080100007f")
        assert at.hand.orders[0] == READ_BAUD
        assert at.hand.orders[1][:7] == mode


async def test_a_plain_scanner_is_known_by_its_path_alone(bench) -> None:
    async with bench() as at:
        assert at.identity == Identity(Proof.PATH, at.wire.path)
        await at.driver.trigger()
        assert at.wire.heard == 0, "its own trigger starts a scan"


async def test_a_trigger_is_acknowledged_and_then_the_code_comes(bench) -> None:
    async with bench(model="gm65", trigger="host") as at:
        at.hand.scan(LABEL)
        await at.driver.trigger()
        assert await at.next() == CodeScanned(LABEL)
        assert at.hand.orders[-1] == TRIGGER
        assert at.hand.triggers == 1


async def test_a_code_before_an_untriggered_gm65_is_not_read(bench) -> None:
    async with bench(model="gm65", trigger="host", probe_s=0.2) as at:
        at.hand.scan(LABEL)
        await at.alive()
        await at.alive()
        assert at.hand.triggers == 0


@pytest.mark.parametrize("place", range(len(LABEL) + 1))
async def test_an_acknowledgement_anywhere_in_a_code_is_taken_out(bench, place: int) -> None:
    async with bench(model="gm65") as at:
        typed = LABEL.encode() + b"\r"
        at.wire.inject(typed[:place] + ACK + typed[place:])
        assert await at.next() == CodeScanned(LABEL)


async def test_a_split_acknowledgement_in_a_code_is_taken_out(bench) -> None:
    async with bench(model="gm65") as at:
        for byte in LABEL[:5].encode() + ACK + LABEL[5:].encode() + b"\r":
            at.wire.inject(bytes([byte]))
        assert await at.next() == CodeScanned(LABEL)


@pytest.mark.parametrize("length", range(1, len(ACK)))
async def test_half_an_acknowledgement_gives_no_wrong_code(bench, length: int) -> None:
    async with bench(model="gm65", gap_s=0.05) as at:
        at.wire.inject(ACK[:length] + b"AB\r")
        assert isinstance(await at.next(), CodeUnreadable)
        at.hand.scan("OK")
        assert await at.next() == CodeScanned("OK")


async def test_a_living_gm65_says_so_again_and_again(bench) -> None:
    async with bench(model="gm65", probe_s=0.2) as at:
        await at.alive(within=2)
        await at.alive(within=2)


async def test_one_lost_answer_is_no_death(bench) -> None:
    async with bench(model="gm65", probe_s=0.2, timeout_s=0.2) as at:
        at.wire.faults.swallow = 1
        await at.alive()


@pytest.mark.parametrize("way", ["faults", "hearing"])
async def test_a_gm65_that_falls_silent_is_told(bench, way: str) -> None:
    async with bench(model="gm65", probe_s=0.2, timeout_s=0.2) as at:
        getattr(at.wire, way).mute = True
        with pytest.raises(NoReply):
            await at.next(within=5)


@pytest.mark.parametrize(
    ("faults", "deaf"),
    [(Faults(mute=True), False), (Faults(), True), (Faults(swallow=1), False), (Faults(cut_after=3), False)],
)
async def test_a_gm65_that_does_not_answer_is_not_started(bench, faults: Faults, deaf: bool) -> None:
    begun = time.monotonic()
    with pytest.raises(NoReply):
        async with bench(faults, deaf, model="gm65", timeout_s=0.3):
            pass
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(("answer", "error"), [("02000101000401", Garbled), ("02000301006a61", Refused)])
async def test_a_module_that_says_no_is_quoted(bench, answer: str, error: type[DeviceError]) -> None:
    async with bench(model="gm65", trigger="host") as at:
        at.wire.faults.mute = True
        asked = asyncio.create_task(at.driver.trigger())
        await until(lambda: at.hand.triggers > 0)
        at.wire.inject(bytes.fromhex(answer))
        with pytest.raises(error):
            await asked


async def test_an_abandoned_trigger_leaves_the_next_one_whole(bench) -> None:
    async with bench(model="gm65", trigger="host") as at:
        at.wire.faults.delay_s = 0.3
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await at.driver.trigger()
        at.wire.faults.clear()
        await at.driver.trigger()
        at.hand.scan(LABEL)
        assert await at.next() == CodeScanned(LABEL)


# --- the end of a connection ---


@pytest.mark.parametrize("model", ["plain", "gm65"])
async def test_unplugging_is_noticed_within_a_second(bench, model: str) -> None:
    async with bench(model=model) as at:
        waiting = asyncio.create_task(at.next(within=10))
        await asyncio.sleep(0)
        begun = time.monotonic()
        at.wire.unplug()
        with pytest.raises(LinkLost) as told:
            await waiting
        assert time.monotonic() - begun <= 1
        assert not isinstance(told.value, NoReply)


async def test_codes_read_before_the_unplugging_are_not_lost(bench) -> None:
    async with bench() as at:
        at.hand.scan("LAST")
        await until(lambda: len(at.driver._reports) > 0)
        at.wire.unplug()
        assert await at.next() == CodeScanned("LAST")
        with pytest.raises(LinkLost):
            await at.next()


async def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    driver = FAMILY.open(Settings(port=str(tmp_path / "none")))
    with pytest.raises(LinkLost, match="not there"):
        await driver.start()
    await driver.close()


async def test_closing_ends_the_reports_and_every_question(bench) -> None:
    async with bench(model="gm65", trigger="host") as at:
        at.wire.faults.mute = True
        asked = asyncio.create_task(at.driver.trigger())
        waiting = asyncio.create_task(at.next())
        await until(lambda: at.hand.triggers > 0)
        begun = time.monotonic()
        await at.driver.close()
        for task in (asked, waiting):
            with pytest.raises(LinkLost):
                await task
        assert time.monotonic() - begun <= 1
        await at.driver.close()
        with pytest.raises(LinkLost):
            await at.driver.trigger()


async def test_closing_before_the_start_is_harmless(tmp_path: Path) -> None:
    driver = FAMILY.open(Settings(port=str(tmp_path / "none")))
    await driver.close()


async def test_a_returning_scanner_takes_a_new_driver(bench) -> None:
    async with bench() as at:
        at.wire.unplug()
        with pytest.raises(LinkLost):
            await at.next()
        await at.driver.close()
        at.wire.plug()
        again = FAMILY.open(Settings(port=at.wire.path))
        try:
            await again.start()
            at.hand.scan(LABEL)
            async with asyncio.timeout(5):
                assert await anext(again.reports()) == CodeScanned(LABEL)
        finally:
            await again.close()
