"""Runs as root in a booted system: installs as the manual says, looks at the unit, kills it; facts into /found.json.

`python -m tests.systemd.inside service watchdog`, each word a part. It judges nothing: the test outside does.
"""

import http.client
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests.crash.place import write_devices
from tests.faultfs import FaultFs

SRC = Path("/opt/custodyd/src")
UNITS = Path("/etc/systemd/system")
ACCOUNTS = {"op": "custodyd,custodyd-operator", "stranger": "custodyd", "outsider": ""}
SIMULATED = "custodyd-sim"
WITHIN_S = 60.0
Found = dict[str, Any]


def sh(line: str) -> str:
    """Run a line as a person types it; raises AssertionError with what it said."""
    done = subprocess.run(line, shell=True, capture_output=True, text=True, cwd=SRC)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def shown(unit: str, *names: str) -> dict[str, str]:
    """Properties of a unit."""
    lines = sh(f"systemctl show {unit} " + " ".join(f"-p {name}" for name in names)).splitlines()
    return dict(line.split("=", 1) for line in lines)


def until(holds: Callable[[], object], seconds: float = WITHIN_S) -> float:
    """Look until it holds; the seconds that took. Raises TimeoutError."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{holds} after {seconds} s")
        time.sleep(0.1)
    return time.monotonic() - began


# --- asking the daemon as some account ------------------------------------------------------------------------------


def ask(unit: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """One request at the unit's socket as the account of this process."""
    connection = http.client.HTTPConnection("custodyd", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(f"/run/{unit}/api.sock")
    connection.request(method, path, json.dumps(body or {}), {"Idempotency-Key": os.urandom(8).hex()})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def ask_as(account: str, unit: str, method: str, path: str, body: object = None) -> Any:
    """The same as another account, in a process of its own; what it got, or the name of the error."""
    words = [sys.executable, "-m", "tests.systemd.inside", "ask", unit, method, path, json.dumps(body)]
    line = ["runuser", "-u", account, "--", "env", f"PYTHONPATH={os.environ['PYTHONPATH']}", *words]
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True, cwd=SRC).stdout)


def asked(unit: str, method: str, path: str, body: str) -> None:
    """What `ask_as` runs."""
    try:
        print(json.dumps(ask(unit, method, path, json.loads(body))))
    except OSError as exc:
        print(json.dumps(type(exc).__name__))


def entries(unit: str) -> list[Found]:
    """The entries, oldest first, as an account that may ask: in a simulation the daemon's own."""
    items: list[Found] = ask_as("op" if unit == "custodyd" else "custodyd", unit, "GET", "/v1/entries")[1]["items"]
    return items


def cleans(unit: str) -> list[bool]:
    """Whether each start found a clean end before it."""
    return [entry["data"]["clean"] for entry in entries(unit) if entry["kind"] == "daemon.started"]


# --- parts ----------------------------------------------------------------------------------------------------------


def install() -> None:
    """Every line of the manual's page that this system can take, and the lines that `station init` prints."""
    manual = (SRC / "systemd" / "README.md").read_text("utf-8")
    block = manual.split("## Installing")[1].split("## Founding")[0]
    lines = re.sub(r"\\\n", "", "\n".join(re.findall(r"^    (.+)$", block, re.MULTILINE))).splitlines()
    for line in lines:
        if line.startswith("systemctl daemon-reload"):
            sh("systemctl daemon-reload")
        elif "station init" in line:
            told = json.loads(sh(f"{line} --witness 甲 --witness 乙 --clerk 丙 --leader 丁 --json"))
            for then in told["then"]:
                sh(then)
        elif "udev" not in line:  # there is none in a container
            sh(line)
    for account, groups in ACCOUNTS.items():
        sh(f"useradd --no-create-home {account}" + (f" -G {groups}" if groups else ""))


def service() -> Found:
    """The shipped unit, as installed: its start, its walls, its peers, its restart, its end."""
    began = time.monotonic()
    sh("systemctl start custodyd")
    found: Found = {"started_s": time.monotonic() - began}
    found["unit"] = shown("custodyd", "ActiveState", "Type", "NRestarts", "StatusText", "WatchdogUSec", "MainPID")
    pid = int(found["unit"]["MainPID"])
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found["process"] = dict(re.findall(r"^(Uid|NoNewPrivs|Seccomp|CapEff|CapBnd):\s+(\S+)", status, re.MULTILINE))
    found["uid"] = str(pwd.getpwnam("custodyd").pw_uid)
    found["exposure"] = sh("systemd-analyze security custodyd.service --no-pager").splitlines()[-1]
    found["walls"] = walls(pid)
    found["credentials"] = sorted(path.name for path in Path("/run/credentials/custodyd.service").iterdir())
    found["in_clear"] = sorted(path.name for path in Path("/root/founding").glob("*"))
    found |= peers()
    found |= killed(pid)
    sh("systemctl reload custodyd")
    reloaded()
    found["reloaded"] = shown("custodyd", "ActiveState", "NRestarts")
    sh("systemctl stop custodyd")
    found["stopped"] = shown("custodyd", "ActiveState", "Result")
    return found


def reloaded() -> None:
    """Wait until the daemon says that its reload is over: under Type=notify `systemctl reload` does not."""
    until = time.monotonic() + 10
    while shown("custodyd", "ActiveState")["ActiveState"] == "reloading" and time.monotonic() < until:
        time.sleep(0.05)


