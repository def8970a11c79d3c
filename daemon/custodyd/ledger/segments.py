"""Checking one segment: its chunks, its checkpoints, what others hold of it; it must not open files itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from custodyd.ledger import chunks, gaps, tiles, tree
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.note import BadNote, Checkpoint, parse, parse_vkey, place_of, verify, vkey_text
from custodyd.ledger.sources import Source, Unreadable
from custodyd.ledger.suite import EMPTY_ROOT
from custodyd.ledger.verdict import Covered, Finding


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifying person brings: verifier keys, and states that were seen outside."""

    vkeys: Sequence[str]
    lodged: Sequence[Lodged] = ()

    def verify(self, note: str, origin: str) -> Checkpoint:
        """The checkpoint in a note of `origin`, signed by one of the keys; raises BadNote.

        The station's key keeps its value over the segments, while its name is each segment's origin: a key of the
        same station therefore counts under the name of any of its segments.
        """
        station = origin.rpartition("/")[0]
        for vkey in self.vkeys:
            name, public = parse_vkey(vkey)
            if name.rpartition("/")[0] == station and _signs(note, vkey_text(origin, public)):
                return verify(note, vkey_text(origin, public))
        raise BadNote("not signed by a key that was given")


def _signs(note: str, vkey: str) -> bool:
    try:
        verify(note, vkey)
    except BadNote:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment to be checked: `notes` oldest first; `expected` = (size, root) that the next segment names."""

    origin: str
    source: Source
    notes: Sequence[str]
    expected: Sequence[tuple[int, bytes]] = ()

    @property
    def name(self) -> str:
        """The segment's id."""
        return place_of(self.origin)[1]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out for one segment."""

    covered: Covered | None
    findings: tuple[Finding, ...]
    marks: tuple[gaps.Mark, ...]


Claim = tuple[int, bytes, str]  # size, root, who says so


def check(segment: Segment, trust: Trust, *, entries: bool) -> Checked:
    """Hash the segment and hold it against every signature and lodged state; `entries` = read them too.

    Without `entries` only the newest signature is checked; the roots of all checkpoints always are.
    """
    signed, findings = _signed(segment, trust, every=entries)
    lodged = [each for each in trust.lodged if each.segment == segment.name]
    claims: list[Claim] = [(point.size, point.root, "a checkpoint") for point in signed]
    claims += [(each.size, each.root, "a lodged state") for each in lodged]
    claims += [(size, root, "the next segment") for size, root in segment.expected]
    results = _hash(segment, {size for size, _, _ in claims}, entries=entries)
    findings += [finding for result in results for finding in result.findings]
    findings += _above(segment, results)
    findings += _compare(segment, claims, results)
    newest = max((point.size for point in signed), default=0)
    root = _root(segment.source.size, results) or b""
    covered = Covered(segment.origin, segment.source.size, newest, root, len(signed), len(lodged))
    return Checked(covered, tuple(findings), tuple(_marks(results)))


def _signed(segment: Segment, trust: Trust, *, every: bool) -> tuple[list[Checkpoint], list[Finding]]:
    found: list[Checkpoint] = []
    findings: list[Finding] = []
    for place, note in enumerate(segment.notes, 1):
        look = every or place == len(segment.notes)
        try:
            found.append(trust.verify(note, segment.origin) if look else parse(note))
        except BadNote as exc:
            findings.append(Finding("signature", f"{segment.name}/checkpoint {place}", str(exc)))
    if not segment.notes:
        findings.append(Finding("signature", segment.name, "no checkpoint at all"))
    return found, findings


def _hash(segment: Segment, sizes: Iterable[int], *, entries: bool) -> list[chunks.Result]:
    source = segment.source
    inside = sorted(size for size in {*sizes, source.size} if 0 < size <= source.size)
    within: dict[int, list[int]] = {number: [] for number in range(-(-source.size // tiles.CHUNK))}
    for size in inside:
        within[(size - 1) // tiles.CHUNK].append(size)
    place = place_of(segment.origin) if entries else None
    return chunks.hash_all([chunks.Task(source, number, tuple(some), place) for number, some in within.items()])


def _root(size: int, results: Sequence[chunks.Result]) -> bytes | None:
    """The root over the first entries; None where one of them could not be read."""
    if size == 0:
        return EMPTY_ROOT
    number = (size - 1) // tiles.CHUNK
    parts = [*(result.root for result in results[:number]), results[number].partial.get(size)]
    known = [part for part in parts if part is not None]
    return tree.joined(known) if len(known) == len(parts) else None


def _compare(segment: Segment, claims: Iterable[Claim], results: Sequence[chunks.Result]) -> Iterator[Finding]:
    for size, root, who in claims:
        where = f"{segment.name}/{size}"
        if size > segment.source.size:
            yield Finding("missing", where, f"{who} names {size} entries, {segment.source.size} are here")
        elif (found := _root(size, results)) is not None and found != root:
            yield Finding("root", where, f"{who} names another root than the entries give")


def _above(segment: Segment, results: Sequence[chunks.Result]) -> list[Finding]:
    whole = [result.root for result in results[: segment.source.size // tiles.CHUNK] if result.root is not None]
    if len(whole) < segment.source.size // tiles.CHUNK:
        return []
    try:
        return list(segment.source.compare_above(tree.levels_over(whole)))
    except Unreadable as exc:
        return [exc.finding]


def _marks(results: Iterable[chunks.Result]) -> Iterator[gaps.Mark]:
    last: int | None = None
    for result in results:
        for mark in result.marks:
            yield mark if mark.before is not None else replace(mark, before=last)
        last = result.last
