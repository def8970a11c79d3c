"""The accounts, groups and directories that the unit counts on come into being with the right owners and modes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.foreign

SYSTEMD = Path(__file__).parents[2] / "systemd"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    path = shutil.which(command[0])
    assert path, f"{command[0]} is missing. Type:  sudo apt-get install -y --no-install-recommends systemd"
    return subprocess.run([path, *command[1:]], capture_output=True, text=True, timeout=30)


def names(table: Path) -> dict[str, list[str]]:
    return {line.split(":")[0]: line.split(":") for line in table.read_text().splitlines()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of its own in which both files have been carried out."""
    (tmp_path / "etc").mkdir()
    # the tables of a bare system: the tools write beside them and need no rights for that
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\n")
    made = run("systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "custodyd.sysusers"))
    assert made.returncode == 0, made.stderr
    return tmp_path


def test_the_daemon_has_an_account_that_nobody_can_log_in_to(root: Path) -> None:
    account = names(root / "etc/passwd")["custodyd"]
    assert account[5:] == ["/var/lib/custodyd", "/usr/sbin/nologin"]


def test_each_role_has_its_group(root: Path) -> None:
    groups = set(names(root / "etc/group"))
    assert {"custodyd", "custodyd-operator", "custodyd-technician", "custodyd-auditor"} <= groups


def test_the_accounts_file_has_no_line_that_is_passed_over() -> None:
    verdict = run("systemd-sysusers", "--dry-run", str(SYSTEMD / "custodyd.sysusers"))
    assert verdict.returncode == 0
    assert "ignoring" not in verdict.stderr


def test_the_places_have_their_modes_and_owners(root: Path) -> None:
    made = run("systemd-tmpfiles", f"--root={root}", "--create", str(SYSTEMD / "custodyd.tmpfiles"))
    if os.geteuid() != 0:
        # giving a directory away needs root; the grammar is judged all the same
        assert "Unknown" not in made.stderr
        return
    assert (made.returncode, made.stderr) == (0, "")
    daemon = int(names(root / "etc/passwd")["custodyd"][2])
    expected = {
        "etc/custodyd": (0o750, 0),
        "etc/credstore.encrypted": (0o700, 0),
        "var/lib/custodyd": (0o700, daemon),
        "run/custodyd": (0o750, daemon),
    }
    found = {name: (root / name).stat() for name in expected}
    assert {name: (stat.st_mode & 0o7777, stat.st_uid) for name, stat in found.items()} == expected


def test_nothing_is_ever_removed_because_it_is_old() -> None:
    lines = [line.split() for line in (SYSTEMD / "custodyd.tmpfiles").read_text().splitlines()]
    assert {line[-1] for line in lines if line and line[0] == "d"} == {"-"}
    assert {line[0] for line in lines if line and not line[0].startswith("#")} == {"d"}
