"""Messages on the socket: seen, acknowledged by whoever they went to, sent again where that is right."""

from typing import Any

from custodyd.model.entry import Draft
from custodyd.model.facts.messages import MessageUnknown
from custodyd.reminders.rounds import intend


async def made(api: Any, state: str = "intended") -> tuple[str, str]:
    """A message to a new person; (message, person)."""
    person, ledger, now = await api.person(), api.station.ledger, api.station.clock.civil()
    draft = intend(person, "【河东办案】text", 1, "forced:dossier-a/3:1", "red", now, "A1", None)
    (entry,) = await ledger.append(draft)
    if state == "unknown":
        await ledger.append(Draft(fact=MessageUnknown(id=entry.data["id"], reason="silence"), happened=now))
    return entry.data["id"], person


async def test_a_message_is_listed_by_its_state_and_shown_without_its_code(api: Any) -> None:
    message, person = await made(api)
    assert (await api.get("/v1/messages", state="delivered")).json()["items"] == []
    assert (await api.get("/v1/messages", state="lost")).status_code == 400
    (listed,) = (await api.get("/v1/messages", state="intended")).json()["items"]
    (shown,) = (await api.get(f"/v1/messages/{message}")).json()["items"]
    assert listed == shown
    assert (shown["person"], shown["case_id"], shown["purpose"]) == (person, "A1", "reminder")
    assert not {"code", "watched"} & shown.keys()
    assert (await api.get("/v1/messages/none")).status_code == 404


async def test_a_message_is_acknowledged_on_a_screen_once(api: Any) -> None:
    message, person = await made(api)
    path = f"/v1/messages/{message}/acknowledge"
    first = await api.post(path, {"named": person}, "key-1")
    assert first.json() == (await api.post(path, {"named": person}, "key-1")).json()
    (entry,) = api.station.ledger.entries(kind="message.acknowledged")
    assert (entry.data["how"], entry.subject, entry.actor.by) == ("screen", person, "peer-uid")
    again = await api.post(path, {"named": person})
    assert (again.status_code, again.json()["about"]) == (409, "acknowledged")


async def test_nobody_acknowledges_for_whom_it_was_not(api: Any) -> None:
    message, _ = await made(api)
    path = f"/v1/messages/{message}/acknowledge"
    other = await api.post(path, {"named": await api.person()})
    assert (other.status_code, other.json()["about"]) == (409, "addressee")
    assert (await api.post(path, {"named": "p-" + "a" * 26})).status_code == 404
    assert (await api.post("/v1/messages/none/acknowledge", {"named": "p-" + "a" * 26})).status_code == 404


async def test_what_is_unknown_is_sent_again_by_hand_and_says_so(api: Any) -> None:
    message, _ = await made(api, "unknown")
    for number in range(2):
        answer = await api.post(f"/v1/messages/{message}/repeat", key=f"key-{number}")
        assert answer.status_code == (200 if number == 0 else 409)
    (shown,) = (await api.get(f"/v1/messages/{message}")).json()["items"]
    assert (shown["state"], shown["text"]) == ("intended", "【河东办案】（重发）text")


async def test_what_waits_is_not_sent_again(api: Any) -> None:
    message, _ = await made(api)
    answer = await api.post(f"/v1/messages/{message}/repeat")
    assert (answer.status_code, answer.json()["about"]) == (409, "message")
