"""Two hundred messages through each gateway; `make messages` sends ten thousand."""

from pathlib import Path

import pytest
from tests.messages.campaign import TROUBLE, gateways, through

from custodyd_simulators.kit import Bench

COUNT = 200


@pytest.mark.timeout(120)
@pytest.mark.parametrize("bench", gateways(), ids=lambda bench: bench.name)
async def test_no_message_is_doubled_and_none_is_lost_without_a_word(bench: Bench, tmp_path: Path) -> None:
    row = await through(bench, tmp_path, COUNT, 1)
    assert not row.broken, str(row)
    assert row.faults.total() >= COUNT * TROUBLE / 2
    assert row.states["delivered"] >= COUNT * (1 - 3 * TROUBLE)
