"""What holds when the file is silent: roles of 三级六员 with their rights, account groups, ladders; data, no checks.

Roles: docs of the unit [ours]; a file that names a role replaces it whole. Ladders H8, H24, D3: the house's defaults.
"""

from collections.abc import Mapping
from types import MappingProxyType

from custodyd.model.station import Right
from custodyd.settings.nouns import Ladder, LoanLadder, Role, Rung

# 三级六员: 主办民警、协办民警、法制员、案管室管理员、单位领导、局审核员
_ROLES = (
    Role("case-officer", "主办民警", frozenset({Right.STORE})),
    Role("co-officer", "协办民警", frozenset({Right.STORE})),
    Role(
        "legal-officer",
        "法制员",
        frozenset({Right.REVIEW, Right.LABEL, Right.EMERGENCY, Right.READ_NAMES, Right.EXPLAIN}),
    ),
    Role(
        "clerk",
        "案管室管理员",
        frozenset(
            {Right.REVIEW, Right.LABEL, Right.ENROL_NAME, Right.READ_NAMES, Right.REGISTER, Right.EXPLAIN, Right.KIOSK}
        ),
    ),
    Role("unit-leader", "单位领导", frozenset({Right.APPROVE, Right.EMERGENCY, Right.CONFIGURE})),
    Role("bureau-reviewer", "局审核员", frozenset({Right.REVIEW})),
    Role("technician", "技术员", frozenset({Right.ENROL_RUN, Right.CONFIGURE})),
    Role("auditor", "审计员", frozenset({Right.VERIFY})),
    Role("keeper", "涉案财物保管员", frozenset()),
    Role("guard", "看护辅警", frozenset()),
)
ROLES: Mapping[str, Role] = MappingProxyType({role.id: role for role in _ROLES})

APART: tuple[tuple[Right, Right], ...] = (
    (Right.ENROL_NAME, Right.ENROL_RUN),  # two people enrol a finger: one names, one runs the reader
    (Right.ENROL_RUN, Right.READ_NAMES),  # the technician sees a number, not a name
    (Right.STORE, Right.APPROVE),  # nobody approves a request of his own
    (Right.STORE, Right.REVIEW),  # nobody reviews the case that he handles
)
"""Rights that no single role may hold together: a unit narrows the defaults, it never widens a never."""

ACCOUNTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "custodyd-operator": frozenset({"clerk"}),
        "custodyd-technician": frozenset({"technician"}),
        "custodyd-auditor": frozenset({"auditor"}),
    }
)

_OFFICERS = ("case-officer",)
_LEGAL = (*_OFFICERS, "legal-officer")
_LEADER = (*_LEGAL, "unit-leader")
_ALL = (*_LEADER, "clerk")


def _rungs(blue: float, yellow: float, orange: float) -> tuple[Rung, ...]:
    return (
        Rung("green", None, ()),  # on the board only
        Rung("blue", blue, _OFFICERS),
        Rung("yellow", yellow, _LEGAL),
        Rung("orange", orange, _LEADER),
        Rung("red", 0, _ALL),
    )


LOANS = (
    LoanLadder(_rungs(4, 2, 1), 8),
    LoanLadder(_rungs(12, 4, 1), 24),
    LoanLadder(_rungs(48, 24, 8)),
)


def deposit(hours: float) -> Ladder:
    """The ladder of a deposit clock of `hours`; a shorter clock keeps the proportions of 24 h: 12, 4, 1."""
    return Ladder(_rungs(hours / 2, hours / 6, hours / 24))
