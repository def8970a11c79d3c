"""The founding entered: witnesses, first clerk and first leader come into the record; it makes no key and no file."""

from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.register import NotFound
from custodyd.ledger.errors import Erased
from custodyd.ledger.founding import Founding, Named
from custodyd.ledger.keys import PersonKeys
from custodyd.model.entry import Actor, Draft, Entry, Label
from custodyd.model.facts.people import PersonRegistered, StationFounded

CLERK, LEADER = "clerk", "unit-leader"


async def enter(founding: Founding, record: Record, people: PersonKeys, clock: Clock) -> Entry:
    """Keys and cards first, then all entries in one transaction; returns `station.founded`.

    Raises NotFound for a clerk without a card whom the record does not know, RecordUnavailable. The founding's id is
    kept as the entry's request: whoever asks the record for it enters nothing twice.
    """
    clerk = founding.clerk
    if clerk.card is None and record.view.get("person", clerk.person) is None:
        raise NotFound("person")
    first = {CLERK: clerk, **({LEADER: founding.leader} if founding.leader else {})}
    for named in (*founding.witnesses, *first.values()):
        _keep(people, named)
    registered = [_registered(founding, named, role) for role, named in first.items() if named.card is not None]
    return (await record.append(_founded(founding, clock), *registered))[0]


def _keep(people: PersonKeys, named: Named) -> None:
    """A key and a card, once: a start that was killed here comes again."""
    if named.card is None:
        return
    try:
        people.card(named.person)
    except Erased:
        people.create(named.person, named.card)


def _founded(founding: Founding, clock: Clock) -> Draft:
    one, two = founding.witnesses
    fact = StationFounded(
        witnesses=(one.person, two.person),
        clerk=founding.clerk.person,
        leader=founding.leader.person if founding.leader else None,
        renewed=founding.renewed,
    )
    return Draft(
        fact=fact,
        happened=founding.made,
        happened_by="person",
        received=clock.civil(),
        actor=_by(founding),
        request=founding.id,
        labels=(*_labels("/data/names/0", one), *_labels("/data/names/1", two)),
    )


def _registered(founding: Founding, named: Named, role: str) -> Draft:
    return Draft(
        fact=PersonRegistered(roles=(role,)),
        happened=founding.made,
        happened_by="person",
        actor=_by(founding),
        subject=named.person,
        labels=_labels("/data/name", named),
    )


def _labels(path: str, named: Named) -> tuple[Label, ...]:
    return (Label(path, named.person, named.card.name),) if named.card else ()


def _by(founding: Founding) -> Actor:
    return Actor("peer-uid", 1, f"uid:{founding.account}")
