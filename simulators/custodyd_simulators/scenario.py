"""Stories from a file: a hand's verbs one after another on a running simulation, with what must be seen between them.

[[step]]
do = ["finger", "reader-a", "officer"]     a verb of custodysim and its words
[[step]]
see = "person.identified"                  wait (within_s, 10 s by default) for an entry of this kind
[[step]]
pause_s = 1.5                              do nothing for a moment of real time
[[step]]
jump_hours = 26.0                          let civil time pass; waits until nobody is at a cabinet
"""

import json
import socket
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec

from custodyd_simulators.control import ask
from custodyd_simulators.verbs import Misunderstood

_LOOK_S = 0.2


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happens, or that must be seen."""

    do: tuple[str, ...] | None = None
    see: str | None = None
    within_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 10.0
    pause_s: Annotated[float, msgspec.Meta(gt=0, le=600)] | None = None
    jump_hours: Annotated[float, msgspec.Meta(gt=0, le=24 * 366)] | None = None


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    step: tuple[Step, ...]


class NotSeen(Exception):
    """What a step waited for did not come in time; the message names it."""


def read(path: Path) -> Story:
    """The story in a file; raises Misunderstood with what is wrong."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Story)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise Misunderstood(f"{path}: {exc}") from exc


class Play:
    """Plays a story on the simulation whose sockets lie in `run`; `tell` hears each step as it begins."""

    def __init__(self, run: Path, tell: Callable[[str], None]) -> None:
        self._run = run
        self._tell = tell
        self._api = httpx.Client(transport=httpx.HTTPTransport(uds=str(run / "api.sock")), base_url="http://custodyd")
        self._after: str | None = None

    def play(self, story: Story) -> None:
        """All steps in order; raises NotSeen, Misunderstood, OSError when no simulation runs."""
        self._after = self._head()
        for step in story.step:
            self._one(step)

    def _one(self, step: Step) -> None:
        if step.do is not None:
            self._tell(" ".join(step.do))
            ask(self._run / "hand.sock", *step.do)
        if step.see is not None:
            self._tell(f"… {step.see}")
            self._see(step.see, step.within_s)
        if step.pause_s is not None:
            time.sleep(step.pause_s)
        if step.jump_hours is not None:
            self._jump(step.jump_hours, step.within_s)

    def _see(self, kind: str, within_s: float) -> None:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            for entry in self._entries():
                self._after = entry["id"]
                if entry["kind"] == kind:
                    return
            time.sleep(_LOOK_S)
        raise NotSeen(f"{kind} within {within_s:g} s")

    def _entries(self) -> Iterator[dict[str, Any]]:
        query = {"cursor": self._after} if self._after else {}
        yield from self._api.get("/v1/entries", params=query).json()["items"]

    def _head(self) -> str | None:
        last: str | None = None
        while items := self._api.get("/v1/entries", params={"cursor": last} if last else {}).json()["items"]:
            last = str(items[-1]["id"])
        return last

    def _jump(self, hours: float, within_s: float) -> None:
        target = datetime.fromisoformat(self._civil({})["now"]) + timedelta(hours=hours)
        self._tell(f"→ {target.isoformat(timespec='minutes')}")
        end = time.monotonic() + within_s
        while self._civil({"jump_to": target.isoformat()})["busy"]:
            if time.monotonic() > end:
                raise NotSeen(f"an empty room within {within_s:g} s")
            time.sleep(_LOOK_S)

    def _civil(self, wish: dict[str, str]) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(str(self._run / "civil.sock"))
            peer.sendall(json.dumps(wish).encode() + b"\n")
            with peer.makefile("rb") as answers:
                found: dict[str, Any] = json.loads(answers.readline())
        return found
