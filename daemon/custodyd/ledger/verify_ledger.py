#!/usr/bin/env python3
"""核对记录 / Checks a custodyd record: one file, Python 3.8 or newer, nothing to install, no trust in the station.

    python3 verify_ledger.py WHAT VKEY [VKEY ...] [--lodged "SEGMENT SIZE ROOT"] ...

WHAT is an export directory, a copy of the database, a case bundle or a receipt. VKEY is the verifier key or a file
that holds it; take it from paper that the station gave away earlier, not from the same medium. --lodged is what an
SMS or a shift sheet said. Exit: 0 everything fits, 1 something does not, 2 it could not be checked.
Formats: RFC 6962, RFC 8032, RFC 8785, C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof.
It shares no code with the program that it checks and must stay one file that can be read in one go: hence its length.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sqlite3
import sys
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

CHINA = timezone(timedelta(hours=8))
EXACT = 2**53 - 1
ENOUGH_FAULTS = 50
LARGEST_SLIP = 1 << 28


class Unfit(Exception):
    """Something does not fit, said in Chinese and in English."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese, self.english = chinese, english


class Key(NamedTuple):
    """A verifier key: its name, and the public key after its type byte."""

    name: str
    raw: bytes


class Checkpoint(NamedTuple):
    """The head of a segment that was signed."""

    origin: str
    size: int
    root: bytes

    @property
    def place(self) -> tuple[str, str]:
        """(station, segment) of the origin."""
        parts = self.origin.split("/")
        return (parts[-2] if len(parts) > 2 else ""), parts[-1]


class Lodged(NamedTuple):
    """What someone outside has seen."""

    segment: str
    size: int
    root: bytes


class Report:
    """Prints what was checked and what does not fit; `segments` are those that were seen."""

    def __init__(self) -> None:
        self.faults = 0
        self.segments: set[str] = set()

    def say(self, chinese: str, english: str, value: object = "") -> None:
        """One fact."""
        print(clean(f"  {chinese} / {english}: {value}"))

    def fault(self, where: str, unfit: Unfit) -> None:
        """One thing that does not fit."""
        self.faults += 1
        if self.faults <= ENOUGH_FAULTS:
            print(clean(f"✗ {where}: {unfit.chinese} / {unfit.english}"))

    def end(self) -> int:
        """The verdict and the exit code."""
        if self.faults:
            print(f"结论：不符，共 {self.faults} 处 / Verdict: DOES NOT FIT, {self.faults} finding(s)")
            return 1
        print("结论：相符 / Verdict: FITS")
        return 0


def clean(text: str) -> str:
    """Hostile text may hold terminal controls; they are shown as dots."""
    return "".join(char if char.isprintable() else "·" for char in text)


# --- hashes: RFC 6962 ------------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree grown leaf by leaf; `peaks` = (width, hash) of its complete subtrees, widest first."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[tuple[int, bytes]] = []

    def add(self, value: bytes) -> None:
        """Take the next leaf hash."""
        self.size += 1
        width = 1
        while self.peaks and self.peaks[-1][0] == width:
            value = node_hash(self.peaks.pop()[1], value)
            width *= 2
        self.peaks.append((width, value))

    def root(self) -> bytes:
        """The root over all leaves so far."""
        hashes = [value for _, value in self.peaks] or [hashlib.sha256(b"").digest()]
        while len(hashes) > 1:
            right = hashes.pop()
            hashes[-1] = node_hash(hashes[-1], right)
        return hashes[0]


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def root_by_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root to which an inclusion proof leads (2.1.1 backwards); raises Unfit when its length is wrong."""
    if not 0 <= index < size or (size == 1) != (not path):
        raise Unfit("证明长度不符", "the proof has the wrong length")
    if size == 1:
        return leaf
    left = split(size)
    if index < left:
        return node_hash(root_by_path(index, left, leaf, path[:-1]), path[-1])
    return node_hash(path[-1], root_by_path(index - left, size - left, leaf, path[:-1]))


def roots_by_proof(old: int, new: int, known: bytes | None, proof: list[bytes]) -> tuple[bytes, bytes]:
    """Older and newer root to which a consistency proof leads (2.1.2 backwards); raises Unfit as above."""
    own = proof[:1] if known is None else [known]
    if old == new and len(own) == 1 and len(proof) == (known is None):
        return own[0], own[0]
    if not proof or not 0 < old < new:
        raise Unfit("证明长度不符", "the proof has the wrong length")
    left, last = split(new), proof[-1]
    if old <= left:
        below = roots_by_proof(old, left, known, proof[:-1])
        return below[0], node_hash(below[1], last)
    below = roots_by_proof(old - left, new - left, None, proof[:-1])
    return node_hash(last, below[0]), node_hash(last, below[1])


# --- Ed25519: RFC 8032 5.1, only the verification --------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

if TYPE_CHECKING:
    Point = tuple[int, int, int, int]


def point(data: bytes) -> Point | None:
    """A point in extended coordinates from its 32 bytes."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plus(one: Point, two: Point) -> Point:
    """The sum of two points."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(factor: int, base: Point) -> Point:
    """A multiple of a point."""
    result = (0, 1, 1, 0)
    while factor:
        result = plus(result, base) if factor & 1 else result
        base, factor = plus(base, base), factor >> 1
    return result


def verify_by_hand(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether S·B = R + k·A."""
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    key, start = point(public), point(signature[:32])
    factor = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or base is None or key is None or start is None or factor >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(factor, base), plus(start, times(challenge, key))
    same = [(left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1)]
    return all(same)


