"""Three times out and in again, every device that has a plug; `make replug` does it a hundred times."""

from pathlib import Path

import pytest
from tests.replug.campaign import campaign, found

from custodyd_drivers.catalogue import families
from custodyd_drivers.contract import Wire


@pytest.mark.timeout(120)
async def test_whatever_is_unplugged_is_missed_within_a_second_and_usable_within_two(tmp_path: Path) -> None:
    rows = await campaign(found(), tmp_path, 3, 1)
    assert {row.family for row in rows} == {name for name, family in families().items() if family.wire is not Wire.NET}
    for row in rows:
        assert row.good, str(row)
