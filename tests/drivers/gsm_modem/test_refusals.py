"""What a modem refuses: error numbers, PIN and PUK, another modem, a number that is none."""

import pytest

from custodyd_drivers.contract import Proof, SignalChanged
from custodyd_drivers.errors import NoReply, Refused
from custodyd_drivers.gsm_modem import FAMILY, Settings, refusals, unlocking
from custodyd_drivers.gsm_modem.frames import Final

TO = "+8613800138000"
TEMPORARY = (38, 41, 42, 47, 192, 194, 301, 314, 320, 331, 332, 500, 532)
PERMANENT = (1, 8, 10, 21, 28, 30, 50, 69, 195, 196, 304, 305, 310, 311, 316, 330)


@pytest.fixture(autouse=True)
def _no_remembered_pins() -> None:
    unlocking._doubtful.clear()


@pytest.mark.parametrize(("codes", "lasting"), [(TEMPORARY, False), (PERMANENT, True)])
async def test_every_refusal_of_the_network_says_whether_to_try_again(bench, codes, lasting) -> None:
    modem = await bench.started()
    bench.hand.knobs.errors.extend(codes)
    for code in codes:
        with pytest.raises(Refused) as caught:
            await modem.send(TO, "到期")
        assert (caught.value.code, caught.value.lasting) == (code, lasting)
    assert len(await modem.send(TO, "到期")) == 1


def test_an_error_without_a_number_may_be_tried_again() -> None:
    refused = refusals.refused("submission", Final("?"))
    assert (refused.code, refused.lasting) == (None, False)


async def test_without_a_network_nothing_leaves(bench) -> None:
    modem = await bench.started()
    bench.hand.knobs.registered = False
    with pytest.raises(Refused) as caught:
        await modem.send(TO, "到期")
    assert caught.value.code == 331


@pytest.mark.parametrize(
    "recipient", ["", "+", "12", "13800138000;AT+CFUN=0", "１３８００１３８０００", "1" * 21, "138 0013"]
)
async def test_a_recipient_that_is_no_number_never_reaches_the_modem(bench, recipient: str) -> None:
    modem = await bench.started()
    with pytest.raises(Refused) as caught:
        await modem.send(recipient, "到期")
    assert caught.value.lasting
    assert recipient not in str(caught.value) or not recipient
    assert bench.hand.voice.prompts == 0


async def test_a_text_of_too_many_parts_is_refused_whole(bench) -> None:
    modem = await bench.started()
    for text in ("案" * (8 * 67 + 1), "案" * 100_000):
        with pytest.raises(Refused) as caught:
            await modem.send(TO, text)
        assert caught.value.lasting
    assert bench.hand.voice.prompts == 0


async def test_the_configured_pin_is_entered_once(stand) -> None:
    bench = stand(pin="1234")
    await bench.started()
    assert (bench.hand.sim.entered, bench.hand.sim.state) == (1, "READY")
    await bench.close()


@pytest.mark.parametrize("tells_tries", [True, False])
async def test_a_wrong_pin_is_entered_once_whatever_new_driver_objects_come(stand, tells_tries) -> None:
    bench = stand(pin="1234")
    if not tells_tries:
        bench.hand.quirks.unsupported = ("CPINR",)
    for _ in range(4):
        modem = bench.modem(pin="9999")
        with pytest.raises(Refused) as caught:
            await modem.start()
        assert caught.value.lasting
        assert "9999" not in str(caught.value)
        await modem.close()
    assert (bench.hand.sim.entered, bench.hand.sim.tries) == (1, 2)
    await bench.close()


async def test_a_card_with_a_missed_try_is_left_to_a_person_even_after_a_restart(stand) -> None:
    bench = stand(pin="1234")
    bench.hand.sim.enter("0000")
    with pytest.raises(Refused):
        await bench.started()
    assert bench.hand.sim.entered == 1
    await bench.close()


async def test_a_card_that_wants_a_pin_nobody_configured_is_a_lasting_refusal(stand) -> None:
    bench = stand(pin="1234")
    with pytest.raises(Refused) as caught:
        await bench.started(pin=None)
    assert (caught.value.code, caught.value.lasting) == (11, True)
    await bench.close()


async def test_a_card_that_wants_its_puk_is_a_lasting_refusal_without_another_try(stand) -> None:
    bench = stand(pin="1234")
    bench.hand.sim.tries = 0
    with pytest.raises(Refused) as caught:
        await bench.started()
    assert (caught.value.code, caught.value.lasting) == (12, True)
    assert bench.hand.sim.entered == 0
    await bench.close()


async def test_a_busy_card_is_waited_for_but_not_for_ever(bench) -> None:
    bench.hand.sim.busy = 1
    await bench.started()
    bench.hand.sim.busy = 1000
    await bench.modems[0].close()
    with pytest.raises(Refused) as caught:
        await bench.started()
    assert (caught.value.code, caught.value.lasting) == (14, False)


async def test_a_missing_card_is_a_lasting_refusal(bench) -> None:
    bench.hand.sim.present = False
    with pytest.raises(Refused) as caught:
        await bench.started()
    assert (caught.value.code, caught.value.lasting) == (10, True)


async def test_another_modem_in_the_port_is_refused(bench) -> None:
    with pytest.raises(Refused) as caught:
        await bench.started(imei="359000000000001")
    assert caught.value.lasting


async def test_a_modem_without_a_serial_number_is_known_by_its_port_alone(bench) -> None:
    bench.hand.quirks.imei = None
    identity = await bench.modem().start()
    assert (identity.proof, identity.value) == (Proof.PATH, bench.settings.port)


async def test_a_modem_that_says_nothing_is_no_reply(bench) -> None:
    bench.wire.faults.mute = True
    with pytest.raises(NoReply):
        await bench.started(timeout_s=0.4)


async def test_a_wavecom_that_leaves_out_the_ok_is_understood(bench) -> None:
    bench.hand.quirks.cpin_without_ok = True
    modem = await bench.started()
    assert len(await modem.send(TO, "到期")) == 1


async def test_roaming_counts_as_registered(bench) -> None:
    bench.hand.knobs.roaming = True
    bench.listen(await bench.started())
    await bench.until(lambda: SignalChanged(registered=True, quality=21) in bench.reports)


def test_the_family_takes_its_own_settings_only() -> None:
    with pytest.raises(TypeError):
        FAMILY.open(object())
    with pytest.raises(TypeError):
        FAMILY.open(Settings(port="x"), bus=object())  # type: ignore[arg-type]  # that is what is refused


async def test_a_card_busy_while_the_pin_is_entered_may_be_asked_again_later(stand) -> None:
    bench = stand(pin="1234")
    bench.hand.sim.busy_on_entry = 1
    with pytest.raises(Refused) as caught:
        await bench.started()
    assert (caught.value.code, caught.value.lasting) == (14, False)
    await bench.modems[0].close()
    await bench.started()
    assert (bench.hand.sim.entered, bench.hand.sim.state) == (1, "READY")
    await bench.close()
