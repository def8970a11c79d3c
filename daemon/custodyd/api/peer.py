"""Who is at the other end of the socket: the account, its groups, their roles; strength 1, never more."""

import grp
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass

from custodyd.model.entry import Actor
from custodyd.model.station import Right
from custodyd.settings import Settings


@dataclass(frozen=True, slots=True)
class Peer:
    """An account on the socket: what it may prepare, and how the record names it."""

    uid: int
    roles: frozenset[str]
    rights: frozenset[Right]

    @property
    def actor(self) -> Actor:
        """As an entry's actor: asserted by the account, nobody's finger."""
        role = min(self.roles) if self.roles else None
        return Actor("peer-uid", 1, f"uid:{self.uid}", role)


def groups_of(uid: int, gid: int) -> frozenset[str]:
    """Names of every group of an account; the socket itself tells only the first."""
    try:
        name = pwd.getpwuid(uid).pw_name
        ids = os.getgrouplist(name, gid)
    except KeyError:
        ids = [gid]
    found: set[str] = set()
    for number in ids:
        try:
            found.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return frozenset(found)


def peer(uid: int, gid: int, settings: Settings) -> Peer:
    """The account's roles and rights; in a simulation the account that runs the daemon has every account role."""
    accounts: Mapping[str, frozenset[str]] = settings.accounts
    own = settings.simulation is not None and uid == os.getuid()
    held = accounts.keys() if own else groups_of(uid, gid) & accounts.keys()
    roles = frozenset(role for group in held for role in accounts[group])
    rights = frozenset(right for role in roles for right in settings.grants.get(role, frozenset()))
    return Peer(uid, roles, rights)