def find_verifier() -> Callable[[bytes, bytes, bytes], bool]:
    """The library's verification where it is installed, else the one above."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return verify_by_hand

    def verify(public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


is_signed = find_verifier()

# --- notes and checkpoints: C2SP signed-note, tlog-checkpoint --------------------------------------------------------


def decode64(text: str) -> bytes:
    """Base64 in its one canonical spelling; raises Unfit."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raw = b""
    if base64.b64encode(raw).decode() != text:
        raise Unfit("base64 不规范", "base64 that is not canonical")
    return raw


def read_key(text: str) -> Key:
    """The key in `name+id+base64`; raises Unfit."""
    parts = text.strip().split("+", 2)
    raw = decode64(parts[2]) if len(parts) == 3 else b""
    key = Key(parts[0], raw)
    if len(raw) != 33 or raw[0] != 1 or key_id(key).hex() != parts[1]:
        raise Unfit("不是验证公钥", "not a verifier key")
    return key


def key_id(key: Key) -> bytes:
    """Four bytes that tell keys of one name apart."""
    return hashlib.sha256(key.name.encode() + b"\n" + key.raw).digest()[:4]


def read_checkpoint(note: str) -> tuple[Checkpoint, bytes, list[list[str]]]:
    """The checkpoint in a note, not verified yet, its signed bytes and its signature lines in words; raises Unfit."""
    text, blank, block = note.rpartition("\n\n")
    lines = text.split("\n")
    marks = [line.split(" ") for line in block[:-1].split("\n")]
    sound = len(lines) >= 3 and all(lines) and re.fullmatch("0|[1-9][0-9]{0,18}", lines[1])
    plain = not any(char < " " for char in note.replace("\n", ""))
    if not (blank and block.endswith("\n") and sound and plain) or any(
        len(mark) != 3 or mark[0] != "—" for mark in marks
    ):
        raise Unfit("不是检查点", "not a checkpoint")
    root = decode64(lines[2])
    if len(root) != 32:
        raise Unfit("不是检查点", "not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root), f"{text}\n".encode(), marks


def open_checkpoint(note: str, keys: list[Key]) -> Checkpoint:
    """The checkpoint that one of the keys signed; a key counts for every segment of its station. Raises Unfit."""
    head, text, marks = read_checkpoint(note)
    station = head.origin.rpartition("/")[0]
    blobs = [decode64(mark[2]) for mark in marks if mark[1] == head.origin]
    for key in keys:
        own = [blob[4:] for blob in blobs if blob[:4] == key_id(Key(head.origin, key.raw))]
        if key.name.rpartition("/")[0] == station and own and all(is_signed(key.raw[1:], text, blob) for blob in own):
            return head
    raise Unfit("没有该公钥的有效签名", "no valid signature by the given key")


def read_root(text: str) -> bytes:
    """A root in hexadecimal, base64 or base32."""
    text = "".join(text.split())
    if len(text) == 64:
        return bytes.fromhex(text)
    return decode64(text) if text.endswith("=") else base64.b32decode(text.upper() + "=" * (-len(text) % 8))


def printed_root(root: bytes) -> str:
    """Base32 in fours, as an SMS shows it."""
    return " ".join(re.findall(".{1,4}", base64.b32encode(root).decode().rstrip("=")))


# --- one entry -------------------------------------------------------------------------------------------------------


def is_exact(value: Json) -> bool:
    """Whether every reader of JSON reads the same: no fractions, no null, no integers beyond a double's."""
    if isinstance(value, (str, bool)):
        return True
    if isinstance(value, int):
        return abs(value) <= EXACT
    if isinstance(value, list):
        return all(is_exact(item) for item in value)
    return isinstance(value, dict) and all(key.isascii() and is_exact(item) for key, item in value.items())


def read_entry(data: bytes, place: tuple[str, str], seq: int) -> dict[str, Any]:
    """The entry in its stored bytes; raises Unfit when its form or place is wrong."""
    try:
        entry: dict[str, Any] = json.loads(data.decode())
        again = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    except (ValueError, TypeError, RecursionError):
        raise Unfit("不是 JSON", "not JSON") from None
    if again != data or data[:1] != b"{" or not is_exact(entry):
        raise Unfit("不是规范形式", "not in canonical form")
    if (entry.get("v"), entry.get("station"), entry.get("segment"), entry.get("seq")) != (1, *place, seq):
        raise Unfit("所述位置不符", "it says that it stands elsewhere")
    try:
        sizes = [(len(decode64(seal["commit"])), len(decode64(seal["box"]))) for seal in entry.get("sealed", [])]
    except (KeyError, TypeError, AttributeError):
        sizes = [(0, 0)]
    if any(commit != 32 or box < 48 for commit, box in sizes):
        raise Unfit("封存标签不合规", "a malformed sealed label")
    return entry


def moment(micros: Any) -> str:
    """A time in China."""
    if not isinstance(micros, int) or not 0 <= micros <= EXACT:
        return "?"
    return (datetime(1970, 1, 1, 8, tzinfo=CHINA) + timedelta(microseconds=micros)).isoformat(" ", "seconds")


GAPS = {
    "daemon.started": "开始记录 / recording started",
    "daemon.stopped": "停止记录 / recording stopped",
    "device.blind.began": "设备失联 / a device was not seen",
    "device.blind.ended": "设备恢复 / the device is seen again",
    "clock.jumped": "时钟跳变 / the clock jumped",
    "clock.source.lost": "时钟源丢失 / nobody keeps the clock right",
    "clock.source.found": "时钟源恢复 / the clock is kept right again",
    "storage.failed": "存储故障 / storage failed",
}


def gap(entry: dict[str, Any]) -> str:
    """A line about what the record says of its own gaps, or nothing."""
    kind, data = entry["kind"], entry["data"]
    told = GAPS.get(kind, "")
    if kind == "daemon.started" and data["clean"] is not True:
        told += "（上次非正常结束 / the run before ended uncleanly）"
    if kind == "segment.opened" and data.get("broken"):
        told = "上一段损坏，已隔离 / the segment before was broken and is in quarantine"
    where = f"{entry['segment']}/{entry['seq']} {moment(entry.get('recorded'))}"
    return told and f"{where} {told} {entry.get('device', '')}".rstrip()


# --- one segment -----------------------------------------------------------------------------------------------------


class Segment:
    """Entries in order, each hashed once; the roots at the sizes that somebody names are kept on the way."""

    def __init__(self, report: Report, place: tuple[str, str], sizes: Iterable[int]) -> None:
        self.report, self.place, self.name = report, place, place[1]
        self.tree = Tree()
        self.roots: dict[int, bytes] = {0: self.tree.root()}
        self.sizes = set(sizes)
        self.gaps: list[str] = []

    def take(self, data: bytes) -> bytes:
        """Hash and read the next entry; gives its leaf hash."""
        seq, leaf = self.tree.size, leaf_hash(data)
        self.tree.add(leaf)
        if self.tree.size in self.sizes:
            self.roots[self.tree.size] = self.tree.root()
        try:
            told = gap(read_entry(data, self.place, seq))
            self.gaps += [told] if told else []
        except Unfit as exc:
            self.report.fault(f"{self.name}/{seq}", exc)
        except (KeyError, TypeError, AttributeError):
            self.report.fault(f"{self.name}/{seq}", Unfit("字段不合规", "a malformed field"))
        return leaf

    def claim(self, size: int, root: bytes, chinese: str, english: str) -> None:
        """Hold the root over the first `size` entries against what somebody says."""
        where = f"{self.name}/{size}"
        if size > self.tree.size:
            self.report.fault(where, Unfit(f"{chinese}所述条目缺失", f"entries that {english} names are missing"))
        elif self.roots.get(size) != root:
            self.report.fault(
                where, Unfit(f"{chinese}的树根不符", f"{english} names another root than the entries give")
            )

    def end(self, origin: str, signed: int, lodged: list[Lodged]) -> None:
        """Compare with what was lodged, and say what was checked."""
        for each in lodged:
            if each.segment == self.name:
                self.claim(each.size, each.root, "外存状态", "a lodged state")
        self.report.segments.add(self.name)
        self.report.say("段", "segment", origin)
        self.report.say("条目数", "entries", self.tree.size)
        self.report.say("其中已签名", "of which signed", signed)
        self.report.say("树根", "root", printed_root(self.tree.root()))
        for line in self.gaps:
            self.report.say("记录自述", "the record says", line)


# --- an export: C2SP tlog-tiles --------------------------------------------------------------------------------------


def tile_path(level: object, index: int, width: int) -> str:
    """`tile/0/x001/067.p/3`."""
    text = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03}/{text}"
    return f"tile/{level}/{text}" + (f".p/{width}" if width < 256 else "")


