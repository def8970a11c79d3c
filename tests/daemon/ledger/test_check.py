"""The look at the record before it is used: what SQLite alone says is asked again, what the disk refuses is trouble."""

from pathlib import Path

import pytest
from tests.daemon.ledger.support import COUNT, KEYS, ORIGIN, blind, record

from custodyd.ledger.check import check
from custodyd.ledger.door import FILE
from custodyd.ledger.errors import Broken, RecordUnavailable
from custodyd.ledger.note import Signer
from custodyd.ledger.store import Store

PAGE = 4096


def looked(store: Store) -> bool:
    return check(store, ORIGIN.of, lambda origin: Signer(origin, KEYS.sign).vkey)


async def test_a_page_of_zeros_is_damage_that_only_sqlite_sees_and_says_where(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(60)))
        await ledger.checkpoint()
    good = (tmp_path / FILE).read_bytes()
    for page in range(1, len(good) // PAGE):
        (tmp_path / FILE).write_bytes(good[: page * PAGE] + bytes(PAGE) + good[(page + 1) * PAGE :])
        store = Store.open(tmp_path, (COUNT,))
        with pytest.raises(Broken, match=rf"Page {page + 1}\b") as caught:
            looked(store)
        assert caught.value.proven is False
        store.close()


async def test_a_look_that_the_disk_cuts_short_is_trouble_and_no_damage(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
    store = Store.open(tmp_path, (COUNT,))
    store.connection.set_progress_handler(lambda: 1, 1)
    with pytest.raises(RecordUnavailable) as caught:
        looked(store)
    assert caught.value.reason == "failing"
    store.connection.set_progress_handler(None, 0)
    assert not looked(store)
    store.close()
