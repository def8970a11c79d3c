"""What the record must hold after a life: every answer, a reason for every pulse; it reads the file as anybody can."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.load import Told

from custodyd.ledger.canonical import decode
from custodyd.ledger.keys import Card, PersonKeys
from custodyd.ledger.note import Signer
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_database
from custodyd.model.entry import Entry
from custodyd.model.facts.cabinet import EmergencyOpened
from custodyd.model.facts.reminders import MessageHanding
from custodyd_simulators.running import Running

FILE = "record.db"


@dataclass(slots=True)
class Counts:
    """What a campaign saw; everything from `lost` on must stay empty."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    entries: int = 0
    pulses: int = 0
    emergencies: int = 0
    messages: int = 0
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list[str])  # answers without their entry, people without their key
    unwritten: list[str] = field(default_factory=list[str])  # pulses and messages without their entry
    findings: list[str] = field(default_factory=list[str])  # of the verifier, of a rebuild, of the log

    @property
    def good(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.unwritten or self.findings)

    def __str__(self) -> str:
        wrong = [*self.lost, *self.unwritten, *self.findings]
        return (
            f"seed {self.seed}: {self.kills} kills in {self.seconds:.0f} s; {self.acknowledged} answers, "
            f"{len(self.lost)} lost; {self.pulses} pulses ({self.emergencies} emergencies), {self.messages} messages, "
            f"{len(self.unwritten)} without their entry; {self.entries} entries, {len(self.findings)} findings"
            + "".join(f"\n  {one}" for one in wrong[:20])
        )


@dataclass(slots=True)
class Judge:
    """Looks at the record of one station after each life; `counts` takes what is wrong."""

    running: Running
    counts: Counts
    answers: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    people: set[str] = field(default_factory=set[str])
    _read: tuple[int, int] = (0, -1)  # (segment, seq) of the newest entry that was looked at
    _felt: Counter[str] = field(default_factory=Counter[str])

    @property
    def file(self) -> Path:
        """The record."""
        return self.running.state / "record" / FILE

    def life(self, told: Told) -> None:
        """After lives and before anybody opens anything in the next: answers and pulses against their entries."""
        answers = told.entered
        self.people |= told.people
        entries = {entry.at: entry for entry in self._new()}
        self.counts.entries += len(entries)
        self.counts.acknowledged += len(answers)
        self.counts.lost += [f"{at}" for at, key in answers.items() if at not in entries or entries[at].request != key]
        self.answers |= answers
        self._pulses(entries.values())

    def _new(self) -> list[Entry]:
        found = list(_entries(self.file, self._read))
        if found:
            self._read = int(found[-1].segment), found[-1].seq
        return found

    def _pulses(self, entries: Collection[Entry]) -> None:
        """No pulse without its grant or emergency, place by place."""
        reasons = Counter(entry.place or "" for entry in entries if _opens(entry.kind))
        felt = self._all_pulses()
        for place, count in (felt - self._felt).items():
            self.counts.pulses += count
            if count > reasons[place]:
                self.counts.unwritten.append(
                    f"life {self.counts.kills}: {place} {count} pulses, {reasons[place]} reasons"
                )
        self._felt = felt

    def _all_pulses(self) -> Counter[str]:
        station = self.running.station
        felt: Counter[str] = Counter()
        for cabinet in station.settings.cabinets.values():
            for number in cabinet.compartments:
                bank, door = station.door(cabinet.place(number))
                felt[cabinet.place(number)] = bank.pulses.get(door, 0)
        return felt

    def end(self) -> None:
        """After the daemon's ordered end: the whole record, its keys, the messages, the log."""
        counts, state = self.counts, self.running.state
        entries = list(_entries(self.file, (0, -1)))
        kept = {entry.at: entry.request for entry in entries}
        counts.lost += [f"{at} at the end" for at, key in self.answers.items() if kept.get(at) != key]
        kinds = Counter(entry.kind for entry in entries)
        counts.emergencies += kinds[EmergencyOpened.kind]
        received = len(self.running.station.phone("sms").inbox)
        counts.messages += received
        if received > kinds[MessageHanding.kind]:
            counts.unwritten.append(f"{received} messages, {kinds[MessageHanding.kind]} entries")
        keys = PersonKeys(state / "record" / "keys", (state / "credentials" / "wrap").read_bytes())
        counts.lost += [f"key of {person}" for person in self.people if not isinstance(keys.card(person), Card)]
        counts.findings += [str(finding) for finding in self._verified()]
        if "Traceback" in (state / "daemon.log").read_text("utf-8"):
            counts.findings.append(f"a traceback in {state / 'daemon.log'}")

    def _verified(self) -> list[object]:
        station = self.running.station.settings.station
        origin = f"sim.custodyd/{station.bureau}/{station.code}/1"
        vkey = Signer(origin, (self.running.state / "credentials" / "sign").read_bytes()).vkey
        verdict = verify_database(self.file, Trust([vkey]))
        return [*verdict.findings, *([] if verdict.ok else ["the record does not verify"])]


def _opens(kind: str) -> bool:
    return kind == EmergencyOpened.kind or kind.endswith(".granted")


def _entries(path: Path, after: tuple[int, int]) -> Iterator[Entry]:
    sql = "SELECT bytes FROM entry WHERE (number, seq) > (?, ?) ORDER BY number, seq"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        for (data,) in connection.execute(sql, after):
            yield decode(data)
