"""Receipts and case bundles: a person's own entries, provable alone, and nothing of anyone else."""

import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import run_stand_alone
from tests.daemon.ledger_proofs.sample import Sample, canonical, entries, raw_entry

from custodyd.ledger import tree
from custodyd.ledger.bundle import Bundle, bundle
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.receipt import BadProof, Proof, Receipt, read_proof, receipt, unpack
from custodyd.ledger.seals import Seals
from custodyd.ledger.segments import Trust
from custodyd.ledger.slips import verify_slip
from custodyd.ledger.verdict import Gap
from custodyd.ledger.verify import verify_path
from custodyd.model.entry import Label

SEALS = Seals(lambda _: bytes(32))
SEALED = [
    SEALS.seal(Label("/data/name", "p-a", "模拟人员甲")),
    SEALS.seal(Label("/data/phone", "p-a", "+8610000000000")),
]
AT = 12
ENTRY = canonical(raw_entry(AT, "person.registered", {}, sealed=msgspec.to_builtins(SEALED)))
ALL = [*entries(AT), ENTRY, *[canonical(raw_entry(seq, "door.opened", {"door": 1})) for seq in range(AT + 1, 40)]]
SAMPLE = Sample(ALL)
TRUST = Trust([SAMPLE.vkey])
LEVELS = SAMPLE.levels()


def hash_at(level: int, index: int) -> bytes:
    return LEVELS[level][index]


PROOF = Proof(AT, tuple(tree.inclusion(AT, len(ALL), hash_at)), SAMPLE.note())
NAME = ("/data/name", *SEALS.disclose(SEALED[0]))
RECEIPT = receipt(ENTRY, PROOF, [NAME])
BUNDLE = bundle(
    SAMPLE.note(),
    [(3, ALL[3], ()), (AT, ENTRY, [NAME])],
    hash_at,
    [SAMPLE.note(9), SAMPLE.note(32), SAMPLE.note()],
    [Gap("stopped", "1", 4, 5, 1, 2)],
    {"door.opened": 37},
)


def test_a_proof_has_the_lines_of_the_standard_and_is_read_back() -> None:
    text = PROOF.text()
    assert text.startswith(f"c2sp.org/tlog-proof@v1\nindex {AT}\n{b64encode(PROOF.path[0]).decode()}\n")
    assert text.endswith(f"\n\n{SAMPLE.note()}")
    assert read_proof(text) == PROOF
    assert read_proof(text.replace("index", "extra YQ==\nindex")) == PROOF


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 12", "index 012"),
        ("index 12", "index -12"),
        ("index", "inde"),
        ("\n\n", "\n"),
        ("=", ""),
    ],
)
def test_a_malformed_proof_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadProof):
        read_proof(PROOF.text().replace(old, new, 1))


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_a_receipt_or_refused(data: bytes) -> None:
    assert not verify_slip(data, TRUST).ok
    with pytest.raises(BadProof):
        unpack(data)


def test_a_receipt_is_proven_with_its_disclosed_label(tmp_path: Path) -> None:
    slip = tmp_path / "receipt"
    slip.write_bytes(RECEIPT.pack())
    assert unpack(slip.read_bytes()) == RECEIPT
    verdict = verify_path(slip, TRUST)
    assert verdict.ok, verdict
    assert verdict.covered[0].signed == len(ALL)
    code, text = run_stand_alone(slip, SAMPLE.vkey, bare=True)
    assert code == 0, text
    assert "模拟人员甲" in text
    assert "+8610000000000" not in text


def test_a_receipt_fits_one_printed_code() -> None:
    assert len(RECEIPT.pack()) < 2_331  # version 40 in byte mode at level M


def test_a_bundle_is_proven_with_every_lodged_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(BUNDLE.pack())
    verdict = verify_path(file, TRUST)
    assert verdict.ok, verdict
    assert verdict.covered[0].checkpoints == 4
    assert verdict.gaps == BUNDLE.gaps
    code, text = run_stand_alone(file, SAMPLE.vkey, bare=True)
    assert code == 0, text
    assert text.count("continues the checkpoint") == 3


