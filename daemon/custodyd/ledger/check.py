"""What is looked at before the record is used: pages, places, the last note, every entry since; it changes nothing.

This finds what a crash, a bad disk or a careless hand does. The full check of every entry is `verify`.
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from custodyd.ledger import door
from custodyd.ledger.canonical import decode
from custodyd.ledger.edge import Edge
from custodyd.ledger.errors import Broken, WrongDirectory
from custodyd.ledger.note import BadNote, Checkpoint, verify
from custodyd.ledger.store import Head, Store, hash_at
from custodyd.ledger.suite import leaf_hash
from custodyd.model.entry import Entry
from custodyd.model.facts import record as facts

ENDS = (facts.DaemonStopped.kind, facts.SegmentClosed.kind)
_OTHER = {
    "zh-CN": "此目录中的记录属于另一个站点，或由另一把密钥签名；未先关闭分段，拒绝启动。",
    "en": "The record here is of another station or signed with another key, and its segment was not closed for that.",
}


def check(store: Store, origin_of: Callable[[str], str], vkey_of: Callable[[str], str]) -> bool:
    """Set the store's head from what stands in the file; tells whether the last run ended in good order.

    `origin_of` gives our origin of a segment, `vkey_of` our verifier key under an origin. Raises Broken,
    RecordUnavailable, WrongDirectory.
    """
    with door.ours(store.directory):
        problems = [row[0] for row in store.connection.execute("PRAGMA quick_check(1)")]
        if problems != ["ok"]:
            raise Broken(str(problems[0]), proven=False)
        segments = store.connection.execute("SELECT number, segment, origin FROM segment ORDER BY number").fetchall()
        for number, segment, origin in segments:
            if str(number) != segment:
                raise Broken("a segment is misnamed")
            _set_head(store, number, origin)
            if number != segments[-1][0]:
                _check_closed(store)
        return not segments or _check_current(store, origin_of(store.head.segment), vkey_of)


def _set_head(store: Store, number: int, origin: str) -> None:
    sql = "SELECT count(*), max(seq) FROM entry WHERE number = ?"
    count, last = store.connection.execute(sql, (number,)).fetchone()
    if not count or count != last + 1:
        raise Broken(f"entries of segment {number} are missing")
    edge = Edge.load(count, partial(hash_at, store.connection, number))
    store.head = Head(number, origin, edge, _last(store, number).kind == ENDS[1])


def _check_closed(store: Store) -> None:
    """An ended segment is covered whole by its last note."""
    note = store.last_note(store.head.number)
    if not store.head.closed or note is None or note[0] != store.head.size:
        raise Broken(f"segment {store.head.number} does not end as it must")


def _check_current(store: Store, origin: str, vkey_of: Callable[[str], str]) -> bool:
    first = _decode(store, store.head.number, 0)
    signed = store.last_note(store.head.number)
    edge = Edge()
    if signed is not None:
        checkpoint = _verified(signed[1], (str(first.data.get("vkey")), vkey_of(store.head.origin)))
        if checkpoint.size != signed[0] or checkpoint.size > store.head.size:
            raise Broken("there are fewer entries than were signed")
        edge = Edge.load(checkpoint.size, store.hash_at)
        if edge.root() != checkpoint.root:
            raise Broken("the entries are not those of the last checkpoint")
    _check_since(store, edge)
    ours = store.head.origin == origin and first.data.get("vkey") == vkey_of(origin)
    if not ours and not store.head.closed:
        raise WrongDirectory("start.other_identity", _OTHER)
    return _last(store, store.head.number).kind in ENDS


def _check_since(store: Store, edge: Edge) -> None:
    # the last signed entry is looked at again: the one most likely to be torn
    start = max(0, edge.size - 1)
    sql = "SELECT seq, bytes FROM entry WHERE number = ? AND seq >= ? ORDER BY seq"
    for seq, data in store.connection.execute(sql, (store.head.number, start)):
        leaf = leaf_hash(data)
        if leaf != store.hash_at(0, seq):
            raise Broken(f"entry {seq} is not what was written")
        if seq >= edge.size:
            edge, _ = edge.grown(leaf)
    if edge != store.head.edge:
        raise Broken("the tree does not fit the entries")


def _verified(note: str, vkeys: Sequence[str]) -> Checkpoint:
    for vkey in vkeys:
        with contextlib.suppress(BadNote):
            return verify(note, vkey)
    raise Broken("the last checkpoint is signed by nobody we know")


def _last(store: Store, number: int) -> Entry:
    (seq,) = store.connection.execute("SELECT max(seq) FROM entry WHERE number = ?", (number,)).fetchone()
    return _decode(store, number, seq)


def _decode(store: Store, number: int, seq: int) -> Entry:
    sql = "SELECT bytes FROM entry WHERE number = ? AND seq = ?"
    (data,) = store.connection.execute(sql, (number, seq)).fetchone()
    try:
        return decode(data)
    except (msgspec.DecodeError, TypeError) as exc:
        raise Broken(f"entry {seq} of segment {number} cannot be read") from exc
