"""What is CMPP's own: who the gateway is, active tests, ends of connections, answers that fit no question."""

import asyncio
import time

import pytest
from tests.drivers.gateways.rig import Make, Stand
from tests.drivers.gateways.test_every_gateway import CMPP_2, CMPP_3, TO

from custodyd_drivers.cmpp.frames import Command, Packet, Taken, Version
from custodyd_drivers.cmpp.messages import Deliver
from custodyd_drivers.contract import Answered, MessageAcceptedLate, MessageDelivered, MessageReceived, Proof
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused


@pytest.fixture(params=[CMPP_2, CMPP_3], ids=["2.0", "3.0"])
def stand(request: pytest.FixtureRequest, make: Make) -> Stand:
    return make(*request.param)


def version(stand: Stand) -> Version:
    return Version.V3 if stand.settings.version == "3.0" else Version.V2


async def test_the_gateway_proves_that_it_knows_the_secret(stand: Stand) -> None:
    identity = await stand.driver().start()
    assert identity.proof is Proof.TOKEN
    assert identity.value == f"900001@127.0.0.1:{stand.wire.tcp_port}"
    assert identity.model == f"CMPP {stand.settings.version}"


async def test_an_impostor_is_refused_unless_its_address_is_trusted(stand: Stand) -> None:
    stand.hand.voice.impostor = True
    with pytest.raises(Refused, match="secret"):
        await stand.started()
    assert (await stand.driver(trust="address").start()).proof is Proof.ADDRESS


@pytest.mark.parametrize(
    ("changes", "code"), [({"sp_id": "900002"}, 2), ({"version": None}, 4)], ids=["another account", "other version"]
)
async def test_what_the_gateway_does_not_let_in_is_told(stand: Stand, changes: dict[str, str], code: int) -> None:
    other = "2.0" if stand.settings.version == "3.0" else "3.0"
    with pytest.raises(Refused) as caught:
        await stand.started(**{key: value or other for key, value in changes.items()})
    assert (caught.value.code, caught.value.lasting) == (code, True)


async def test_the_gateways_own_active_test_is_answered(stand: Stand) -> None:
    await stand.started()
    await stand.until(lambda: stand.of(Answered))
    heard = stand.wire.heard
    with stand.wire.lock:
        stand.hand.voice.test()
    await stand.until(lambda: stand.wire.heard == heard + 13)


async def test_an_active_test_without_an_answer_ends_the_connection(stand: Stand) -> None:
    gateway = await stand.started(listening=False, poll_s=0.1, timeout_s=0.3)
    listening = stand.listen(gateway)
    await stand.until(lambda: stand.of(Answered))
    stand.hand.voice.silent_tests = 1
    with pytest.raises(NoReply):
        await listening


async def test_a_gateway_that_takes_its_leave_ends_the_connection(stand: Stand) -> None:
    gateway = await stand.started(listening=False)
    listening = stand.listen(gateway)
    with stand.wire.lock:
        stand.hand.voice.terminate()
    with pytest.raises(LinkLost):
        await listening


async def test_half_a_packet_and_then_silence_ends_the_connection(stand: Stand) -> None:
    gateway = await stand.started(listening=False, timeout_s=0.3)
    listening = stand.listen(gateway)
    began = time.monotonic()
    stand.wire.inject(b"\x00\x00\x00\x20\x00\x00\x00\x05\x00")
    with pytest.raises(DeviceError):
        await listening
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("result", [0x0100_0000, 300, 0x7F00_0000])
async def test_a_result_that_no_gateway_gives_is_unknown(make: Make, result: int) -> None:
    stand = make(*CMPP_3)
    gateway = await stand.started(submit_timeout_s=5.0)
    stand.hand.knobs.accept_s = 60.0
    sending = asyncio.create_task(gateway.send(TO, "一"))
    heard = stand.wire.heard
    await stand.until(lambda: stand.wire.heard > heard)
    stand.wire.inject(Packet(Command.SUBMIT | 0x8000_0000, 3, Taken(0, result).encode(Version.V3)).encode())
    stand.wire.inject(Packet(Command.SUBMIT | 0x8000_0000, 2, Taken(0, result).encode(Version.V3)).encode())
    with pytest.raises(NoReply):
        await sending


async def test_a_doubled_answer_is_nobodys(stand: Stand) -> None:
    gateway = await stand.started()
    stand.wire.faults.double = 3
    await gateway.send(TO, "一")
    await stand.until(lambda: stand.of(MessageDelivered))
    await gateway.send(TO, "二")
    await stand.until(lambda: len(stand.of(MessageDelivered)) == 2)
    assert not stand.of(MessageAcceptedLate)


async def test_what_the_gateway_delivers_again_is_answered_and_told_once(stand: Stand) -> None:
    await stand.started()
    deliver = Deliver(77, "13900139000", "收到".encode("utf-16-be")).encode(version(stand))
    heard = stand.wire.heard
    for sequence in (1001, 1002):
        stand.wire.inject(Packet(Command.DELIVER, sequence, deliver).encode())
    answer = 12 + (12 if version(stand) is Version.V3 else 9)
    await stand.until(lambda: stand.wire.heard >= heard + 2 * answer)
    assert stand.of(MessageReceived) == [MessageReceived("13900139000", "收到")]


async def test_a_delivery_that_cannot_be_read_is_answered_and_counted(stand: Stand) -> None:
    gateway = await stand.started()
    heard = stand.wire.heard
    stand.wire.inject(Packet(Command.DELIVER, 1001, b"short").encode())
    torn = Deliver(78, "139", b"\xff\x00", with_header=True).encode(version(stand))
    stand.wire.inject(Packet(Command.DELIVER, 1002, torn).encode())
    await stand.until(lambda: gateway.garbled == 2)
    await stand.until(lambda: stand.wire.heard > heard)
    assert not stand.of(MessageReceived)


async def test_a_report_before_its_acceptance_is_still_told(stand: Stand) -> None:
    gateway = await stand.started()
    stand.hand.knobs.deliver_s = 0.0
    (reference,) = await gateway.send(TO, "一")
    await stand.until(lambda: stand.of(MessageDelivered))
    assert stand.of(MessageDelivered)[0].reference == reference
