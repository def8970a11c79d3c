"""A system of its own for the unit: this system under a layer in memory, booted by systemd-nspawn, gone afterwards.

`python -m tests.systemd.inside` runs in it as root and leaves what it found in /found.json.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
OPT = "/opt/custodyd"
PATHS = [f"{OPT}/src/{part}" for part in ("daemon", "drivers", "simulators", "")] + [f"{OPT}/site"]
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
HIDDEN = ("/home/", "/root/", "/tmp/", "/run/")  # from a unit with ProtectHome= and PrivateTmp=

_TOOL = """#!{python} -I
import sys
sys.path[:0] = {paths}
from custodyd.cli.{module} import main
main()
"""
_PROBE = """[Unit]
After=basic.target dbus.socket
Wants=dbus.socket
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
TimeoutStartSec=180
Environment=PYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1
ExecStart={python} -m tests.systemd.inside {parts}
ExecStopPost=/bin/sh -c '[ "$EXIT_STATUS" = 0 ] || journalctl --no-pager -o cat -u "custodyd*" -u twins | tail -60'
StandardOutput=file:/said
StandardError=file:/said
"""
_TARGET = """[Unit]
Requires=basic.target probe.service
After=basic.target probe.service
AllowIsolate=yes
"""


class NoContainer(Exception):
    """No container can run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A system that can be booted, below `root`."""

    root: Path

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file of the system."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def boot(self, parts: str, seconds: float) -> dict[str, Any]:
        """Boot it, let `inside` do these parts, and read what it found; raises NoContainer, AssertionError."""
        self.write("/etc/systemd/system/probe.service", _PROBE.format(path=":".join(PATHS), python=PYTHON, parts=parts))
        self.write("/etc/systemd/system/probe.target", _TARGET)
        site = sysconfig.get_paths()["purelib"]
        command = (
            *("systemd-nspawn", "--register=no", "--keep-unit", "--private-network", "--quiet", "-D", str(self.root)),
            *(f"--bind-ro={REPOSITORY}:{OPT}/src", f"--bind-ro={site}:{OPT}/site"),
            *("-b", "systemd.unit=probe.target"),
        )
        booted = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        found = self.root / "found.json"
        if not found.exists():
            said = self.root / "said"
            text = said.read_text("utf-8") if said.exists() else ""
            if text:
                raise AssertionError(text)
            raise NoContainer(f"systemd-nspawn did not boot: {(booted.stderr or booted.stdout).strip()[-300:]}")
        result: dict[str, Any] = json.loads(found.read_bytes())
        return result


@contextmanager
def tree(where: Path) -> Generator[Tree]:
    """The running system with a layer of its own in memory; raises NoContainer."""
    if os.geteuid() != 0:
        raise NoContainer("only root can boot a container")
    if str(PYTHON.resolve()).startswith(HIDDEN):
        raise NoContainer(f"the unit hides {PYTHON.resolve().parent}, where this Python lies")
    _mount("-t", "tmpfs", "tmpfs", str(where))
    try:
        for name in ("upper", "work", "root"):
            (where / name).mkdir()
        layers = f"lowerdir=/,upperdir={where}/upper,workdir={where}/work"
        _mount("-t", "overlay", "overlay", "-o", layers, str(where / "root"))
        try:
            yield _furnished(Tree(where / "root"))
        finally:
            subprocess.run(["umount", "--lazy", where / "root"], check=True)
    finally:
        subprocess.run(["umount", "--lazy", where], check=True)
        _sweep()


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode:
        raise NoContainer(f"mount: {done.stderr.strip()}")


def _furnished(made: Tree) -> Tree:
    """The daemon where the unit looks for it, its libraries and sources read-only beside it."""
    made.write("/etc/machine-id", "")
    for name in ("src", "site"):
        (made.root / OPT.lstrip("/") / name).mkdir(parents=True)
    for name, module in (("custodyd", "service"), ("custodyctl", "control")):
        made.write(f"{OPT}/bin/{name}", _TOOL.format(python=PYTHON, paths=PATHS, module=module), 0o755)
    return made


def _sweep() -> None:
    """The groups that nspawn leaves behind where nobody registers machines."""
    for left in [*Path("/sys/fs/cgroup").glob("*/payload"), *Path("/sys/fs/cgroup").glob("*/supervisor")]:
        for group in sorted((path for path in left.rglob("*") if path.is_dir()), reverse=True):
            group.rmdir()
        left.rmdir()


def missing() -> str | None:
    """What to type where the program is not installed."""
    if shutil.which("systemd-nspawn"):
        return None
    return "systemd-nspawn is missing. Type:  sudo apt-get install -y --no-install-recommends systemd-container"
