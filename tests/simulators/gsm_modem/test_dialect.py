"""The twin's voice alone: what a host may type and what it hears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.gsm_modem import pdu
from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_drivers.sms.body import split
from custodyd_simulators.gsm_modem import TWIN, Handsets, Voice, voice
from custodyd_simulators.gsm_modem.card import PUK
from custodyd_simulators.gsm_modem.network import Silence
from custodyd_simulators.hands import Phone, Sms

TO = "+8613800138000"


class Host:
    """A host that types and listens without a wire."""

    def __init__(self, **keys: object) -> None:
        self.voice: Voice = voice(Settings(port="none", **keys))  # type: ignore[arg-type]  # any key of the family
        self.hand = Handsets(self.voice)
        self._heard = bytearray()
        self.voice.attach(self._heard.extend)
        self.ask("ATE0;+CMEE=1")

    def hear(self) -> str:
        text = self._heard.decode()
        self._heard.clear()
        return text

    def ask(self, command: str) -> str:
        self.voice.hear(command.encode() + b"\r")
        return self.hear()

    def submit(self, text: str = "到期", *, wrong_length: int = 0) -> str:
        (message,) = pdu.submits(TO, text)
        assert self.ask(f"AT+CMGS={len(message.tpdu()) + wrong_length}") == "\r\n> "
        self.voice.hear(pdu.with_smsc(message.tpdu()).encode() + b"\x1a")
        return self.hear()


def test_the_twin_fulfils_the_hand_of_a_phone(tmp_path) -> None:
    standing = TWIN.stand(Settings(port="none"), tmp_path / "modem")
    assert isinstance(standing.hand, Phone)
    assert standing.transport == {"port": str(tmp_path / "modem")}


def test_concatenated_commands_have_one_final_result() -> None:
    assert Host().ask("AT+CMEE=1;+CREG=2;+CREG?") == '\r\n+CREG: 2,1,"1A2B","0C3D"\r\n\r\nOK\r\n'


def test_unknown_commands_are_numbered_errors_only_when_asked() -> None:
    host = Host()
    assert host.ask("AT+NOSUCH") == "\r\n+CME ERROR: 4\r\n"
    host.ask("AT+CMEE=0")
    assert host.ask("AT+NOSUCH") == "\r\nERROR\r\n"


def test_the_echo_can_be_switched_off_and_on() -> None:
    host = Host()
    assert host.ask("ATE1") == "\r\nOK\r\n"
    assert host.ask("AT") == "AT\r\r\nOK\r\n"


def test_a_submission_is_numbered_from_1_to_255() -> None:
    host = Host()
    answers = [host.submit() for _ in range(256)]
    assert answers[0] == "\r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert answers[254] == "\r\n+CMGS: 255\r\n\r\nOK\r\n"
    assert answers[255] == answers[0]


def test_a_wrong_length_is_error_304_and_nothing_leaves() -> None:
    host = Host()
    assert host.submit(wrong_length=1) == "\r\n+CMS ERROR: 304\r\n"
    assert not host.hand.taken


def test_escape_leaves_the_prompt_and_nothing_leaves() -> None:
    host = Host()
    host.ask("AT+CMGS=20")
    host.voice.hear(b"0011\x1b")
    assert host.hear() == "\r\nOK\r\n"
    assert host.ask("AT") == "\r\nOK\r\n"
    assert not host.hand.taken


def test_unsolicited_lines_wait_while_the_prompt_is_open() -> None:
    host = Host()
    host.ask("AT+CMGS=20")
    host.hand.say("^RSSI: 12")
    assert host.hear() == ""
    host.voice.hear(b"\x1b")
    assert host.hear() == "\r\nOK\r\n\r\n^RSSI: 12\r\n"


def test_a_locked_card_gives_no_prompt_and_three_wrong_pins_want_the_puk() -> None:
    host = Host(pin="1234")
    assert host.ask("AT+CMGS=20") == "\r\n+CMS ERROR: 311\r\n"
    assert host.ask("AT+CPMS?") == "\r\n+CME ERROR: 11\r\n"
    assert host.ask('AT+CPIN="1111"') == "\r\n+CME ERROR: 16\r\n"
    assert "SIM PIN,2,3" in host.ask('AT+CPINR="SIM PIN"')
    host.ask('AT+CPIN="1111"')
    assert host.ask('AT+CPIN="1111"') == "\r\n+CME ERROR: 12\r\n"
    assert host.ask(f'AT+CPIN="{PUK}","1234"') == "\r\nOK\r\n"
    assert "READY" in host.ask("AT+CPIN?")


def test_reports_come_directly_or_stored_as_the_host_asked() -> None:
    host = Host()
    host.ask("AT+CNMI=2,1,0,1,0")
    host.submit()
    host.hear()
    host.voice.tick(1.0)
    assert host.hear().startswith("\r\n+CDS: 26\r\n")
    host.ask("AT+CNMI=2,1,0,2,0")
    host.submit()
    host.voice.tick(1.0)
    assert host.hear() == '\r\n+CDSI: "SM",1\r\n'
    assert host.ask("AT+CMGR=1").startswith("\r\n+CMGR: 0,,26\r\n")
    assert host.ask("AT+CMGD=1") == "\r\nOK\r\n"
    assert host.ask("AT+CMGR=1") == "\r\n+CMS ERROR: 321\r\n"


def test_a_full_storage_makes_the_network_wait() -> None:
    host = Host()
    host.hand.shrink(1)
    host.ask("AT+CNMI=2,1,0,2,0")
    host.hand.text(TO, "一")
    host.hand.text(TO, "二")
    host.voice.tick(1.0)
    assert host.hear() == '\r\n+CMTI: "SM",1\r\n\r\n^SMMEMFULL: "SM"\r\n'
    host.ask("AT+CMGD=1")
    host.voice.tick(1.0)
    assert host.hear() == '\r\n+CMTI: "SM",1\r\n'


def test_a_silent_submission_may_have_been_taken_or_lost() -> None:
    host = Host()
    host.hand.knobs.silences.extend([Silence.TAKEN, Silence.LOST])
    assert host.submit("一") == ""
    assert host.submit("二") == ""
    host.voice.tick(1.0)
    assert list(host.hand.inbox) == [Sms(TO, "一", 1)]


def test_commands_wait_while_the_network_decides() -> None:
    host = Host()
    host.hand.knobs.accept_s = 3.0
    assert host.submit() == ""
    assert host.ask("AT+CSQ") == ""
    host.voice.tick(3.0)
    assert host.hear() == "\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CSQ: 21,99\r\n\r\nOK\r\n"


def test_a_direct_message_is_acknowledged_once() -> None:
    host = Host()
    host.ask("AT+CSMS=1;+CNMI=2,2,0,1,0")
    host.hand.text(TO, "收到")
    host.voice.tick(1.0)
    head, text = host.hear().split()[1:], pdu.Deliver
    assert isinstance(pdu.received(head[-1]), text)
    assert host.ask("AT+CNMA") == "\r\nOK\r\n"
    assert host.ask("AT+CNMA") == "\r\n+CMS ERROR: 340\r\n"


def test_parts_that_arrive_crosswise_are_joined_in_order() -> None:
    host = Host()
    text = "案" * 150
    for part in reversed(split(text, 5)):
        message = pdu.Submit(TO, part)
        host.ask(f"AT+CMGS={len(message.tpdu())}")
        host.voice.hear(pdu.with_smsc(message.tpdu()).encode() + b"\x1a")
    host.voice.tick(1.0)
    assert list(host.hand.inbox) == [Sms(TO, text, 3)]


@pytest.mark.parametrize(
    "name",
    [
        "CMEE",
        "CREG",
        "CEREG",
        "CMGF",
        "CSCS",
        "CNMI",
        "CPMS",
        "CMGL",
        "CMGD",
        "CNMA",
        "CSMS",
        "CGMI",
        "CGMM",
        "CGMR",
        "CIMI",
    ],
)
def test_every_command_tells_its_values(name: str) -> None:
    assert Host().ask(f"AT+{name}=?").endswith("\r\nOK\r\n")


@pytest.mark.parametrize(
    "command",
    ["AT+CMEE?", "AT+CMGF?", "AT+CSCS?", "AT+CNMI?", "AT+CPMS?", "AT+CSMS?", "AT+CSCA?", "AT+CFUN?", "ATI", "ATZ"],
)
def test_settings_can_be_asked(command: str) -> None:
    assert Host().ask(command).endswith("\r\nOK\r\n")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CMEE=3", "+CME ERROR: 4"),
        ("AT+CMGF=1", "+CMS ERROR: 303"),
        ("AT+CNMI=9", "+CMS ERROR: 302"),
        ('AT+CPMS="XX"', "+CMS ERROR: 302"),
        ('AT+CSCS="UTF-8"', "+CME ERROR: 4"),
        ("AT+CMGD=7", "+CMS ERROR: 321"),
        ("AT?", "+CME ERROR: 4"),
    ],
)
def test_bad_values_are_refused(command: str, answer: str) -> None:
    assert Host().ask(command) == f"\r\n{answer}\r\n"


def test_lines_that_are_no_commands_are_passed_over() -> None:
    assert Host().ask("hello") == ""


def test_errors_may_be_words() -> None:
    host = Host(pin="1234")
    host.ask("AT+CMEE=2")
    assert host.ask("AT+CPMS?") == "\r\n+CME ERROR: SIM PIN required\r\n"


def test_everything_can_be_deleted_at_once() -> None:
    host = Host()
    host.ask("AT+CNMI=2,1,0,2,0")
    host.hand.text(TO, "案" * 100)
    host.voice.tick(1.0)
    assert host.hand.stored == 2
    assert host.ask("AT+CMGL=4").count("+CMGL:") == 2
    host.ask("AT+CMGD=1,4")
    assert host.hand.stored == 0


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_the_twin_survives_any_bytes(chunks: list[bytes]) -> None:
    host = Host()
    for chunk in chunks:
        host.voice.hear(chunk)
    host.voice.hear(b"\x1b\r")
    host.hear()
    host.ask("ATE0")
    assert host.ask("AT") == "\r\nOK\r\n"
