"""Judges that share no line with us: a foreign service centre takes what we send, a foreign client drives our twin."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
import smpplib.exceptions
import smpplib.gsm
from tests.drivers.gateways.rig import SECRET, Make
from tests.drivers.gateways.test_every_gateway import LONG, SMPP_3, TO

from custodyd_drivers.contract import MessageDelivered, MessageReceived
from custodyd_drivers.errors import Refused
from custodyd_drivers.smpp import FAMILY, Settings
from custodyd_drivers.sms.body import Alphabet, Body, join

pytestmark = pytest.mark.foreign


@pytest.fixture
def centre() -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(__file__).with_name("foreign_centre.py"))
    process = subprocess.Popen([sys.executable, program, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": port}
        yield port, process
    finally:
        process.kill()
        process.communicate(timeout=10)


async def test_a_foreign_service_centre_takes_our_messages_and_its_receipts_are_understood(
    centre: tuple[int, "subprocess.Popen[str]"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, process = centre
    (tmp_path / "sms").write_text(SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = Settings(host="127.0.0.1", tcp_port=port, system_id="custodyd", source="106900001", timeout_s=5.0)
    gateway: Any = FAMILY.open(settings)
    reports: list[Any] = []

    async def listen() -> None:
        async for report in gateway.reports():
            reports.append(report)  # noqa: PERF401 - looked at while it grows

    try:
        await gateway.start()
        listening = asyncio.create_task(listen())
        references = await gateway.send(TO, LONG)
        with pytest.raises(Refused) as caught:
            await gateway.send("+8613800000999", "一")
        assert (caught.value.code, caught.value.lasting) == (0x14, False)
        async with asyncio.timeout(10):
            while sum(isinstance(one, MessageReceived) for one in reports) < 2:  # noqa: ASYNC110 - two kinds of fact
                await asyncio.sleep(0.01)
        listening.cancel()
    finally:
        await gateway.close()
    delivered = {one.reference for one in reports if isinstance(one, MessageDelivered) and one.arrived}
    assert delivered == set(references)
    assert {one.text for one in reports if isinstance(one, MessageReceived)} == {"收到"}
    assert process.stdout is not None
    told = [json.loads(process.stdout.readline()) for _ in references]
    heads = {(one["to"], one["from"], one["esm"], one["coding"]) for one in told}
    assert heads == {("8613800138000", "106900001", 64, 8)}
    bodies = [Body.of_content(bytes.fromhex(one["content"]), Alphabet.UCS2, with_header=True) for one in told]
    assert [body.part.number for body in bodies if body.part] == [1, 2]
    assert join(bodies) == LONG


def client(port: int, password: str) -> Any:
    found = smpplib.client.Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
    found.connect()
    try:
        found.bind_transceiver(system_id="custodyd", password=password)
    except smpplib.exceptions.PDUError:
        found.disconnect()
        raise
    return found


async def test_a_foreign_client_is_served_by_our_twin(make: Make) -> None:
    stand = make(*SMPP_3)
    seen: dict[str, list[str]] = {"sent": [], "received": []}

    def drive() -> None:
        one = client(stand.wire.tcp_port, SECRET)
        one.set_message_sent_handler(lambda pdu: seen["sent"].append(pdu.message_id.decode()))
        one.set_message_received_handler(lambda pdu: seen["received"].append(pdu.short_message.decode("latin-1")))
        parts, coding, esm_class = smpplib.gsm.make_parts(LONG)
        for part in parts:
            one.send_message(
                source_addr="106900001", destination_addr="8613800138000", dest_addr_ton=1, dest_addr_npi=1,
                short_message=part, data_coding=coding, esm_class=esm_class, registered_delivery=True,
            )  # fmt: skip
        until = time.monotonic() + 10
        while len(seen["received"]) < len(parts) and time.monotonic() < until:
            one.read_once()
        one.unbind()
        one.disconnect()

    await asyncio.to_thread(drive)
    assert [(sms.text, sms.recipient, sms.parts) for sms in stand.hand.inbox] == [(LONG, TO, 2)]
    assert len(set(seen["sent"])) == 2
    assert all(f"id:{message_id} " in "".join(seen["received"]) for message_id in seen["sent"])
    assert all("stat:DELIVRD" in text for text in seen["received"])


async def test_a_foreign_client_with_a_wrong_password_is_refused_by_our_twin(make: Make) -> None:
    stand = make(*SMPP_3)
    with pytest.raises(smpplib.exceptions.PDUError, match="14"):
        await asyncio.to_thread(client, stand.wire.tcp_port, "wrong")
