"""Views of a case platform: a real PostgreSQL on a private socket, and SQLite; read-only, bounded, blind and back."""

import asyncio
import gc
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.daemon.imports.support import Place, place

from custodyd.imports import view
from custodyd.imports.importer import Source
from custodyd.imports.polling import Poller, nobody, read_view
from custodyd.imports.rows import Raw
from custodyd.imports.view import Unread, read
from custodyd.settings.shape import Columns, Import, Views

# pg8000 1.31 leaves the socket of a connection that was refused to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

BIN = Path("/usr/lib/postgresql/15/bin")
SETUP = """
CREATE TABLE t_case (ajbh text, sasj timestamp, zbmj text, secret text);
INSERT INTO t_case VALUES ('A3301', '2026-11-20 08:30:00', '031001', 'what stays there');
CREATE VIEW v_case AS SELECT ajbh AS "案件编号", sasj AS "受案时间", zbmj AS "主办民警警号", secret FROM t_case;
CREATE VIEW v_officer AS SELECT '031001'::text AS jh, '模拟甲'::text AS xm, true AS "在职", NULL::text AS "手机号";
CREATE VIEW v_bare AS SELECT 1 AS nothing;
CREATE VIEW v_slow AS SELECT code, "case" FROM (SELECT pg_sleep(30)::text AS code, 'A1'::text AS "case") AS s;
CREATE VIEW v_many AS SELECT n::text AS code, 'A1'::text AS "case" FROM generate_series(1, 20001) AS n;
CREATE VIEW v_raw AS SELECT 'A1'::text AS "case", '\\x00'::bytea AS code;
CREATE ROLE reader LOGIN;
GRANT SELECT ON v_case, v_officer, v_bare, v_slow, v_many, v_raw TO reader;
"""
REFUSED = "refused unreachable"  # the library may meet the end of the connection before the server's reason
COLUMNS = Columns(officer={"jh": "badge", "xm": "name"})
UNPRIVILEGED = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What the library left is closed here, not in somebody else's test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Path]:
    """The directory of its socket; the server listens nowhere else and ends with the test."""
    assert (BIN / "postgres").exists(), "apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o777)
    data = folder / "data"
    command = [
        *UNPRIVILEGED,
        str(BIN / "initdb"),
        "-D",
        str(data),
        "-U",
        "owner",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=50)
    server = subprocess.Popen(
        [*UNPRIVILEGED, str(BIN / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-F"],
        stderr=subprocess.DEVNULL,
    )
    try:
        engine = sa.create_engine(
            "postgresql+pg8000://owner@/postgres", connect_args={"unix_sock": f"{folder}/.s.PGSQL.5432"}
        )
        _when_ready(engine)
        yield folder
        engine.dispose()
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _when_ready(engine: sa.Engine) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with engine.begin() as connection:
                for statement in SETUP.strip().split(";\n"):
                    connection.execute(sa.text(statement.rstrip(";").replace(":", "\\:")))
                return
        except sa.exc.DBAPIError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def platform(folder: Path, **more: object) -> Import:
    base = Import(
        label="模拟平台", dialect="postgresql", database="postgres", host=str(folder), user="reader", interval_s=1,
        timeout_s=1, views=Views(case="v_case", officer="public.v_officer"), columns=COLUMNS,
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


def test_a_view_is_read_by_its_headers_and_nothing_else_of_it(postgres: Path) -> None:
    officers, cases = read(platform(postgres), "")
    assert officers.fields == {"badge": "031001", "name": "模拟甲", "active": "True", "phone": ""}
    assert cases.fields == {"code": "A3301", "accepted": "2026-11-20 08:30:00", "lead": "031001"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"user": "stranger"}, REFUSED),
        ({"database": "nothing"}, REFUSED),
        ({"host": "/nowhere"}, "unreachable"),
        ({"views": Views(case="v_missing")}, "no-such-column"),
        ({"views": Views(case="v_bare")}, "no-such-column"),
        ({"views": Views(case="t_case")}, "no-such-column"),
        ({"views": Views(document="v_slow")}, "too-slow"),
        ({"views": Views(document="v_many")}, "too-many"),
    ],
)
def test_what_cannot_be_read_has_a_reason(postgres: Path, settings: dict[str, object], reason: str) -> None:
    with pytest.raises(Unread) as told:
        read(platform(postgres, **settings), "")
    assert told.value.reason in reason.split()


def test_a_table_that_the_account_may_not_read_is_refused(postgres: Path) -> None:
    columns = Columns(case={"ajbh": "code", "sasj": "accepted", "zbmj": "lead"})
    with pytest.raises(Unread, match="refused"):
        read(platform(postgres, views=Views(case="t_case"), columns=columns), "")


def test_bytes_are_no_text_and_the_check_says_so(postgres: Path) -> None:
    assert read(platform(postgres, views=Views(document="v_raw")), "")[0].fields["code"] == "\x00"