def tile_widths(count: int) -> Iterator[tuple[int, int]]:
    """(index, width) of the tiles over `count` hashes."""
    return ((start // 256, min(256, count - start)) for start in range(0, count, 256))


def read_file(directory: Path, name: str) -> bytes:
    """A file of the export; raises Unfit."""
    try:
        return (directory / name).read_bytes()
    except OSError:
        raise Unfit("文件缺失", "the file is missing") from None


def entries_of(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle; raises Unfit."""
    place = 0
    found: list[bytes] = []
    while place < len(data):
        end = place + 2 + int.from_bytes(data[place : place + 2], "big")
        found.append(data[place + 2 : end])
        place = end
    if place != len(data) or len(found) != width:
        raise Unfit("条目包长度不符", "the bundle has the wrong length")
    return found


def check_export(report: Report, directory: Path, keys: list[Key], lodged: list[Lodged]) -> None:
    """Every file of one exported segment; raises Unfit where nothing more can be said."""
    head = open_checkpoint(read_file(directory, "checkpoint").decode(), keys)
    segment = Segment(report, head.place, {head.size, *(each.size for each in lodged)})
    wanted, level = {"checkpoint"}, 0
    hashes: list[bytes] = []
    for index, width in tile_widths(head.size):
        file = tile_path("entries", index, width)
        wanted.add(file)
        hashes += [segment.take(data) for data in entries_of(read_file(directory, file), width)]
    segment.claim(head.size, head.root, "检查点", "the checkpoint")
    while hashes:
        wanted |= check_tiles(report, directory, level, hashes)
        level, hashes = level + 1, [subtree(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
    for path in sorted(path for path in directory.rglob("*") if not path.is_dir()):
        if path.relative_to(directory).as_posix() not in wanted:
            report.fault(path.name, Unfit("不属于本导出", "a file that does not belong here"))
    segment.end(head.origin, head.size, lodged)


def check_tiles(report: Report, directory: Path, level: int, hashes: list[bytes]) -> set[str]:
    """Compare the tiles of one level; gives their paths."""
    paths: set[str] = set()
    for index, width in tile_widths(len(hashes)):
        path = tile_path(level, index, width)
        paths.add(path)
        if read_file(directory, path) != b"".join(hashes[index * 256 : index * 256 + width]):
            report.fault(path, Unfit("与条目不符", "is not what the entries give"))
    return paths


def subtree(hashes: list[bytes]) -> bytes:
    """The node over 256 neighbours."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


# --- a copy of the database ------------------------------------------------------------------------------------------


def check_database(report: Report, path: Path, keys: list[Key], lodged: list[Lodged]) -> None:
    """Every segment in the copy; raises Unfit, sqlite3.DatabaseError."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise Unfit("旁有日志文件，副本不完整", "a log lies beside it: the copy is not whole")
    link = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    opinion = link.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if opinion != "ok":
        report.fault(path.name, Unfit("数据库文件损坏", f"the file is damaged: {opinion}"))
    segments = link.execute("SELECT number, origin FROM segment ORDER BY number").fetchall()
    if {row[0] for row in link.execute("SELECT DISTINCT number FROM entry")} - {row[0] for row in segments}:
        report.fault(path.name, Unfit("有不属于任何段的条目", "entries of a segment that is not listed"))
    if not segments:
        raise Unfit("没有任何段", "no segment at all")
    for number, origin in segments:
        check_rows(report, link, number, origin, keys, lodged)
    link.close()


def check_rows(
    report: Report, link: sqlite3.Connection, number: int, origin: str, keys: list[Key], lodged: list[Lodged]
) -> None:
    """One segment of the copy. The newest signature is checked, and the roots of all checkpoints."""
    rows = link.execute("SELECT note FROM checkpoint WHERE number=? ORDER BY size", (number,))
    notes = [str(note) for (note,) in rows]
    claims = [(*read_checkpoint(note)[0][1:], "检查点", "a checkpoint") for note in notes]
    claims += [(*claim, "下一段", "the next segment") for claim in said_by_next(link, number, origin)]
    place = Checkpoint(origin, 0, b"").place
    segment = Segment(report, place, {*(claim[0] for claim in claims), *(each.size for each in lodged)})
    for seq, data in link.execute("SELECT seq, bytes FROM entry WHERE number=? ORDER BY seq", (number,)):
        if seq != segment.tree.size:
            report.fault(f"{segment.name}/{segment.tree.size}", Unfit("缺少条目", "an entry is missing"))
            return
        segment.take(data)
    for claim in claims:
        segment.claim(*claim)
    try:
        newest = open_checkpoint(notes[-1] if notes else "", keys)
        if newest.origin != origin:
            raise Unfit("检查点属于另一段", "the checkpoint is of another segment")
    except Unfit as exc:
        report.fault(segment.name, exc)
        newest = Checkpoint(origin, 0, b"")
    segment.end(origin, newest.size, lodged)


def said_by_next(link: sqlite3.Connection, number: int, origin: str) -> list[tuple[int, bytes]]:
    """(size, root) of this segment as the first entry of the next one names it."""
    row = link.execute("SELECT bytes FROM entry WHERE number=? AND seq=0", (number + 1,)).fetchone()
    said: dict[str, Any] = json.loads(row[0])["data"] if row else {}
    return [(said["previous_size"], read_root(said["previous_root"]))] if said.get("previous_origin") == origin else []


# --- receipts and bundles --------------------------------------------------------------------------------------------


def read_slip(data: bytes) -> dict[str, Any]:
    """A bundle, or a receipt in the form of a bundle with one entry; raises Unfit, ValueError."""
    try:
        slip: dict[str, Any] = json.loads(
            data if data[:1] == b"{" else zlib.decompressobj().decompress(data, LARGEST_SLIP)
        )
    except (ValueError, zlib.error):
        raise Unfit("无法识别", "neither an export, a database, a bundle nor a receipt") from None
    if "proof" not in slip:
        return slip
    head, _, note = slip["proof"].partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    if lines[0] != "c2sp.org/tlog-proof@v1" or not re.fullmatch("index (0|[1-9][0-9]*)", lines[1]):
        raise Unfit("不是 tlog-proof", "not a tlog-proof")
    part = {**slip, "index": int(lines[1][6:]), "path": lines[2:]}
    return {"checkpoint": note, "entries": [part], "lodged": []}


def check_slip(report: Report, data: bytes, keys: list[Key], lodged: list[Lodged]) -> None:
    """Entries with their proofs and disclosed labels, and consistency with earlier checkpoints; raises Unfit."""
    slip = read_slip(data)
    head = open_checkpoint(slip["checkpoint"], keys)
    report.segments.add(head.place[1])
    report.say("检查点", "checkpoint", f"{head.origin} {head.size} {printed_root(head.root)}")
    for part in slip["entries"]:
        try:
            check_part(report, part, head)
        except Unfit as exc:
            report.fault(f"{head.place[1]}/{part['index']}", exc)
    for earlier in slip["lodged"]:
        old, proof = open_checkpoint(earlier["checkpoint"], keys), [decode64(line) for line in earlier["proof"]]
        if old.origin != head.origin or roots_by_proof(old.size, head.size, old.root, proof) != (old.root, head.root):
            raise Unfit("与之前的状态不一致", "does not continue an earlier checkpoint")
        report.say("延续之前的检查点", "continues the checkpoint", f"{old.size} {printed_root(old.root)}")
    if any(each[:2] == (head.place[1], head.size) and each.root != head.root for each in lodged):
        raise Unfit("外存状态不符", "a lodged state names another root")


def check_part(report: Report, part: dict[str, Any], head: Checkpoint) -> None:
    """One entry of a receipt or bundle; raises Unfit."""
    data, index = part["entry"].encode(), part["index"]
    if root_by_path(index, head.size, leaf_hash(data), [decode64(line) for line in part["path"]]) != head.root:
        raise Unfit("证明不通向已签名的树根", "the proof does not lead to the signed root")
    entry = read_entry(data, head.place, index)
    report.say("条目", "entry", f"{head.place[1]}/{index} {moment(entry.get('happened'))} {entry.get('kind')}")
    commits = {seal["path"]: seal["commit"] for seal in entry.get("sealed", [])}
    for pointer, opening, text in part.get("openings", []):
        bound = hashlib.sha256(b"custodyd/label/1\x00" + decode64(opening) + text.encode()).digest()
        if len(decode64(opening)) != 32 or commits.get(pointer) != base64.b64encode(bound).decode():
            raise Unfit("出示的文字不是封存的文字", "a disclosed text is not the one that was sealed")
        report.say("出示的标签", "disclosed label", f"{pointer} = {text}")


# --- the command -----------------------------------------------------------------------------------------------------


def check(report: Report, what: Path, keys: list[Key], lodged: list[Lodged]) -> None:
    """Whatever lies there; raises Unfit, OSError and what malformed content raises."""
    if not what.is_dir():
        check_file(report, what, keys, lodged)
    else:
        whole = (what / "checkpoint").exists() or (what / "tile").exists()
        parts = [what] if whole else sorted(part for part in what.iterdir() if part.is_dir())
        for part in parts or [what]:
            check_export(report, part, keys, lodged)
    for each in lodged:
        if each.segment not in report.segments:
            report.fault(
                each.segment, Unfit("外存状态所述的段不在此", "a lodged state names this segment, which is not here")
            )


def check_file(report: Report, file: Path, keys: list[Key], lodged: list[Lodged]) -> None:
    """A database, a bundle or a receipt."""
    with file.open("rb") as stream:
        is_database = stream.read(16) == b"SQLite format 3\x00"
    if is_database:
        check_database(report, file, keys, lodged)
    else:
        check_slip(report, file.read_bytes(), keys, lodged)


def read_lodged(text: str) -> Lodged:
    """`segment size root`; raises ValueError, Unfit."""
    segment, size, root = text.split(None, 2)
    return Lodged(segment, int(size), read_root(root))


def read_vkey(text: str) -> Key:
    """The key in a file or in the text itself; raises OSError, Unfit."""
    return read_key(Path(text).read_text(encoding="utf-8") if os.path.exists(text) else text)


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", type=Path)
    parser.add_argument("vkey", nargs="+")
    parser.add_argument("--lodged", action="append", default=[])
    given = parser.parse_args()
    try:
        keys, lodged = [read_vkey(text) for text in given.vkey], [read_lodged(text) for text in given.lodged]
    except (Unfit, ValueError, OSError) as exc:
        print(f"公钥或外存状态无法读取 / a key or a lodged state cannot be read: {exc}")
        return 2
    report = Report()
    try:
        check(report, given.what, keys, lodged)
    except Unfit as exc:
        report.fault(str(given.what), exc)
    except OSError as exc:
        print(f"无法核对 / cannot be checked: {exc.strerror}")
        return 2
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError, sqlite3.DatabaseError) as exc:
        report.fault(str(given.what), Unfit("内容不合规", f"malformed: {type(exc).__name__}"))
    return report.end()


if __name__ == "__main__":
    stdout: Any = sys.stdout
    if hasattr(stdout, "reconfigure"):  # Chinese even where the locale is C
        stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main())
