"""A good file becomes the nouns that a station is built from; an overlay moves its wires and nothing else."""

from pathlib import Path

import pytest
from tests.daemon.settings.support import KNOWN, SMALL, Board, Line, Serial, changed, mistakes, the_mistake, written

from custodyd.model.station import Right
from custodyd.settings import Door, Settings, load
from custodyd.settings.sandbox import addresses, drop_in


def loaded(where: Path, text: str = SMALL, overlay: str | None = None) -> Settings:
    over = None
    if overlay is not None:
        over = where / "overlay.toml"
        over.write_text(overlay, "utf-8")
    return load(written(where, text), over, known=KNOWN)


def test_devices_carry_their_familys_own_settings(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.buses["locks"].settings == Line(port="/dev/serial/by-id/locks")
    assert settings.devices["reader"].settings == Serial(port="/dev/serial/by-id/reader")
    board = settings.devices["board"]
    assert (board.settings, board.bus, board.family, board.capability) == (
        Board(bus="locks", unit=1),
        "locks",
        "relay",
        "LockBank",
    )
    assert board.label == "锁控板"


def test_ranges_become_doors_in_the_order_written(tmp_path: Path) -> None:
    text = changed('numbers = "1-8"', 'numbers = "3-4, 1"').replace('doors = "1-8"', 'doors = "7,2-3"')
    cabinet = loaded(tmp_path, text).cabinets["a"]
    assert list(cabinet.compartments.items()) == [(3, Door("board", 7)), (4, Door("board", 2)), (1, Door("board", 3))]


def test_a_compartment_out_of_service_is_no_place_to_fill(tmp_path: Path) -> None:
    text = changed('kind = "dossier"', 'kind = "dossier"\nout_of_service = [2, 8]')
    assert loaded(tmp_path, text).cabinets["a"].places == ("a/1", "a/3", "a/4", "a/5", "a/6", "a/7")


def test_roles_that_the_file_does_not_name_keep_their_rights(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALL + '\n[role.clerk]\nlabel = "内勤"\ngrants = ["review"]\n')
    assert settings.grants["clerk"] == {Right.REVIEW}
    assert settings.grants["technician"] == {Right.ENROL_RUN, Right.CONFIGURE}
    assert settings.roles["clerk"].label == "内勤"
    assert len(settings.roles) == 10


def test_account_groups_have_roles_even_unsaid(tmp_path: Path) -> None:
    assert loaded(tmp_path).accounts["custodyd-auditor"] == {"auditor"}
    said = loaded(tmp_path, SMALL + '\n[account]\nstaff = ["clerk", "auditor"]\n')
    assert said.accounts == {"staff": {"clerk", "auditor"}}


def test_a_shorter_deposit_clock_keeps_the_proportions_of_its_ladder(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALL + "\n[limits]\ndeposit_hours = 12\n")
    assert [rung.hours_left for rung in settings.reminders.deposit.rungs] == [None, 6.0, 2.0, 0.5, 0]
    assert [rung.colour for rung in settings.reminders.deposit.rungs] == ["green", "blue", "yellow", "orange", "red"]


@pytest.mark.parametrize(("hours", "blue"), [(1, 4), (8, 4), (8.5, 12), (24, 12), (25, 48), (700, 48)])
def test_a_loan_takes_the_ladder_of_its_length(tmp_path: Path, hours: float, blue: float) -> None:
    assert loaded(tmp_path).reminders.loan(hours).rungs[1].hours_left == blue


def test_a_station_without_cabinets_is_good(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALL[: SMALL.index("[room.files]")])
    assert settings.cabinets == {}
    assert settings.reminders.gateways == ()


def test_a_locker_without_a_reader_is_remarked_because_no_emergency_opens_it(tmp_path: Path) -> None:
    text = SMALL.replace('reader = "reader"\n', "").replace('kind = "dossier"', 'kind = "property"')
    assert "cabinet.a" in [one.key for one in loaded(tmp_path, text).remarks]


def test_what_may_surprise_is_remarked_but_no_mistake(tmp_path: Path) -> None:
    text = changed("/dev/serial/by-id/reader", "/dev/ttyUSB0").replace('gateways = ["sms"]', "")
    text += '\n[bus.spare]\nlabel = "备用总线"\nhost = "gateway.example"\n'
    remarks = loaded(tmp_path, text).remarks
    assert [one.key for one in remarks] == ["device.reader.port", "device.sms", "bus.spare", "bus.spare.host"]
    assert all(one.text["zh-CN"] and one.text["en"] for one in remarks)


def test_an_overlay_moves_ports_and_hosts(tmp_path: Path) -> None:
    overlay = """
[bus.locks]
host = "127.0.0.1"
tcp_port = 5020
[device.reader]
port = "/tmp/twins/reader"
[simulation]
civil_socket = "/tmp/twins/civil.sock"
"""
    settings = loaded(tmp_path, SMALL, overlay)
    assert settings.buses["locks"].settings == Line(host="127.0.0.1", tcp_port=5020)
    assert settings.devices["reader"].settings == Serial(port="/tmp/twins/reader")
    assert settings.devices["scanner"].settings == Serial(port="/dev/serial/by-id/scanner")
    assert settings.simulation is not None
    assert settings.simulation.civil_socket == "/tmp/twins/civil.sock"
    assert settings.overlay == tmp_path / "overlay.toml"
    assert settings.digest == loaded(tmp_path).digest


def test_without_an_overlay_nothing_is_simulated(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.simulation is None
    assert settings.overlay is None
    assert the_mistake(tmp_path, SMALL + '\n[simulation]\ncivil_socket = "/run/x"\n').key == "simulation"


@pytest.mark.parametrize(
    ("overlay", "key", "nearest"),
    [
        ("[device.reader]\nbaudrate = 19200\n", "device.reader.baudrate", None),
        ('[device.reader]\npotr = "/tmp/x"\n', "device.reader.potr", "port"),
        ('[device.readr]\nport = "/tmp/x"\n', "device.readr", "reader"),
        ('[limits]\nauthority_s = 60\n[simulation]\ncivil_socket = "/x"\n', "limits", None),
        ('[divice.reader]\nport = "/tmp/x"\n', "divice", "device"),
        ('[simulation]\ncivil_socket = "run/x"\n', "simulation.civil_socket", None),
        ('[simulation]\ncivil_sockt = "/run/x"\n', "simulation.civil_sockt", "civil_socket"),
        ("[device]\nreader = 1\n", "device.reader", None),
        ("device = 1\n", "device", None),
        ('[device.reader]\nport = "twins/x"\n', "device.reader.port", None),
        ("[device.reader]\nport = 5\n", "device.reader.port", None),
        ('[device.reader]\nhost = "127.0.0.1"\nport = "/tmp/x"\n', "device.reader.host", None),
    ],
)
def test_an_overlay_may_do_nothing_else(tmp_path: Path, overlay: str, key: str, nearest: str | None) -> None:
    found = mistakes(tmp_path, SMALL, overlay)
    assert (found[0].key, found[0].nearest) == (key, nearest)
    assert {one.file.name for one in found} == {"overlay.toml"}


def test_two_twins_on_one_port_clash_in_the_overlay(tmp_path: Path) -> None:
    overlay = '[device.reader]\nport = "/tmp/x"\n\n[device.scanner]\nport = "/tmp/x"\n'
    one = the_mistake(tmp_path, SMALL, overlay)
    assert (one.file.name, one.line, one.key) == ("overlay.toml", 5, "device.scanner.port")


def test_mistakes_of_both_files_are_told_together(tmp_path: Path) -> None:
    found = mistakes(tmp_path, changed("unit = 1", "unit = 0"), "[device.reader]\nx = 1\n")
    assert {(one.file.name, one.key) for one in found} == {
        ("devices.toml", "device.board.unit"),
        ("overlay.toml", "device.reader.x"),
    }


def test_the_service_may_reach_the_numeric_addresses_and_no_others(tmp_path: Path) -> None:
    bus = '\n[bus.{}]\nlabel = "网络总线"\nhost = "{}"\n'
    hosts = {"x": "192.0.2.10", "y": "192.0.2.9", "z": "name.example", "l": "127.0.0.1", "v": "2001:db8::1"}
    settings = loaded(tmp_path, SMALL + "".join(bus.format(name, host) for name, host in hosts.items()))
    assert addresses(settings) == ("192.0.2.9", "192.0.2.10", "2001:db8::1")
    assert drop_in(settings).splitlines()[1:] == [
        "[Service]",
        "IPAddressAllow=192.0.2.9",
        "IPAddressAllow=192.0.2.10",
        "IPAddressAllow=2001:db8::1",
    ]
