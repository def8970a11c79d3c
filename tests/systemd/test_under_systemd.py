"""The shipped unit under a real systemd, installed as its manual says: in its walls, with its keys, for its peers."""

from pathlib import Path
from typing import Any

import pytest
from tests.faultfs import build
from tests.systemd.container import NoContainer, missing, tree

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return booted("service simulated", tmp_path_factory.mktemp("tree"))


def booted(parts: str, where: Path) -> dict[str, Any]:
    """What these parts found in a container; skips where none can run, with the reason."""
    assert not missing(), missing()
    build()
    try:
        with tree(where) as system:
            return system.boot(parts, 160)
    except NoContainer as exc:
        pytest.skip(str(exc))


def test_the_daemon_says_itself_when_it_is_ready(found: dict[str, Any]) -> None:
    unit = found["service"]["unit"]
    assert unit["ActiveState"] == "active"
    assert unit["Type"] == "notify"
    assert "河东" in unit["StatusText"]


def test_the_walls_stand_in_the_running_process(found: dict[str, Any]) -> None:
    service = found["service"]
    assert service["process"] == {
        "Uid": service["uid"], "NoNewPrivs": "1", "Seccomp": "2", "CapEff": "0" * 16, "CapBnd": "0" * 16,
    }  # fmt: skip
    assert service["walls"]["writes"] == ["/var/lib/custodyd", "/run/custodyd", "/tmp"]
    assert service["walls"]["sees"] == []
    assert not service["walls"]["reads_keys"]


@pytest.mark.parametrize("part", ["service", "simulated"])
def test_systemd_itself_calls_the_exposure_what_the_manual_promises(found: dict[str, Any], part: str) -> None:
    exposure = float(found[part]["exposure"].split(": ")[1].split()[0])
    print(f"exposure {exposure}")
    assert exposure <= 1.5


def test_the_keys_are_opened_for_this_service_alone_and_nothing_is_left_in_clear(found: dict[str, Any]) -> None:
    assert found["service"]["credentials"] == ["sign", "wrap"]
    assert found["service"]["in_clear"] == []


def test_the_account_behind_a_request_is_known_and_named_in_the_record(found: dict[str, Any]) -> None:
    peers = found["service"]["peers"]
    assert peers["op"][0] == 200
    assert peers["stranger"][0] == 403
    assert peers["outsider"] == "PermissionError"
    assert f"uid:{peers['op_uid']}" in peers["actors"]


def test_a_killed_daemon_is_started_again_and_has_kept_its_record(found: dict[str, Any]) -> None:
    service = found["service"]
    assert service["kept"]
    assert service["clean"] == [True, False]
    assert service["again_s"] < 10


def test_a_reload_and_a_stop_end_well(found: dict[str, Any]) -> None:
    assert found["service"]["reloaded"] == {"ActiveState": "active", "NRestarts": "1"}
    assert found["service"]["stopped"] == {"ActiveState": "inactive", "Result": "success"}


def test_every_device_is_reached_through_the_walls(found: dict[str, Any]) -> None:
    assert found["simulated"]["seen_s"] < 30
