"""Imports work by the register's verbs: what a row of the case platform becomes; it decides nothing."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from custodyd.desk.changing import Changes
from custodyd.desk.register import Conflict, NotFound, Register
from custodyd.imports.importer import Overtaken
from custodyd.imports.rows import Case
from custodyd.ledger.errors import Erased, WrongKey
from custodyd.ledger.keys import Card
from custodyd.model.entry import Actor, Draft, Entry
from custodyd.model.facts.cases import Involvement, Part


@contextmanager
def _overtaken() -> Generator[None]:
    try:
        yield
    except (NotFound, Conflict, Erased, WrongKey) as exc:
        raise Overtaken from exc


@dataclass(frozen=True, slots=True)
class RegisterVerbs:
    """The register as imports see it."""

    register: Register
    changes: Changes

    async def new_officer(self, card: Card, roles: tuple[str, ...], by: Actor, *, active: bool) -> str:
        """A person of the unit; returns the pseudonym."""
        with _overtaken():
            entry = await self.register.person(card, roles, by, emergency=False, request=None, active=active)
        return str(entry.subject)

    async def change_officer(
        self, person: str, roles: tuple[str, ...] | None, active: bool | None, card: Card, by: Actor
    ) -> None:
        """Roles, service and card of a person of the unit; None = as they are."""
        with _overtaken():
            await self.changes.person(person, by, roles=roles, active=active, card=card)

    async def new_case(self, row: Case, officers: Mapping[str, Part], by: Actor) -> None:
        """A case is accepted."""
        with _overtaken():
            await self.register.case(
                row.code, tuple(officers.items()), by,
                accepted=row.accepted, needs_review=bool(row.needs_review), request=None,
            )  # fmt: skip

    async def change_case(self, row: Case, officers: Mapping[str, Part], by: Actor) -> None:
        """The officers of a case, and that it needs a review."""
        with _overtaken():
            await self.changes.case(row.code, officers, by, needs_review=bool(row.needs_review))

    async def involve(self, case: str, person: str | None, part: Involvement, card: Card, by: Actor) -> str:
        """A person of a case; returns the pseudonym."""
        with _overtaken():
            return await self.changes.involve(case, person, part, card, by)

    async def new_dossier(self, case: str, code: str, by: Actor) -> None:
        """A dossier under the platform's code, with its label and its clock."""
        with _overtaken():
            await self.register.dossier(case, by, foreign_code=code, request=None)

    async def enter(self, draft: Draft) -> Entry:
        """The entry of the import itself."""
        return (await self.register.record.append(draft))[0]
