"""What people do to a message on a screen: acknowledge it, or have it sent again; it sends nothing itself."""

from dataclasses import dataclass

from custodyd.clock import Clock
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import Conflict, NotFound
from custodyd.model.entry import Actor, Draft, Entry
from custodyd.model.facts.messages import MessageRepeated
from custodyd.model.projection import Row
from custodyd.reminders.inbox import acknowledgement
from custodyd.reminders.record import Record
from custodyd.texts import say
from custodyd.texts.segments import parts

_REPEATABLE = ("failed", "unknown")


@dataclass(frozen=True, slots=True)
class MessageDesk:
    """Takes a person's word about one message."""

    record: Record
    clock: Clock
    lookup: Lookup

    async def acknowledge(self, message: str, named: str, by: Actor, request: str | None) -> Entry:
        """`named`, to whom the message went, has read it, says `by`.

        Raises NotFound, Conflict for somebody else's message or one that is acknowledged.
        """
        row = self._row(message)
        if self.lookup.person(named) is None:
            raise NotFound("person")
        if row["person"] != named:
            raise Conflict("addressee")
        if row["state"] == "acknowledged":
            raise Conflict("acknowledged")
        draft = acknowledgement(row, "screen", by, self.clock.civil(), request)
        return (await self.record.append(draft))[0]

    async def repeat(self, message: str, by: Actor, request: str | None) -> Entry:
        """Have a message sent again that failed, or whose fate is unknown; its text says that it is a repetition.

        Raises NotFound, Conflict for a message in any other state.
        """
        row = self._row(message)
        if row["state"] not in _REPEATABLE:
            raise Conflict("message")
        text = repeated(str(row["text"]))
        fact = MessageRepeated(id=message, text=text, parts=parts(text))
        draft = Draft(
            fact=fact, happened=self.clock.civil(), subject=str(row["person"]), actor=by, request=request,
            case=_text(row["case_id"]), object=_text(row["object"]),
        )  # fmt: skip
        return (await self.record.append(draft))[0]

    def _row(self, message: str) -> Row:
        row = self.record.view.get("message", message)
        if row is None:
            raise NotFound("message")
        return row


def repeated(text: str) -> str:
    """The text marked as a repetition, behind its signature, once."""
    signature, bracket, rest = text.partition("】")
    if not bracket:
        signature, rest = "", text
    mark = say("sms.repeated", message="")
    return text if rest.startswith(mark) else f"{signature}{bracket}{mark}{rest}"


def _text(value: object) -> str | None:
    return str(value) if value is not None else None