def replaced(**fields: object) -> Receipt:
    return msgspec.structs.replace(RECEIPT, **fields)


FORGED: list[tuple[str, Callable[[], Receipt]]] = [
    ("root", lambda: replaced(entry=RECEIPT.entry.replace("person.registered", "person.registeree"))),
    ("root", lambda: replaced(proof=RECEIPT.proof.replace("index 12", "index 13"))),
    ("seal", lambda: replaced(openings=((NAME[0], NAME[1], "模拟人员乙"),))),
    ("seal", lambda: replaced(openings=(("/data/phone", *NAME[1:]),))),
    ("seal", lambda: replaced(openings=(("/data/other", *NAME[1:]),))),
    ("seal", lambda: replaced(openings=((NAME[0], "?", NAME[2]),))),
    ("signature", lambda: replaced(proof=Proof(AT, PROOF.path, SAMPLE.note().replace("\n40\n", "\n41\n")).text())),
    ("root", lambda: replaced(proof=Proof(AT, PROOF.path[1:], PROOF.note).text())),
    ("field", lambda: receipt(ALL[3], moved(3))),
]


def moved(at: int) -> Proof:
    """An entry that truly stands at one place but says that it stands at another."""
    levels = Sample([ALL[3]]).levels()
    return Proof(
        0, tuple(tree.inclusion(0, 1, lambda level, index: levels[level][index])), Sample(ALL[at : at + 1]).note()
    )


@pytest.mark.parametrize("case", range(len(FORGED)))
def test_a_forged_receipt_is_found(case: int, tmp_path: Path) -> None:
    check, forge = FORGED[case]
    slip = tmp_path / "receipt"
    slip.write_bytes(forge().pack())
    verdict = verify_path(slip, TRUST)
    assert [finding.check for finding in verdict.findings] == [check]
    code, text = run_stand_alone(slip, SAMPLE.vkey)
    assert code == 1, text


def test_a_receipt_against_another_lodged_root_is_found(tmp_path: Path) -> None:
    slip = tmp_path / "receipt"
    slip.write_bytes(RECEIPT.pack())
    lodged = Lodged("1", len(ALL), bytes(32))
    assert not verify_path(slip, Trust([SAMPLE.vkey], [lodged])).ok
    assert run_stand_alone(slip, SAMPLE.vkey, "--lodged", lodged.text())[0] == 1


def forged_bundles() -> list[Bundle]:
    other = Sample([*ALL[:30], b"{}"])
    first, second = BUNDLE.entries
    earlier = BUNDLE.lodged[0]
    return [
        msgspec.structs.replace(BUNDLE, entries=(msgspec.structs.replace(first, index=4), second)),
        msgspec.structs.replace(BUNDLE, entries=(first, msgspec.structs.replace(second, path=("?",)))),
        msgspec.structs.replace(BUNDLE, lodged=(msgspec.structs.replace(earlier, proof=earlier.proof[1:]),)),
        msgspec.structs.replace(BUNDLE, lodged=(msgspec.structs.replace(earlier, proof=("?",)),)),
        msgspec.structs.replace(BUNDLE, lodged=(msgspec.structs.replace(earlier, checkpoint=other.note()),)),
        msgspec.structs.replace(BUNDLE, lodged=(msgspec.structs.replace(earlier, checkpoint="x"),)),
        msgspec.structs.replace(BUNDLE, checkpoint=other.note()),
    ]


@pytest.mark.parametrize("case", range(7))
def test_a_forged_bundle_is_found(case: int, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(forged_bundles()[case].pack())
    assert not verify_path(file, TRUST).ok
    code, text = run_stand_alone(file, SAMPLE.vkey)
    assert code == 1, text


def test_what_inflates_without_end_is_refused() -> None:
    with pytest.raises(BadProof):
        unpack(zlib.compress(b"{" + bytes(1 << 24)))
