"""Verifying what a person takes home, a receipt or a case bundle: it needs no other part of the record."""

import msgspec

from custodyd.ledger import shape, tree
from custodyd.ledger.bundle import Bundle, Earlier, Part, hashes_of
from custodyd.ledger.note import BadNote, Checkpoint, encode64, parse, place_of
from custodyd.ledger.receipt import BadProof, Receipt, inflate, read_proof
from custodyd.ledger.seals import is_bound
from custodyd.ledger.segments import Trust
from custodyd.ledger.suite import leaf_hash
from custodyd.ledger.verdict import Covered, Finding, Verdict


def verify_slip(data: bytes, trust: Trust) -> Verdict:
    """A receipt or bundle, deflated or plain. A bundle's `gaps` and `withheld` are said by the station, not proven."""
    try:
        held = _read(data)
        head = trust.verify(held.checkpoint, parse(held.checkpoint).origin)
    except BadNote as exc:
        return Verdict((), (Finding("signature", "checkpoint", str(exc)),))
    except (BadProof, ValueError) as exc:  # msgspec's errors are ValueErrors
        return Verdict((), (Finding("file", "receipt or bundle", str(exc)),))
    findings = [finding for part in held.entries for finding in _part(part, head)]
    findings += [finding for earlier in held.lodged for finding in _earlier(earlier, head, trust)]
    _, segment = place_of(head.origin)
    if any((each.segment, each.size) == (segment, head.size) and each.root != head.root for each in trust.lodged):
        findings.append(Finding("root", f"{segment}/{head.size}", "a lodged state names another root"))
    covered = Covered(head.origin, len(held.entries), head.size, head.root, 1 + len(held.lodged))
    return Verdict((covered,), tuple(findings), held.gaps, parsed=True)


def _read(data: bytes) -> Bundle:
    plain = inflate(data)
    if "proof" not in msgspec.json.decode(plain, type=dict[str, msgspec.Raw]):
        return msgspec.json.decode(plain, type=Bundle)
    slip = msgspec.json.decode(plain, type=Receipt)
    proof = read_proof(slip.proof)
    return Bundle(proof.note, (Part(slip.entry, proof.index, tuple(map(encode64, proof.path)), slip.openings),))


def _part(part: Part, head: Checkpoint) -> list[Finding]:
    station, segment = place_of(head.origin)
    data, where = part.entry.encode(), f"{segment}/{part.index}"
    try:
        proven = tree.is_included(part.index, head.size, head.root, leaf_hash(data), hashes_of(part.path))
    except ValueError:
        proven = False
    if not proven:
        return [Finding("root", where, "the proof does not lead to the signed root")]
    entry, faults = shape.read(data, shape.Place(station, segment, part.index))
    commits = {sealed.path: sealed.commit for sealed in entry.sealed} if entry else {}
    findings = [Finding(kind, where, detail) for kind, detail in faults]
    for path, opening, text in part.openings:
        if path not in commits or not is_bound(commits[path], opening, text):
            findings.append(Finding("seal", where, f"the text at {path[:80]!r} is not what the entry binds"))
    return findings


def _earlier(earlier: Earlier, head: Checkpoint, trust: Trust) -> list[Finding]:
    try:
        old = trust.verify(earlier.checkpoint, head.origin)
        proof = hashes_of(earlier.proof)
    except (BadNote, ValueError) as exc:
        return [Finding("signature", "an earlier checkpoint", str(exc))]
    if tree.is_consistent(old.size, old.root, head.size, head.root, proof):
        return []
    return [Finding("root", f"{head.origin} {old.size}", "the tree does not continue this checkpoint")]
