"""The pages that are made from the code say what the code says."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("generate_docs", ROOT / "tests" / "setup" / "generate_docs.py")
assert SPEC is not None
assert SPEC.loader is not None
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("name", ["events.md", "openapi.json"])
def test_a_generated_page_has_not_drifted(name: str) -> None:
    kept = (ROOT / "docs" / name).read_text("utf-8")
    assert kept == generate.pages()[name], "run tests/setup/generate_docs.py"


def test_every_route_and_every_kind_is_described() -> None:
    pages = generate.pages()
    for kind in generate.KINDS:
        assert f"## `{kind}`" in pages["events.md"]
    described = generate.describe()["paths"]
    assert "/v1/events" in described
    assert all(not path.endswith("/") for path in described)