def test_nothing_can_be_written_where_views_are_read(postgres: Path) -> None:
    with pytest.raises(Unread), view._opened(platform(postgres, user="owner"), "") as connection:
        connection.execute(sa.text("DELETE FROM t_case"))
    assert len(read(platform(postgres), "")) == 2


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_agreed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings = platform(Path("/"), host="127.0.0.1", tcp_port=deaf.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(Unread) as told:
            read(settings, "secret")
        assert time.monotonic() - began < 5
        assert told.value.reason in ("too-slow", "unreachable")


@pytest.fixture
def lite(tmp_path: Path) -> tuple[Path, Import]:
    file = tmp_path / "platform.db"
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE t (badge TEXT, name TEXT)")
        base.execute("INSERT INTO t VALUES ('031001', '模拟甲')")
        base.execute("CREATE VIEW v AS SELECT * FROM t")
    base.close()
    settings = Import(
        label="模拟平台", dialect="sqlite", database=str(file), interval_s=1, timeout_s=1, views=Views(officer="v")
    )
    return file, settings


def test_sqlite_is_read_only_as_well_and_never_made(lite: tuple[Path, Import], tmp_path: Path) -> None:
    _, settings = lite
    assert read(settings, "")[0].fields == {"badge": "031001", "name": "模拟甲"}
    with pytest.raises(Unread), view._opened(settings, "") as connection:
        connection.execute(sa.text("DELETE FROM t"))
    missing = msgspec.structs.replace(settings, database=str(tmp_path / "none.db"))
    with pytest.raises(Unread, match="unreachable"):
        read(missing, "")
    assert not (tmp_path / "none.db").exists()


def at_home(folder: Path) -> Path:
    home = folder / "station"
    home.mkdir()
    return home


def poller(at: Place, settings: Import, read: object = None) -> Poller:
    source = Source("lite", nobody("lite"), {"case-officer": "case-officer"})
    how = read or (lambda: read_view(settings, ""))
    return Poller(source, settings, at.station.imports, at.station.clock, how)  # type: ignore[arg-type]  # a test's reading


async def test_each_poll_makes_an_entry_only_if_something_changed(lite: tuple[Path, Import], tmp_path: Path) -> None:
    file, settings = lite
    async with place(at_home(tmp_path)) as at:
        polls = poller(at, settings)
        await polls.look()
        assert at.kinds()[-2:] == ["person.registered", "import.applied"]
        head = at.station.ledger.head()
        for _ in range(3):
            await polls.look()
        await poller(at, settings).look()  # another run of the daemon
        assert at.station.ledger.head() == head
        with sqlite3.connect(file) as base:
            base.execute("INSERT INTO t VALUES ('031002', '模拟乙')")
        base.close()
        await polls.look()
        assert at.entries()[-1].data["new"] == 1
        assert at.entries()[-1].actor.person == "import:lite"  # type: ignore[union-attr]  # it has one


async def test_a_source_that_goes_blind_and_comes_back_is_two_facts_and_one_incident(
    lite: tuple[Path, Import], tmp_path: Path
) -> None:
    file, settings = lite
    async with place(at_home(tmp_path)) as at:
        polls = poller(at, settings)
        file.rename(file.with_suffix(".away"))
        await polls.look()
        await polls.look()
        began = at.entries()[-1]
        assert (began.kind, began.data["reason"]) == ("import.blind.began", "unreachable")
        assert at.kinds().count("import.blind.began") == 1
        assert len(at.station.ledger.view.select("incident", closed=None)) == 1
        file.with_suffix(".away").rename(file)
        await polls.look()
        ended = next(entry for entry in at.entries() if entry.kind == "import.blind.ended")
        assert ended.incident == began.incident
        assert at.station.ledger.view.select("incident", closed=None) == []
        assert at.station.lookup.view.select("person")
        kept = await at.station.ledger.rebuild()
        assert all(one == other for one, other in kept.values())


async def test_a_reading_that_never_ends_is_left_alone_and_none_begins_beside_it(tmp_path: Path) -> None:
    settings = platform(Path("/"))
    settings = msgspec.structs.replace(settings, timeout_s=1.0)
    stuck, begun = threading.Event(), []

    def hang() -> list[Raw]:
        begun.append(1)
        stuck.wait(30)
        return []

    async with place(at_home(tmp_path)) as at:
        polls = poller(at, settings, hang)
        task = asyncio.create_task(polls.run())
        async with asyncio.timeout(20):
            async for entry in at.station.ledger.follow(("0", -1)):
                if entry.kind == "import.blind.began":
                    break
        await polls.look()
        assert len(begun) == 1
        assert at.entries()[-1].data["reason"] == "too-slow"
        stuck.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_daemon_without_such_a_source_never_imports_the_library() -> None:
    code = "import sys, custodyd.station.run; sys.exit('sqlalchemy' in sys.modules or 'pg8000' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=50).returncode == 0
