"""What the record must hold after a life: every answer, a reason for every pulse; it reads the file as anybody can."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.load import Told

from custodyd.ledger.canonical import decode
from custodyd.ledger.keys import Card, PersonKeys
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.note import Signer
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_database
from custodyd.model.entry import Entry
from custodyd.model.facts.cabinet import EmergencyOpened
from custodyd.model.facts.messages import MessageHanding
from custodyd_simulators.running import Running

FILE = "record.db"


@dataclass(slots=True)
class Counts:
    """What a campaign saw; everything from `lost` on must stay empty."""

    seed: int
    kills: int = 0
    befell: str = "killed"  # the life that is judged next
    acknowledged: int = 0
    entries: int = 0
    pulses: int = 0
    emergencies: int = 0
    messages: int = 0
    cut_off: int = 0  # emergencies that a power cut left without an entry
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
    _sent: int = 0  # messages that the handsets had before
    _log: int = 0

    @property
    def name(self) -> str:
        """Which life it was."""
        return f"life {self.counts.kills}, {self.counts.befell}"

    @property
    def file(self) -> Path:
        """The record."""
        return self.running.state / "record" / FILE

    def life(self, told: Told) -> None:
        """After lives and before anybody opens anything in the next: answers and pulses against their entries."""
        answers = told.entered
        self.people |= told.people
        self.heard()
        entries = {entry.at: entry for entry in self._new()}
        self.counts.entries += len(entries)
        self.counts.acknowledged += len(answers)
        self.counts.lost += [
            f"{self.name}: {at}" for at, key in answers.items() if at not in entries or entries[at].request != key
        ]
        self.answers |= answers
        self._pulses(entries.values(), told.emergencies if told.dark else Counter())

    def begin(self) -> None:
        """From now on: what stands and was felt already is not looked at again."""
        self._new()
        self._felt = self._all_pulses()
        self._sent = self._received()

    def heard(self) -> None:
        """Whatever goes wrong is a sentence in the log, never a traceback."""
        log = self.running.state / "daemon.log"
        with log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log)
            new, self._log = file.read(), file.tell()
        if "Traceback" in new:
            self.counts.findings.append(f"{self.name}: a traceback in {log}\n{new[new.index('Traceback') :][:4000]}")

    def _new(self) -> list[Entry]:
        found = list(_entries(self.file, self._read))
        if found:
            self._read = int(found[-1].segment), found[-1].seq
        return found

    def _pulses(self, entries: Collection[Entry], cut_off: Counter[str]) -> None:
        """No pulse without its grant or emergency, place by place.

        A power cut takes the emergency line with it: as many openings as were asked for may be known to their open
        doors alone.
        """
        reasons = Counter(entry.place or "" for entry in entries if _opens(entry.kind))
        felt = self._all_pulses()
        for place, count in (felt - self._felt).items():
            self.counts.pulses += count
            if reasons[place] < count <= reasons[place] + cut_off[place]:
                self.counts.cut_off += count - reasons[place]
            elif count > reasons[place]:
                self.counts.unwritten.append(f"{self.name}: {place} {count} pulses, {reasons[place]} reasons")
        self._felt = felt

    def _all_pulses(self) -> Counter[str]:
        station = self.running.station
        felt: Counter[str] = Counter()
        for cabinet in station.settings.cabinets.values():
            for number in cabinet.compartments:
                bank, door = station.door(cabinet.place(number))
                felt[cabinet.place(number)] = bank.pulses.get(door, 0)
        return felt

    def _received(self) -> int:
        return len(self.running.station.phone("sms").inbox)

    def end(self) -> None:
        """After the daemon's ordered end: the whole record, its keys, the messages, the log."""
        counts, state = self.counts, self.running.state
        entries = list(_entries(self.file, (0, -1)))
        kept = {entry.at: entry.request for entry in entries}
        counts.lost += [f"{at} at the end" for at, key in self.answers.items() if kept.get(at) != key]
        kinds = Counter(entry.kind for entry in entries)
        counts.emergencies += kinds[EmergencyOpened.kind]
        received = self._received() - self._sent
        counts.messages += received
        if received > kinds[MessageHanding.kind]:
            counts.unwritten.append(f"{received} messages, {kinds[MessageHanding.kind]} entries")
        keys = PersonKeys(state / "record" / "keys", (state / "credentials" / "wrap").read_bytes())
        counts.lost += [f"key of {person}" for person in self.people if not isinstance(keys.card(person), Card)]
        counts.findings += [str(finding) for finding in self.verified()]
        self.heard()

    def verified(self, lodged: Sequence[Lodged] = ()) -> list[object]:
        """What the verifier finds, given what somebody outside holds; the daemon is stopped."""
        station = self.running.station.settings.station
        origin = f"sim.custodyd/{station.bureau}/{station.code}/1"
        vkey = Signer(origin, (self.running.state / "credentials" / "sign").read_bytes()).vkey
        verdict = verify_database(self.file, Trust([vkey], lodged))
        return [*verdict.findings, *([] if verdict.ok else ["the record does not verify"])]


def _opens(kind: str) -> bool:
    return kind == EmergencyOpened.kind or kind.endswith(".granted")


def entries_of(path: Path) -> dict[tuple[str, int], Entry]:
    """Every entry of a record, by its place."""
    return {entry.at: entry for entry in _entries(path, (0, -1))}


def _entries(path: Path, after: tuple[int, int]) -> Iterator[Entry]:
    sql = "SELECT bytes FROM entry WHERE (number, seq) > (?, ?) ORDER BY number, seq"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        for (data,) in connection.execute(sql, after):
            yield decode(data)
