"""Records of every released format open, prove themselves and fold as they did when they were made."""

import json
import shutil
from pathlib import Path

import pytest
from tests.daemon.ledger.freeze import NAME, PERSON
from tests.daemon.ledger.support import KEYS, record

from custodyd.ledger import note as notes
from custodyd.ledger.edge import Edge
from custodyd.ledger.keys import PersonKeys
from custodyd.ledger.seals import Seals
from custodyd.ledger.segments import Trust
from custodyd.ledger.suite import leaf_hash
from custodyd.ledger.verify import verify_database

FORMATS = sorted((Path(__file__).parent / "frozen").iterdir())


@pytest.fixture(params=FORMATS, ids=lambda path: path.name)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(request.param, tmp_path / "record"))


def test_a_frozen_record_verifies(frozen: Path) -> None:
    expected = json.loads((frozen / "expected.json").read_text())
    verdict = verify_database(frozen / "record.db", Trust(tuple(expected["vkeys"])))
    assert verdict.findings == ()


async def test_a_frozen_record_opens_and_holds_what_it_held(frozen: Path) -> None:
    expected = json.loads((frozen / "expected.json").read_text())
    async with record(frozen) as ledger:
        assert ledger.clean
        assert not ledger.quarantined
        assert [entry.kind for entry in ledger.entries()] == expected["kinds"]
        for (segment, _, size), vkey, note in zip(ledger.segments(), expected["vkeys"], expected["notes"], strict=True):
            edge = Edge()
            for data in ledger.raw(segment, 0, size):
                edge, _ = edge.grown(leaf_hash(data))
            assert notes.verify(note, vkey).root == edge.root()
        assert ledger.view.get("count", "reader-0") == {"device": "reader-0", "blinks": 4}
        (registered,) = ledger.entries(case="case-1")
        assert Seals(PersonKeys(frozen / "keys", KEYS.wrap).key).open(registered.sealed[0]) == NAME
        assert registered.subject == PERSON
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())
