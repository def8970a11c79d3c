"""One command and what counts as its answer; it decides line by line, reads no wire and no clock."""

from dataclasses import dataclass, field

from custodyd_drivers.gsm_modem.frames import PROMPT, Final, Line, final_of

_MOST_LINES = 1024  # four full storages; a modem that goes on and on is silent as to its end


@dataclass(slots=True)
class Exchange:
    """A command under way. `answer` is the prefix of its information lines, "" for free text (AT+CGSN).

    `need`: an OK before the first information line belongs to an older command and is passed over; `strict`: so does
    an error. `final_s`: the OK may fail to come, and is waited for so long after the answer. A `submission` has answers
    only after its PDU was handed over; before that it waits for the prompt.
    """

    command: str
    answer: str = ""
    need: bool = False
    strict: bool = False
    final_s: float | None = None
    submission: bool = False
    handed: bool = False
    prompted: bool = False
    lines: list[Line] = field(default_factory=list[Line])
    final: Final | None = None

    def take(self, line: Line) -> bool:
        """Whether the line belongs to this exchange."""
        if line is PROMPT:
            self.prompted = True
            return self.submission
        if self.final is not None:
            return False
        ending = final_of(line)
        if ending is not None:
            return self._end(ending)
        if not self._informs(line) or (self.submission and not self.handed):
            return False
        if len(self.lines) < _MOST_LINES:
            self.lines.append(line)
        return True

    def beyond(self, seen: int) -> bool:
        """Whether more happened than `seen` information lines."""
        return self.final is not None or len(self.lines) > seen

    def _informs(self, line: Line) -> bool:
        if self.answer:
            return line.head.startswith(self.answer)
        return not line.head.startswith(("+", "^", "*", "$", "%")) and line.head != self.command

    def _end(self, ending: Final) -> bool:
        if self._stale(ending):
            return False
        self.final = ending
        return True

    def _stale(self, ending: Final) -> bool:
        if self.submission and not self.handed:
            return ending.ok
        return not self.lines and (self.strict or (self.need and ending.ok))
