"""What a cabinet's desk reaches: its doors, its reader's light, and the people who are told; it decides nothing."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custodyd.desk.cabinet.step import Step
from custodyd.desk.lookup import Lookup
from custodyd.model.entry import Draft
from custodyd.reminders.rounds import Words, intend
from custodyd.settings import Cabinet
from custodyd_drivers.contract import Driver, FingerprintReader, Light, LockBank
from custodyd_drivers.errors import DeviceError


@dataclass(frozen=True, slots=True)
class CabinetHands:
    """The hands of one cabinet; `driver` gives the live driver of a device, or None."""

    cabinet: Cabinet
    driver: Callable[[str], Driver | None]
    lookup: Lookup
    words: Words

    def lock(self, place: str) -> tuple[LockBank, int] | None:
        """The live lock bank and door of a place."""
        door = self.cabinet.compartments[int(place.rpartition("/")[2])]
        bank = self.driver(door.locks)
        return (bank, door.door) if isinstance(bank, LockBank) else None

    async def light(self, mood: Light) -> None:
        """Show a mood at the reader; a reader that is away shows nothing."""
        reader = self.driver(self.cabinet.reader or "")
        if isinstance(reader, FingerprintReader):
            with contextlib.suppress(DeviceError):
                await reader.light(mood)

    def tell(self, step: Step, civil: int) -> Sequence[Draft]:
        """A message to everyone who holds the right that the step names."""
        drafts: list[Draft] = []
        for told in step.told:
            text, parts = self.words(told.text, item=told.about.rpartition(":")[2][-6:])
            people = self.lookup.holding(told.right)
            drafts += [intend(person, text, parts, told.about, "red", civil, None, None) for person in people]
        return drafts
