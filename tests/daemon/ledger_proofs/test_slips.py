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
from tests.daemon.ledger_proofs.sample import ORIGIN, SEED, STATION, Sample, canonical, entries, raw_entry

from custodyd.ledger import tree
from custodyd.ledger.bundle import Bundle, bundle, hashes_of
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.note import Signer
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


BUNDLE_FINDINGS = [
    [("root", "1/4")],
    [("root", "1/12")],
    [("root", f"{ORIGIN} 9")],
    [("signature", "an earlier checkpoint")],
    [("root", f"{ORIGIN} 31")],
    [("signature", "an earlier checkpoint")],
    [("root", "1/3"), ("root", "1/12"), *[("root", f"{ORIGIN} {size}") for size in (9, 32, 40)]],
]


@pytest.mark.parametrize("case", range(7))
def test_a_forged_bundle_is_found_where_it_was_forged(case: int) -> None:
    verdict = verify_slip(forged_bundles()[case].pack(), TRUST)
    assert [(finding.check, finding.where) for finding in verdict.findings] == BUNDLE_FINDINGS[case]
    assert all(" " in finding.detail for finding in verdict.findings)
    assert verdict.parsed


def test_what_a_slip_covers_is_told_with_size_root_and_signatures() -> None:
    (covered,) = verify_slip(BUNDLE.pack(), TRUST).covered
    assert (covered.origin, covered.size, covered.signed) == (ORIGIN, 2, len(ALL))
    assert (covered.root, covered.checkpoints, covered.lodged) == (SAMPLE.root(), 4, 0)
    assert verify_slip(RECEIPT.pack(), TRUST).covered[0].checkpoints == 1


@pytest.mark.parametrize(
    ("lodged", "found"),
    [
        (Lodged("1", len(ALL), SAMPLE.root()), []),
        (Lodged("1", len(ALL) - 1, bytes(32)), []),
        (Lodged("2", len(ALL), bytes(32)), []),
        (Lodged("1", len(ALL), bytes(32)), [("root", f"1/{len(ALL)}")]),
    ],
)
def test_only_a_lodged_state_of_the_same_segment_and_size_speaks_on_a_slip(
    lodged: Lodged, found: list[tuple[str, str]]
) -> None:
    verdict = verify_slip(RECEIPT.pack(), Trust([SAMPLE.vkey], [lodged]))
    assert [(finding.check, finding.where) for finding in verdict.findings] == found
    assert all("lodged" in finding.detail for finding in verdict.findings)


@pytest.mark.parametrize(
    "data", [b"x", b"{", zlib.compress(b"{}"), zlib.compress(b"[]"), zlib.compress(b"5"), b'{"proof":"x","entry":"{}"}']
)
def test_what_is_neither_receipt_nor_bundle_is_a_finding_about_the_file(data: bytes) -> None:
    verdict = verify_slip(data, TRUST)
    assert [(finding.check, finding.where) for finding in verdict.findings] == [("file", "receipt or bundle")]
    assert " " in verdict.findings[0].detail
    assert verdict.covered == ()


def test_a_slip_signed_by_nobody_known_is_a_finding_about_its_checkpoint() -> None:
    stranger = Trust([Signer(f"{STATION}/1", SEED[::-1]).vkey])
    verdict = verify_slip(RECEIPT.pack(), stranger)
    assert [(finding.check, finding.where) for finding in verdict.findings] == [("signature", "checkpoint")]
    assert "not signed" in verdict.findings[0].detail
    assert verdict.covered == ()


def test_the_faults_of_a_proven_entry_and_of_its_labels_are_told_with_its_place() -> None:
    slip = receipt(ALL[3], moved(3), [NAME])
    verdict = verify_slip(slip.pack(), TRUST)
    assert [(finding.check, finding.where) for finding in verdict.findings] == [("field", "1/0"), ("seal", "1/0")]
    assert "1/3" in verdict.findings[0].detail
    assert "/data/name" in verdict.findings[1].detail


LINES = PROOF.text().split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\n",
        "\n".join([LINES[0], "extra ?", *LINES[1:]]),
        "\n".join([LINES[0], "extra YQ==", "extra YQ==", *LINES[1:]]),
        "\n".join([LINES[0], "index 12 ", *LINES[2:]]),
        "\n".join([LINES[0], "index x", *LINES[2:]]),
        "\n".join([*LINES[:2], b64encode(bytes(31)).decode(), *LINES[3:]]),
        "\n".join([*LINES[:2], b64encode(bytes(33)).decode(), *LINES[3:]]),
    ],
)
def test_a_proof_with_a_line_too_few_too_many_or_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(BadProof):
        read_proof(text)


def test_the_proof_of_the_only_entry_has_index_nought_and_no_path() -> None:
    proof = Proof(0, (), SAMPLE.note())
    assert read_proof(proof.text()) == proof


def test_a_packed_receipt_is_as_small_as_deflating_makes_it_and_ends_with_its_stream() -> None:
    packed = RECEIPT.pack()
    assert packed == zlib.compress(zlib.decompress(packed), 9)
    assert list(msgspec.json.decode(zlib.decompress(packed))) == ["entry", "openings", "proof"]
    too_long = zlib.compress(b" " * (1 << 20) + zlib.decompress(packed))
    for bent in (packed + b"x", packed[:-1], too_long):
        with pytest.raises(BadProof):
            unpack(bent)


def test_a_bundle_is_packed_in_sorted_order_and_without_extras_holds_none() -> None:
    made = bundle(SAMPLE.note(), [(3, ALL[3], ())], hash_at)
    assert (made.lodged, made.gaps, made.withheld) == ((), (), {})
    names = list(msgspec.json.decode(BUNDLE.pack()))
    assert names == sorted(names)
    assert [(part.index, part.entry, part.openings) for part in BUNDLE.entries] == [
        (3, ALL[3].decode(), ()),
        (AT, ENTRY.decode(), (NAME,)),
    ]
    assert BUNDLE.withheld == {"door.opened": 37}


def test_a_bundle_spells_the_way_of_each_entry_and_of_each_earlier_tree() -> None:
    made = bundle(SAMPLE.note(), [(AT, ENTRY, [NAME])], hash_at, [SAMPLE.note(9)], withheld={"door.opened": 39})
    (part,), (earlier,) = made.entries, made.lodged
    assert made.checkpoint == SAMPLE.note()
    assert (part.entry, part.index, part.openings) == (ENTRY.decode(), AT, (NAME,))
    assert hashes_of(part.path) == tree.inclusion(AT, len(ALL), hash_at)
    assert earlier.checkpoint == SAMPLE.note(9)
    assert hashes_of(earlier.proof) == tree.consistency(9, len(ALL), hash_at)
    assert made.withheld == {"door.opened": 39}


def test_a_label_is_not_bound_by_what_is_no_entry_and_a_long_path_is_cut() -> None:
    alone = Sample([b"{}"])
    path = "/" + "x" * 100
    slip = receipt(b"{}", Proof(0, (), alone.note()), [(path, *NAME[1:])])
    form, seal = verify_slip(slip.pack(), TRUST).findings
    assert (form.check, seal.check) == ("form", "seal")
    assert repr(path[:80]) in seal.detail
