"""The good reader beside which the tests put something bad."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.daemon.watch.bad import Neighbour


@pytest.fixture
def neighbour(tmp_path: Path) -> Generator[Neighbour]:
    made = Neighbour(tmp_path / "good")
    yield made
    made.reader.wire.close()
