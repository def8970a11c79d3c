"""What happens to the record itself: runs of the daemon, segments, checkpoints, the clock."""

from typing import ClassVar, Literal

import msgspec

from custodyd.model.alarm import AlarmName
from custodyd.model.entry import Fact


class SegmentOpened(Fact, frozen=True, kw_only=True):
    """A segment began; `previous_*` name the origin, size and root of the one before, where there was one.

    A quarantined predecessor is named with its last good size and root, and `broken` says so.
    """

    kind: ClassVar[str] = "segment.opened"
    origin: str
    vkey: str
    previous_origin: str | None = None
    previous_size: int | None = None
    previous_root: str | None = None
    broken: bool = False


class SegmentClosed(Fact, frozen=True, kw_only=True):
    """A segment ended in good order; `reason` is year, key or demand."""

    kind: ClassVar[str] = "segment.closed"
    reason: str


class DaemonStarted(Fact, frozen=True, kw_only=True):
    """The daemon began a run. `clean` = the run before ended in good order; `lodged_*` = last state seen outside."""

    kind: ClassVar[str] = "daemon.started"
    version: str
    clean: bool
    simulated: bool = False
    config: str | None = None  # SHA-256 of devices.toml, hex
    lodged_size: int | None = None
    lodged_segment: str | None = None


What = Literal["added", "removed", "changed"]
Effect = Literal["live", "opened", "closed", "reopened", "restart"]
"""Taken up at once and no device touched; a device or bus opened, closed, or both; not taken up before a restart."""


class SettingsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of devices.toml, named as it writes it: `what` became of it, its `effect`, which `keys` differ."""

    table: str
    what: What
    effect: Effect
    keys: tuple[str, ...] = ()


class SettingsApplied(Fact, frozen=True, kw_only=True):
    """A changed devices.toml was taken up without a restart; `before` and `config` are the file's SHA-256, hex.

    Keys are named, values never: some are secrets. `more` changes were too many to be listed.
    """

    kind: ClassVar[str] = "settings.applied"
    config: str
    before: str
    changes: tuple[SettingsChange, ...] = ()
    more: int = 0


class DaemonStopped(Fact, frozen=True, kw_only=True):
    """The daemon ended a run in good order; `reason` is asked, or failed: a part did, and the others ended with it."""

    kind: ClassVar[str] = "daemon.stopped"
    reason: str


class ClockJumped(Fact, frozen=True, kw_only=True):
    """Civil time moved against elapsed time by `by_ms` between two looks."""

    kind: ClassVar[str] = "clock.jumped"
    by_ms: int


class ClockSourceLost(Fact, frozen=True, kw_only=True):
    """Nobody says any more that civil time is kept right: `synced` is false where that was said, else unknown.

    `source` = the server known last. It ends with `clock.source.found`, the same incident, or with the run.
    """

    kind: ClassVar[str] = "clock.source.lost"
    source: str | None = None
    synced: bool | None = None


class ClockSourceFound(Fact, frozen=True, kw_only=True):
    """Civil time is kept right again after `seconds`, by `source` where it has a name; ends `clock.source.lost`."""

    kind: ClassVar[str] = "clock.source.found"
    seconds: int
    source: str | None = None


class CheckpointLodged(Fact, frozen=True, kw_only=True):
    """A checkpoint of `segment` with `size` and `root` went outside by `way` (sms, sheet, bureau) to `to`."""

    kind: ClassVar[str] = "checkpoint.lodged"
    of_segment: str
    size: int
    root: str
    way: str
    to: str


class StorageFailed(Fact, frozen=True, kw_only=True):
    """The disk refused entries from `since`; written at the first chance. `reason` is full, read-only or failing.

    `lost` = how many entries of what happened meanwhile were too many to be kept in memory.
    """

    kind: ClassVar[str] = "storage.failed"
    reason: str
    since: int
    lost: int = 0


class StorageRestored(Fact, frozen=True, kw_only=True):
    """The disk takes entries again, as before `since`; the same incident as `storage.failed`."""

    kind: ClassVar[str] = "storage.restored"
    reason: str
    since: int


class AlarmRaised(Fact, frozen=True, kw_only=True):
    """A condition `name` stood long enough to be told (of the entry's device, if any); it shares its incident id with
    `alarm.cleared`."""

    kind: ClassVar[str] = "alarm.raised"
    name: AlarmName


class AlarmCleared(Fact, frozen=True, kw_only=True):
    """The condition `name` is over."""

    kind: ClassVar[str] = "alarm.cleared"
    name: AlarmName


FACTS = (
    SegmentOpened,
    SegmentClosed,
    DaemonStarted,
    DaemonStopped,
    SettingsApplied,
    ClockJumped,
    ClockSourceLost,
    ClockSourceFound,
    CheckpointLodged,
    StorageFailed,
    StorageRestored,
    AlarmRaised,
    AlarmCleared,
)
