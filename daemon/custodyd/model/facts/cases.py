"""What happens to cases, their dossiers and the labels on them, on paper and away from the cabinet."""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact

Part = Literal["lead", "co"]  # 主办民警, 协办民警
Involvement = Literal["suspect", "victim", "witness", "other"]  # 嫌疑人, 被害人, 证人, 其他


class CaseAccepted(Fact, frozen=True, kw_only=True):
    """A case was accepted (受案); the entry's `case` is its short code. `needs_review` = 不审不批 applies."""

    kind: ClassVar[str] = "case.accepted"
    accepted: int
    needs_review: bool = False


class OfficerAssigned(Fact, frozen=True, kw_only=True):
    """The entry's `subject` became an officer of the case."""

    kind: ClassVar[str] = "case.officer.assigned"
    part: Part


class OfficerReleased(Fact, frozen=True, kw_only=True):
    """The entry's `subject` is no longer an officer of the case."""

    kind: ClassVar[str] = "case.officer.released"


class ReviewRequired(Fact, frozen=True, kw_only=True):
    """不审不批 applies to the case from now on."""

    kind: ClassVar[str] = "case.review.required"


class PersonInvolved(Fact, frozen=True, kw_only=True):
    """The entry's `subject` is a person of the case in this `part`; sealed label, the first time: /data/name."""

    kind: ClassVar[str] = "case.person.involved"
    part: Involvement


class DossierRegistered(Fact, frozen=True, kw_only=True):
    """A dossier (卷宗) of the case came into being under the entry's `object`; `volume` counts within the case."""

    kind: ClassVar[str] = "dossier.registered"
    volume: int
    foreign_code: str | None = None  # a code that the case platform printed


class LabelIssued(Fact, frozen=True, kw_only=True):
    """A label with issue number `issue` was made for the entry's `object`; lower issues are void."""

    kind: ClassVar[str] = "label.issued"
    letter: str
    issue: int


class LabelVoided(Fact, frozen=True, kw_only=True):
    """Labels of the entry's `object` up to and including `issue` are void; `reason` is torn, lost or copied."""

    kind: ClassVar[str] = "label.voided"
    issue: int
    reason: Literal["torn", "lost", "copied"]


FACTS = (
    CaseAccepted,
    OfficerAssigned,
    OfficerReleased,
    ReviewRequired,
    PersonInvolved,
    DossierRegistered,
    LabelIssued,
    LabelVoided,
)
