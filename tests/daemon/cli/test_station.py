"""`custodyctl station init` and `recover`: keys, halves and the founding, and what root is told to type next."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from custodyd.cli.control import main
from custodyd.cli.session import REFUSED, USAGE
from custodyd.ledger.errors import WrongKey
from custodyd.ledger.founding import Founding, read
from custodyd.ledger.halves import join

WITNESSES = ("--witness", "见证甲", "--witness", "见证乙")
FIRST = ("--clerk", "管理员丙", "--clerk-phone", "+8613800138001", "--leader", "领导丁")


def tool(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["station", *words], input=typed, env={"LANG": "en_US"})


def made(directory: Path) -> Any:
    done = tool("init", str(directory), *WITNESSES, *FIRST, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def founding(directory: Path) -> Founding:
    found = read(directory / "founding", (directory / "wrap").read_bytes())
    assert found is not None
    return found


def test_a_new_station_has_keys_two_halves_and_a_founding(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    document = made(keys)
    assert join(document["halves"]["见证甲"], document["halves"]["见证乙"]) == (keys / "wrap").read_bytes()
    found = founding(keys)
    assert [one.card.name for one in found.witnesses if one.card] == ["见证甲", "见证乙"]
    assert (found.clerk.person, found.clerk.card) == (document["clerk"], found.clerk.card)
    assert found.clerk.card is not None
    assert found.clerk.card.phone == "+8613800138001"
    assert found.leader is not None
    assert found.leader.person == document["leader"]
    assert not found.renewed


def test_the_founding_is_sealed_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made(tmp_path / "keys")
    made(tmp_path / "other")
    file = tmp_path / "keys" / "founding"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "管理员丙".encode() not in file.read_bytes()
    with pytest.raises(WrongKey):
        read(file, (tmp_path / "other" / "wrap").read_bytes())
    for damaged in (b"", b"short", file.read_bytes()[:-1]):
        file.write_bytes(damaged)
        with pytest.raises(WrongKey):
            founding(tmp_path / "keys")


def test_root_is_told_what_to_type_next(tmp_path: Path) -> None:
    keys = tmp_path / "a folder"
    done = tool("init", str(keys), *WITNESSES, *FIRST)
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert f"systemd-creds encrypt --name=sign '{keys}/sign' /etc/credstore.encrypted/custodyd.sign" in lines
    assert f"install -m 0600 -o custodyd -g custodyd '{keys}/founding' /var/lib/custodyd/founding" in lines
    assert f"shred -u '{keys}/founding'" in lines
    assert f"custodyctl enrol READER {founding(keys).clerk.person}" in lines


def test_names_that_are_not_given_are_asked_for(tmp_path: Path) -> None:
    done = tool("init", str(tmp_path / "keys"), typed="见证甲\n见证乙\n见证甲\n领导丁\n")
    assert done.exit_code == 0, done.stderr
    found = founding(tmp_path / "keys")
    assert found.clerk == found.witnesses[0]


@pytest.mark.parametrize(
    "words",
    [
        ("--witness", "见证甲", "--witness", "见证甲", *FIRST),
        (*WITNESSES, "--witness", "见证丙", *FIRST),
        (*WITNESSES, "--clerk", "一人", "--leader", "一人"),
        (*WITNESSES, *FIRST, "--leader-phone", "call me"),
    ],
)
def test_people_who_do_not_fit_are_said_before_any_key_is_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert tool("init", str(tmp_path / "keys"), *words).exit_code == USAGE
    assert not (tmp_path / "keys").exists()


def test_keys_are_never_replaced_and_a_folder_that_refuses_is_said(tmp_path: Path) -> None:
    made(tmp_path / "keys")
    before = (tmp_path / "keys" / "wrap").read_bytes()
    again = tool("init", str(tmp_path / "keys"), *WITNESSES, *FIRST)
    assert (again.exit_code, "never replaced" in again.stderr) == (REFUSED, True)
    assert (tmp_path / "keys" / "wrap").read_bytes() == before
    (tmp_path / "file").touch()
    refused = tool("init", str(tmp_path / "file" / "keys"), *WITNESSES, *FIRST)
    assert (refused.exit_code, "→" in refused.stderr) == (REFUSED, True)


def test_both_halves_name_a_clerk_once_more(tmp_path: Path) -> None:
    halves = made(tmp_path / "keys")["halves"]
    typed = f"{halves['见证甲']}\n{halves['见证乙'].lower()}\n"
    known = "p-" + "a" * 26
    for number, (clerk, card) in enumerate({known: None, "管理员戊": "管理员戊"}.items()):
        place = tmp_path / str(number)
        done = tool("recover", str(place), *WITNESSES, "--clerk", clerk, typed=typed)
        assert done.exit_code == 0, done.stderr
        found = read(place / "founding", (tmp_path / "keys" / "wrap").read_bytes())
        assert found is not None
        assert found.renewed
        assert found.leader is None
        assert (found.clerk.card.name if found.clerk.card else None) == card
    assert found.clerk.person != known


def test_halves_that_give_no_key_are_said_with_what_to_do(tmp_path: Path) -> None:
    one = made(tmp_path / "one")["halves"]
    other = made(tmp_path / "other")["halves"]
    for second in (one["见证甲"], other["见证乙"], "nonsense"):
        typed = f"{one['见证甲']}\n{second}\n"
        done = tool("recover", str(tmp_path / "again"), *WITNESSES, "--clerk", "管理员戊", typed=typed)
        assert (done.exit_code, "→ Compare them with the paper" in done.stderr) == (REFUSED, True)
    assert not (tmp_path / "again").exists()
