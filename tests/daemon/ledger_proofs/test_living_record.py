"""What the living record gives away is judged by those who do not know it."""

from pathlib import Path

import pytest
from tests.daemon.ledger.support import KEYS, blind, record
from tests.daemon.ledger_proofs.judges import GoJudge, run_stand_alone

from custodyd.ledger import Ledger, tree
from custodyd.ledger.bundle import bundle
from custodyd.ledger.door import FILE
from custodyd.ledger.export import export, vkey_path
from custodyd.ledger.keys import Card, PersonKeys, pseudonym
from custodyd.ledger.receipt import Proof, receipt
from custodyd.ledger.seals import Seals
from custodyd.ledger.segments import Trust
from custodyd.ledger.slips import verify_slip
from custodyd.ledger.verify import verify_path
from custodyd.model.entry import Draft, Label
from custodyd.model.facts.people import PersonRegistered

pytestmark = pytest.mark.foreign


def current(ledger: Ledger, segment: str = "1") -> tuple[str, int]:
    note = ledger.note(segment)
    assert note
    return note, {name: size for name, _, size in ledger.segments()}[segment]


@pytest.mark.timeout(300)
async def test_every_judge_accepts_an_export_of_the_living_record(go_judge: GoJudge, tmp_path: Path) -> None:
    async with record(tmp_path / "record") as ledger:
        for number in range(6):
            await ledger.append(*(blind(f"device-{number}") for _ in range(60)))
        await ledger.checkpoint()
        note, size = current(ledger)
        vkey = ledger.vkey
        export(tmp_path / "export", note, vkey, ledger.raw("1", 0, size))
    assert go_judge.accepts(tmp_path / "export", vkey)
    verdict = verify_path(tmp_path / "export", Trust([vkey]))
    assert verdict.ok, verdict
    assert verdict.covered[0].size == 361
    assert run_stand_alone(tmp_path / "export", vkey_path(tmp_path / "export"))[0] == 0


async def test_a_copy_with_two_segments_is_verified_by_one_key(tmp_path: Path) -> None:
    async with record(tmp_path / "record") as ledger:
        await ledger.append(blind("a"))
        await ledger.begin_segment("demand")
        await ledger.append(blind("b"))
        vkey = ledger.vkey
        await ledger.stop("test")
    verdict = verify_path(tmp_path / "record" / FILE, Trust([vkey]))
    assert verdict.ok, verdict
    assert [each.origin.rpartition("/")[2] for each in verdict.covered] == ["1", "2"]
    assert all(each.size == each.signed for each in verdict.covered)
    code, text = run_stand_alone(tmp_path / "record" / FILE, vkey)
    assert code == 0, text


async def test_a_person_takes_home_what_was_written_of_him_and_it_outlives_his_key(tmp_path: Path) -> None:
    person = pseudonym()
    people = PersonKeys(tmp_path / "record" / "keys", KEYS.wrap)
    people.create(person, Card("模拟人员甲"))
    fact = PersonRegistered(roles=("clerk",))
    async with record(tmp_path / "record") as ledger:
        draft = Draft(fact=fact, happened=0, subject=person, labels=(Label("/data/name", person, "模拟人员甲"),))
        (entry,) = await ledger.append(draft)
        await ledger.checkpoint()
        old, _ = current(ledger)
        await ledger.append(blind("a"), blind("b"), blind("c"))
        await ledger.checkpoint()
        note, size = current(ledger)
        (data,) = ledger.raw("1", entry.seq, entry.seq + 1)
        opening = (entry.sealed[0].path, *Seals(people.key).disclose(entry.sealed[0]))
        people.destroy(person)
        hashes = ledger.hashes("1")
        slip = receipt(data, Proof(entry.seq, tuple(tree.inclusion(entry.seq, size, hashes)), note), [opening])
        held = bundle(note, [(entry.seq, data, [opening])], hashes, [old])
        trust = Trust([ledger.vkey])
        for file, content in (("receipt", slip.pack()), ("bundle", held.pack())):
            assert verify_slip(content, trust).ok
            (tmp_path / file).write_bytes(content)
            code, text = run_stand_alone(tmp_path / file, ledger.vkey)
            assert code == 0, text
            assert "模拟人员甲" in text
