"""Roles, account groups and ladders: do the roles exist, are rights apart that must be, do the colours climb?"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from custodyd.settings.convert import Good, as_table
from custodyd.settings.defaults import APART
from custodyd.settings.mistakes import ABSENT, Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.wording import listed, nearest

_CLIMB = ("blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class PeopleCheck:
    """Looks at everything that names a role; `roles` are the ids that exist."""

    findings: Findings
    roles: Iterable[str]

    def roles_apart(self, roles: Mapping[str, Good]) -> None:
        """No role holds two rights that the house keeps apart."""
        for name, role in roles.items():
            grants = role.get("grants", [])
            for one, other in APART:
                if one in grants and other in grants:
                    place: KeyPath = ("role", name, "grants", max(grants.index(one), grants.index(other)))
                    self.findings.add(place, "settings.rights-apart", one=one.value, other=other.value)

    def accounts(self, accounts: Mapping[str, list[Any]]) -> None:
        """Account groups stand for roles that exist."""
        for group, names in accounts.items():
            self.known(("account", group), names)

    def known(self, path: KeyPath, names: list[Any]) -> None:
        """Every name is a role that exists."""
        for index, name in enumerate(names):
            if name is not ABSENT and name not in self.roles:
                close = nearest(name, self.roles)
                known = listed(self.roles)
                self.findings.add((*path, index), "settings.unknown-role", expected=known, found=name, nearest=close)

    def imports(self, imports: Mapping[str, Good]) -> None:
        """What a platform gives are roles that exist; each kind of database is named by what it needs."""
        for name, one in imports.items():
            path: KeyPath = ("import", name)
            self.known((*path, "roles"), one.get("roles", []))
            mistaken = any(mistake.key.startswith(f"import.{name}.views") for mistake in self.findings.mistakes)
            if not as_table(one.get("views")) and "views" in one and not mistaken:
                self.findings.add((*path, "views"), "settings.import-no-view")
            needed = ("host", "user") if one.get("dialect") == "postgresql" else ()
            for key in needed:
                if not one.get(key):
                    self.findings.add((*path, key), "settings.import-needs")

    def reminders(self, reminders: Good, limit: float) -> None:
        """Ladders climb, loans of every length have one; `limit` = the deposit clock's hours."""
        deposit = as_table(reminders.get("deposit"))
        if deposit is not None:
            self._ladder(("reminders", "deposit"), deposit, f"{limit:g}", limit)
        loans = [as_table(one) or {} for one in reminders.get("loan", [])]
        for index, loan in enumerate(loans):
            self._ladder(("reminders", "loan", index), loan)
        self._lengths(loans)

    def _ladder(self, path: KeyPath, ladder: Good, length: str = "", before: float = math.inf) -> None:
        for colour in ("green", *_CLIMB):
            rung = as_table(ladder.get(colour)) or {}
            self.known((*path, colour, "tell"), rung.get("tell", []))
            hours: float = rung.get("hours_left", -math.inf)
            place = (*path, colour, "hours_left")
            if hours >= before and colour == "blue":
                self.findings.add(place, "settings.ladder-longer", found=hours, limit=length)
            elif hours >= before:
                self.findings.add(place, "settings.ladder-order", found=hours, before=f"{before:g}")
            before = hours if hours >= 0 else before

    def _lengths(self, loans: list[Good]) -> None:
        before = 0.0
        for index, loan in enumerate(loans):
            last = index == len(loans) - 1
            hours = loan.get("up_to_hours")
            path: KeyPath = ("reminders", "loan", index, "up_to_hours")
            if last and hours is not None:
                self.findings.add(path, "settings.last-loan", found=hours)
            elif not last and hours is None:
                self.findings.add(path, "settings.loan-order", before=f"{before:g}")
            elif hours is not None and hours <= before:
                self.findings.add(path, "settings.loan-order", found=hours, before=f"{before:g}")
            before = hours or before
