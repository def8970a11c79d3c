"""The unit shuts the daemon in as promised, and systemd itself says so."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.foreign

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "custodyd.service"

# The rounded score stays the same without several of these, so the list itself is the promise.
DIRECTIVES: dict[str, list[str]] = {
    "Wants": ["modprobe@usbserial.service modprobe@cdc_acm.service", "bluetooth.service"],
    "After": [
        "modprobe@usbserial.service modprobe@cdc_acm.service",
        "dbus.service bluetooth.service network.target time-sync.target",
    ],
    "StartLimitIntervalSec": ["0"],
    "Type": ["notify"],
    "NotifyAccess": ["main"],
    "ExecStart": ["/opt/custodyd/bin/custodyd run --config /etc/custodyd/devices.toml"],
    "ExecReload": ["/bin/kill -HUP $MAINPID"],
    "WatchdogSec": ["30"],
    "Restart": ["always"],
    "RestartSec": ["2"],
    "User": ["custodyd"],
    "Group": ["custodyd"],
    "SupplementaryGroups": ["dialout input"],
    "UMask": ["0077"],
    "StateDirectory": ["custodyd"],
    "StateDirectoryMode": ["0700"],
    "ConfigurationDirectory": ["custodyd"],
    "RuntimeDirectory": ["custodyd"],
    "RuntimeDirectoryMode": ["0750"],
    "RuntimeDirectoryPreserve": ["yes"],
    "LoadCredentialEncrypted": ["sign:custodyd.sign", "wrap:custodyd.wrap", "sms:custodyd.sms"],
    "LimitCORE": ["0"],
    "DevicePolicy": ["closed"],
    "DeviceAllow": ["char-ttyUSB rw", "char-ttyACM rw", "char-input r"],
    "NoNewPrivileges": ["yes"],
    "CapabilityBoundingSet": [""],
    "AmbientCapabilities": [""],
    "ProtectSystem": ["strict"],
    "ProtectHome": ["yes"],
    "PrivateTmp": ["yes"],
    "PrivateMounts": ["yes"],
    "ProtectProc": ["invisible"],
    "ProcSubset": ["pid"],
    "ProtectKernelTunables": ["yes"],
    "ProtectKernelModules": ["yes"],
    "ProtectKernelLogs": ["yes"],
    "ProtectControlGroups": ["yes"],
    "ProtectHostname": ["yes"],
    "ProtectClock": ["yes"],
    "LockPersonality": ["yes"],
    "MemoryDenyWriteExecute": ["yes"],
    "RestrictRealtime": ["yes"],
    "RestrictSUIDSGID": ["yes"],
    "RestrictNamespaces": ["yes"],
    "RemoveIPC": ["yes"],
    "KeyringMode": ["private"],
    "SystemCallArchitectures": ["native"],
    "SystemCallFilter": ["@system-service", "~@privileged @resources"],
    "SystemCallErrorNumber": ["EPERM"],
    "RestrictAddressFamilies": ["AF_UNIX AF_INET AF_INET6"],
    "IPAddressDeny": ["any"],
    "IPAddressAllow": ["localhost"],
    "WantedBy": ["multi-user.target"],
}


def directives() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is missing. Type:  sudo apt-get install -y --no-install-recommends systemd"
    return path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program(command[0]), *command[1:]], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("key", DIRECTIVES)
def test_each_directive_stands_as_reasoned(key: str) -> None:
    assert directives().get(key) == DIRECTIVES[key]


def test_peers_of_the_socket_keep_their_accounts() -> None:
    assert "PrivateUsers" not in directives()


def test_systemd_calls_the_exposure_small_enough() -> None:
    verdict = run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", str(UNIT))
    assert verdict.returncode == 0, verdict.stdout
    overall = re.search(r"Overall exposure level for custodyd.service: ([0-9.]+)", verdict.stdout)
    assert overall
    assert float(overall[1]) <= 1.5
    assert verdict.stderr == ""


def verified(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze verify says of `text`.

    The daemon is not installed where tests run, and a missing executable hides every other remark behind its own: a
    program that exists stands in its place.
    """
    unit = folder / "custodyd.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    return run("systemd-analyze", "verify", "--man=yes", str(unit))


def test_systemd_has_no_remark_on_the_unit(tmp_path: Path) -> None:
    verdict = verified(tmp_path, UNIT.read_text())
    # the exit status is 0 for an unknown key: only silence counts
    assert (verdict.returncode, verdict.stdout, verdict.stderr) == (0, "", "")


def test_a_misspelt_directive_would_be_heard(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("ProtectClock=yes", "ProtectClocks=yes")
    assert "ProtectClocks" in verified(tmp_path, text).stderr


def test_the_drop_in_for_newer_systemd_is_never_read_by_accident() -> None:
    assert not list((SYSTEMD / "custodyd.service.d").glob("*.conf"))


def test_the_drop_in_for_newer_systemd_holds_where_such_a_systemd_is(tmp_path: Path) -> None:
    version = int(re.findall(r"systemd (\d+)", run("systemd-analyze", "--version").stdout)[0])
    folder = tmp_path / "custodyd.service.d"
    folder.mkdir()
    shutil.copy(SYSTEMD / "custodyd.service.d/notify-reload.conf.example", folder / "notify-reload.conf")
    heard = verified(tmp_path, UNIT.read_text()).stderr
    # 252 remarks on the two newer lines and on nothing else
    remarks = {match for match in ("notify-reload", "ReloadSignal") if match in heard}
    assert remarks == (set() if version >= 253 else {"notify-reload", "ReloadSignal"})
    assert version < 253 or heard == ""