def walls(pid: int) -> Found:
    """What the daemon's account can do inside the daemon's mounts."""
    inside = f"nsenter --mount --target {pid} setpriv --reuid custodyd --regid custodyd --init-groups"

    def can(what: str) -> bool:
        return subprocess.run(f"{inside} {what}", shell=True, capture_output=True).returncode == 0

    return {
        "writes": [path for path in ("/etc", "/usr", "/var/log", "/opt", "/var/lib/custodyd", "/run/custodyd", "/tmp")
                   if can(f"touch {path}/probe")],
        "sees": [path for path in ("/home", "/root/founding", "/proc/meminfo", "/proc/1/status") if can(f"ls {path}/.")
                 or can(f"cat {path}")],
        "reads_keys": can("cat /etc/credstore.encrypted/custodyd.sign"),
    }  # fmt: skip


def peers() -> Found:
    """What three accounts may do, and whom the record names."""
    person = {"name": "模拟民警", "roles": ["case-officer"]}
    found = {
        "op": ask_as("op", "custodyd", "POST", "/v1/people", person),
        "stranger": ask_as("stranger", "custodyd", "POST", "/v1/people", person),
        "outsider": ask_as("outsider", "custodyd", "GET", "/v1/status"),
        "op_uid": str(pwd.getpwnam("op").pw_uid),
    }
    found["actors"] = [
        entry.get("person") for entry in entries("custodyd") if entry["kind"] == "person.registered"
    ]  # fmt: skip
    return {"peers": found}


def killed(pid: int) -> Found:
    """SIGKILL: systemd starts another, which has the same record."""
    before = entries("custodyd")
    os.kill(pid, signal.SIGKILL)
    took = until(lambda: shown("custodyd", "ActiveState", "NRestarts") == {"ActiveState": "active", "NRestarts": "1"})
    kept = entries("custodyd")[: len(before)] == before
    return {"again_s": took, "kept": kept, "clean": cleans("custodyd")}


def simulated() -> Found:
    """The same walls around a station of twins: every serial port and every socket is used through them."""
    Path("/run/twins").mkdir()
    config = write_devices(Path("/run/twins"), ("east",))
    sh("chown -R custodyd /run/twins")
    twins = f"{sys.executable} -m tests.systemd.twins {config} /run/twins /run/{SIMULATED}/civil.sock"
    path = os.environ["PYTHONPATH"]
    sh(f"systemd-run --unit=twins --uid=custodyd --setenv=PYTHONPATH={path} --working-directory={SRC} {twins}")
    until(Path("/run/twins/overlay.toml").exists)
    unit = (UNITS / "custodyd.service").read_text("utf-8")
    unit = re.sub(r"^((?:State|Runtime)Directory)=custodyd$", rf"\1={SIMULATED}", unit, flags=re.MULTILINE)
    start = f"/opt/custodyd/bin/custodyd run --config {config} --overlay /run/twins/overlay.toml"
    unit = re.sub(r"^ExecStart=.*$", f"ExecStart={start}", unit, flags=re.MULTILINE)
    shim = disk().environ()
    unit = unit.replace("[Service]", "[Service]\n" + "\n".join(f"Environment={key}={shim[key]}" for key in shim), 1)
    (UNITS / f"{SIMULATED}.service").write_text(unit, "utf-8")
    sh("systemctl daemon-reload")
    sh(f"systemctl start {SIMULATED}")
    return {
        "seen_s": until(all_seen),
        "exposure": sh(f"systemd-analyze security {SIMULATED} --no-pager").splitlines()[-1],
    }


@cache
def disk() -> FaultFs:
    """A disk under the simulated station that can be made to hang; its knobs lie where the daemon may write."""
    place = Path(f"/run/{SIMULATED}")
    place.mkdir(exist_ok=True)
    shim = FaultFs(place, Path(f"/var/lib/{SIMULATED}"))
    sh(f"chown -R custodyd:custodyd {place}; chmod 750 {place}")
    return shim


def all_seen() -> bool:
    """Whether the simulated station sees every device."""
    code, status = ask_as("custodyd", SIMULATED, "GET", "/v1/status")
    return code == 200 and all(device["state"] == "seen" for device in status["devices"])


def watchdog() -> Found:
    """One daemon stands still, the other one's disk does: systemd ends both and starts them again."""
    sh("systemctl start custodyd")
    began = time.monotonic()
    os.kill(int(shown("custodyd", "MainPID")["MainPID"]), signal.SIGSTOP)
    disk().knobs.flush_us = 600_000_000
    found: Found = {}
    for unit in (SIMULATED, "custodyd"):
        until(lambda unit=unit: shown(unit, "NRestarts")["NRestarts"] == "1")
        disk().knobs.flush_us = 0
        until(lambda unit=unit: shown(unit, "ActiveState")["ActiveState"] == "active")
        found[unit] = {"after_s": time.monotonic() - began, "clean": cleans(unit), "log": log(unit)}
    return found


def log(unit: str) -> list[str]:
    """The journal's lines that tell of the watchdog."""
    lines = sh(f"journalctl UNIT={unit}.service + _SYSTEMD_UNIT={unit}.service -o cat --no-pager").splitlines()
    return [line for line in lines if "atchdog" in line]


PARTS = {"service": service, "simulated": simulated, "watchdog": watchdog}


def main() -> None:
    if sys.argv[1] == "ask":
        asked(*sys.argv[2:])
        return
    install()
    found = {part: PARTS[part]() for part in sys.argv[1:]}
    Path("/found.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
