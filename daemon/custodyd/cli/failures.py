"""Why a command may come to nothing, as exceptions that every command may raise; it must not know how they are told."""

from pathlib import Path
from typing import Literal

Why = Literal["missing", "refused", "denied", "silent"]


class Refused(Exception):
    """The daemon said no: `status`, the `rule`, its sentence and next step by language tag."""

    def __init__(self, status: int, rule: str, texts: dict[str, str], next_step: dict[str, str]) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule
        self.texts = texts
        self.next_step = next_step


class Unreachable(Exception):
    """Nobody answers at `socket`; `why` says what that looks like."""

    def __init__(self, socket: Path, why: Why) -> None:
        super().__init__(why)
        self.socket = socket
        self.why: Why = why


class Stopped(Exception):
    """The tool itself cannot go on: its sentence is `ctl.stopped_<text>`, with these facts."""

    def __init__(self, text: str, **facts: str | int) -> None:
        super().__init__(text)
        self.text = text
        self.facts = facts
