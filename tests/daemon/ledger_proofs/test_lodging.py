"""What others hold of the record, as it is sent, printed and typed back."""

from base64 import b64encode

import pytest

from custodyd.ledger.lodging import BadLodging, Lodged, printed_root, read_lodged, read_root

ROOT = bytes(range(32))
PRINTED = "AAAQ EAYE AUDA OCAJ BIFQ YDIO B4IB CEQT CQKR MFYY DENB WHA5 DYPQ"


def test_a_root_is_printed_in_fours_of_base32() -> None:
    assert printed_root(ROOT) == PRINTED
    assert Lodged("1", 7, ROOT).text() == f"1 7 {PRINTED}"


@pytest.mark.parametrize("text", [PRINTED, PRINTED.lower(), f" {PRINTED}\n", ROOT.hex(), b64encode(ROOT).decode()])
def test_a_root_is_read_in_every_way_it_is_written(text: str) -> None:
    assert read_root(text) == ROOT
    assert read_lodged(f"12 7 {text}") == Lodged("12", 7, ROOT)


@pytest.mark.parametrize("text", ["", PRINTED[:-1], PRINTED + "A", "1" * 52, "g" * 64, "é" * 52, "AA=", "YQ=="])
def test_a_root_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadLodging, match="root"):
        read_root(text)


@pytest.mark.parametrize("text", ["", "1", "1 x " + PRINTED])
def test_a_lodging_without_its_parts_is_refused(text: str) -> None:
    with pytest.raises(BadLodging, match="expected"):
        read_lodged(text)
