"""Judges that are costly to build, once per session."""

from pathlib import Path
from types import ModuleType

import pytest
from tests.daemon.ledger_proofs.judges import GoJudge, build_go_judge, stand_alone_module


@pytest.fixture(scope="session")
def go_judge(tmp_path_factory: pytest.TempPathFactory) -> GoJudge:
    return build_go_judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="session")
def stand_alone() -> ModuleType:
    return stand_alone_module()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "export"
