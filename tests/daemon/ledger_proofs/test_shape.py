"""The shape of an entry beyond its hash, at the very edges of what counts as sound."""

import json
from base64 import b64encode

import pytest
from tests.daemon.ledger_proofs.sample import canonical, raw_entry

from custodyd.ledger.shape import Place, read
from custodyd.model.entry import MAX_INTEGER

PLACE = Place("st-01", "1", 3)


def sealed(commit: int = 32, box: int = 48, person: str = "p-a", path: str = "/data/name") -> dict[str, object]:
    return {
        "path": path,
        "person": person,
        "commit": b64encode(bytes(commit)).decode(),
        "box": b64encode(bytes(box)).decode(),
    }


def faults(**more: object) -> list[str]:
    return [kind for kind, _ in read(canonical(raw_entry(3, "door.opened", {}, **more)), PLACE)[1]]


@pytest.mark.parametrize("path", ["/data/name", "/a~0b/~1", "/"])
def test_a_label_with_a_commitment_and_the_shortest_box_is_sound(path: str) -> None:
    assert faults(sealed=[sealed(path=path)]) == []


@pytest.mark.parametrize(
    "label",
    [
        sealed(commit=31),
        sealed(box=47),
        sealed(person="P-a"),
        sealed(person="a"),
        sealed(path="data"),
        sealed(path="/~2"),
    ],
)
def test_a_label_with_one_thing_out_of_shape_is_found(label: dict[str, object]) -> None:
    assert faults(sealed=[sealed(), label]) == ["seal"]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"v": 2}, ["field"]),
        ({"station": "st-02"}, ["field"]),
        ({"segment": "2"}, ["field"]),
        ({"seq": 4}, ["field"]),
        ({"salt": b64encode(bytes(15)).decode()}, ["field"]),
        ({"run": "0" * 15}, ["field"]),
        ({"kind": "door"}, ["field"]),
        ({"data": {"n": MAX_INTEGER}}, []),
        ({"data": {"n": -MAX_INTEGER}}, []),
        ({"data": {"n": MAX_INTEGER + 1}}, ["form"]),
        ({"data": {"n": [True, "é", {"a": 0.5}]}}, ["form"]),
        ({"data": {"é": 1}}, ["form"]),
    ],
)
def test_each_field_has_its_own_fault(more: dict[str, object], found: list[str]) -> None:
    data = canonical(raw_entry(3, "door.opened", {}) | more)
    assert [kind for kind, _ in read(data, PLACE)[1]] == found


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000])
def test_bytes_that_are_no_entry_are_a_fault_of_form_alone(data: bytes) -> None:
    entry, found = read(data, PLACE)
    assert entry is None
    assert [kind for kind, _ in found] == ["form"]


def test_an_entry_in_another_order_or_with_spaces_is_a_fault_of_form() -> None:
    plain = raw_entry(3, "door.opened", {})
    for data in (json.dumps(plain).encode(), json.dumps(dict(reversed(plain.items())), separators=(",", ":")).encode()):
        entry, found = read(data, PLACE)
        assert entry is not None
        assert [kind for kind, _ in found] == ["form"]


def test_of_a_long_path_the_beginning_is_told() -> None:
    path = "x" * 100
    ((kind, detail),) = read(canonical(raw_entry(3, "door.opened", {}, sealed=[sealed(path=path)])), PLACE)[1]
    assert kind == "seal"
    assert repr(path[:80]) in detail
