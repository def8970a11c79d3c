"""Drivers that are broken on purpose: the kit finds each, and no cell is red that has nothing to do with it.

Whole rows are tried, because a kit that is red everywhere says as little as one that is green everywhere.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.simulators.kit.rows import red, row

from custodyd_drivers.contract import FingerMatched, Report
from custodyd_drivers.errors import NoReply
from custodyd_drivers.gsm_modem.driver import Modem
from custodyd_drivers.kerong.driver import KerongBank
from custodyd_drivers.link.line import Line
from custodyd_drivers.link.serial import SerialLink
from custodyd_drivers.modbus_relay.driver import RelayBank
from custodyd_drivers.scanner.driver import Scanner
from custodyd_drivers.zfm.driver import Reader
from custodyd_drivers.zfm.touch import Sight, Touch

pytestmark = pytest.mark.timeout(180)

LOSES_ANSWERS = {"mute", "dead", "overdue", "garbage", "flipped"}
"""Wires on which the answer to an act does not come, or comes unsound."""
MAY_LOSE_ANSWERS = {"lossy", "cut"}
OLD_ANSWERS = {"stale"}
MAY_HAVE_OLD_ANSWERS = {"doubled", "cancel", "overdue", "closed"}
"""An old answer may lie there, or the burst that it comes in may be thrown away whole."""


async def test_a_driver_that_repeats_a_pulse_whose_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    once = RelayBank.pulse

    async def twice(self: RelayBank, door: int) -> None:
        try:
            await once(self, door)
        except NoReply:
            await once(self, door)

    monkeypatch.setattr(RelayBank, "pulse", twice)
    found = red(await row("locks-rtu"))
    assert {"mute", "dead", "overdue"} <= found.keys() <= LOSES_ANSWERS | MAY_LOSE_ANSWERS
    assert all(re.match(r"the coil of door 2 felt \d pulses, \d were sent", broken) for broken in found.values())


async def test_a_driver_that_sends_a_message_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = Modem._submit

    async def twice(self: Modem, *words: Any, **named: Any) -> Any:
        await once(self, *words, **named)
        return await once(self, *words, **named)

    monkeypatch.setattr(Modem, "_submit", twice)
    found = red(await row("modem", "whole", "settings", "closed"))
    assert found.keys() == {"whole"}
    assert "arrived twice" in found["whole"]


async def test_a_driver_that_believes_an_old_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Line, "_await_silence", lambda _: None)
    monkeypatch.setattr(Line, "distrust", lambda *_: None)
    for name in ("locks-rtu", "locks-cu48"):
        found = red(await row(name))
        assert OLD_ANSWERS <= found.keys() <= OLD_ANSWERS | MAY_HAVE_OLD_ANSWERS
        assert "door 4 was said to be as it had been before it moved" in found["stale"]


async def test_a_driver_that_names_the_finger_before(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Touch.take
    matches: list[FingerMatched] = []

    def late(self: Touch, sight: Sight) -> Iterator[Report]:
        for report in take(self, sight):
            if isinstance(report, FingerMatched):
                matches.append(report)
                yield matches[-2:][0]
            else:
                yield report

    monkeypatch.setattr(Touch, "take", late)
    found = red(await row("reader", "whole", "settings"))
    assert found.keys() == {"whole"}
    assert "was named while the finger of slot" in found["whole"]


async def test_a_driver_that_calls_an_unlock_accepted_whatever_came(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pulse(self: KerongBank, door: int) -> None:
        """Nothing leaves."""

    monkeypatch.setattr(KerongBank, "pulse", pulse)
    found = red(await row("locks-cu16", "whole", "settings"))
    assert found.keys() == {"whole"}
    assert "pulses were called accepted, the coil of door 2 felt 0" in found["whole"]


async def test_a_driver_that_does_not_let_itself_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stubborn(self: Scanner) -> None:
        until = asyncio.get_running_loop().time() + 3
        while (left := until - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue

    monkeypatch.setattr(Scanner, "trigger", stubborn)
    found = red(await row("scanner-gm65", "whole", "late", "deaf", "unplug", "cancel", "settings", "closed"))
    assert found.keys() == {"cancel", "closed"}
    assert "did not end" in found["cancel"]
    assert "what was under way did not end" in found["closed"]


async def test_a_driver_that_swallows_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    async def swallowing(self: Scanner) -> None:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            return

    monkeypatch.setattr(Scanner, "trigger", swallowing)
    found = red(await row("scanner-gm65"))
    assert found.keys() == {"cancel"}
    assert "went on as if it had not been" in found["cancel"]


async def test_a_driver_that_keeps_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    close = SerialLink.close

    async def leak(self: SerialLink) -> None:
        await close(self)
        kept.append(os.open("/dev/null", os.O_RDONLY))

    monkeypatch.setattr(SerialLink, "close", leak)
    found = red(await row("scanner-gm65"))
    for descriptor in kept:
        os.close(descriptor)
    assert found.keys() == {"closed", "left"}
    assert all("descriptors and 0 threads were left behind" in broken for broken in found.values())


async def test_a_driver_that_keeps_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    close = Reader.close

    async def leak(self: Reader) -> None:
        await close(self)
        threading.Thread(target=end.wait, daemon=True).start()

    monkeypatch.setattr(Reader, "close", leak)
    found = red(await row("reader", "whole", "unplug", "closed"))
    end.set()
    assert found.keys() == {"closed", "left"}
    assert all("0 descriptors and" in broken for broken in found.values())


async def test_a_driver_that_hangs_in_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(self: Scanner) -> Any:
        await asyncio.sleep(1000)

    monkeypatch.setattr(Scanner, "start", start)
    found = red(await row("scanner-plain", "whole", "unplug", "settings"))
    assert found.keys() == {"whole", "unplug"}
    assert all("no driver came up" in broken for broken in found.values())


async def test_a_driver_that_holds_up_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def trigger(self: Scanner) -> None:
        time.sleep(0.8)  # noqa: ASYNC251 - the very fault

    monkeypatch.setattr(Scanner, "trigger", trigger)
    found = red(await row("scanner-plain", "settings", "closed"))
    assert found.keys() == {"closed"}
    assert "the event loop was held up for 0.8 s" in found["closed"]


async def test_a_foreign_exception_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(self: Scanner) -> Any:
        raise OSError("not ours")

    monkeypatch.setattr(Scanner, "start", start)
    found = red(await row("scanner-plain", "whole"))
    assert found.keys() == {"whole"}
    assert "raised OSError, which is no DeviceError" in found["whole"]


async def test_a_close_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    close = SerialLink.close

    async def raising(self: SerialLink) -> None:
        await close(self)
        raise OSError("not ours")

    monkeypatch.setattr(SerialLink, "close", raising)
    found = red(await row("scanner-plain", "unplug"))
    assert found.keys() == {"unplug"}
    assert "close raised OSError" in found["unplug"]
