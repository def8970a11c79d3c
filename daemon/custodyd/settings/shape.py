"""The tables of devices.toml as they are written, except [bus] and [device], whose keys belong to their families.

Descriptions are for editors (JSON Schema), in Chinese and English. `extra={"expect": …}` names the
text that says in words what a value must be; without it the words are made from the type.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from custodyd.model.station import Right

_ID = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_ORIGIN = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
_CHINESE = r"^[^\x00-\x1f\x7f]*[\u3400-\u9fff][^\x00-\x1f\x7f]*$"
_RANGES = r"^ *[0-9]+( *- *[0-9]+)?( *, *[0-9]+( *- *[0-9]+)?)* *$"

Id = Annotated[str, Meta(pattern=_ID, max_length=32, extra={"expect": "settings.expected.id"})]
Origin = Annotated[str, Meta(pattern=_ORIGIN, max_length=64, extra={"expect": "settings.expected.origin"})]
Label = Annotated[
    str,
    Meta(
        pattern=_CHINESE,
        max_length=40,
        description="中文名称 / Chinese name",
        extra={"expect": "settings.expected.label"},
    ),
]
Ranges = Annotated[
    str,
    Meta(
        pattern=_RANGES,
        max_length=200,
        description='如 / as in "1-16" "1-8,10"',
        extra={"expect": "settings.expected.ranges"},
    ),
]
Absolute = Annotated[str, Meta(pattern=r"^/[^\x00]+$", max_length=107, extra={"expect": "settings.expected.absolute"})]
PortPath = Annotated[
    str, Meta(pattern=r"^/[^\x00-\x1f\x7f]+$", max_length=255, extra={"expect": "settings.expected.port"})
]
Host = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9:])?$",
        max_length=253,
        extra={"expect": "settings.expected.host"},
    ),
]
Number = Annotated[int, Meta(ge=1, le=9999)]
Count = Annotated[int, Meta(ge=1, le=200)]
Group = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_-]*$", max_length=32, extra={"expect": "settings.expected.group"})]
TimeOfDay = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", extra={"expect": "settings.expected.time-of-day"})
]
Span24 = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        extra={"expect": "settings.expected.span"},
    ),
]
_SHORTENED = {"expect": "settings.expected.shortened"}


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of all tables: an unknown key is a mistake."""


class Station(Table, frozen=True, kw_only=True):
    """The station that this file describes. `code` and `bureau` stand in the record's origin for ever."""

    code: Annotated[Origin, Meta(description="办案单位代码 / code of the station")]
    bureau: Annotated[Origin, Meta(description="所属公安局域名 / name of the bureau")]
    label: Label
    unit: Annotated[Label, Meta(description="所属单位 / unit")]
    sms_signature: Annotated[
        str,
        Meta(
            pattern=r"^[^\x00-\x1f\x7f【】]{2,12}$",
            description="短信签名, 不带【】 / signature of messages",
            extra={"expect": "settings.expected.signature"},
        ),
    ]


class Limits(Table, frozen=True, kw_only=True):
    """Seconds of elapsed time (`deposit_hours`: hours of civil time); a unit may shorten them, never lengthen them."""

    authority_s: Annotated[float, Meta(ge=5, le=60, description="指纹授权有效秒数", extra=_SHORTENED)] = 60.0
    lapse_s: Annotated[float, Meta(ge=3, le=10, description="开锁后未开门作废秒数", extra=_SHORTENED)] = 10.0
    left_open_s: Annotated[float, Meta(ge=5, le=60, description="门未关报警秒数", extra=_SHORTENED)] = 60.0
    count_s: Annotated[float, Meta(ge=10, le=60, description="清点页数等待秒数", extra=_SHORTENED)] = 60.0
    deposit_hours: Annotated[float, Meta(ge=1, le=24, description="受案后存卷时限(小时)", extra=_SHORTENED)] = 24.0


class Room(Table, frozen=True, kw_only=True):
    """A room of the area."""

    label: Label


class Span(Table, frozen=True, kw_only=True):
    """Compartments `numbers` open by the `doors` of the lock bank `locks`, one for one in the order written."""

    numbers: Annotated[Ranges, Meta(description='格口编号, 如 "1-16" / compartment numbers')]
    locks: Annotated[str, Meta(description="锁控板的 device id / a lock bank")]
    doors: Annotated[Ranges, Meta(description='锁控板通道, 如 "1-16" / its channels')]


class Cabinet(Table, frozen=True, kw_only=True):
    """A cabinet: dossiers (卷宗) or property (财物). A dossier cabinet needs its own reader and scanner."""

    label: Label
    room: Annotated[str, Meta(description="[room.<id>]")]
    kind: Literal["dossier", "property"]
    compartments: Annotated[tuple[Span, ...], Meta(min_length=1)]
    reader: Annotated[str | None, Meta(description="指纹仪的 device id / a fingerprint reader")] = None
    scanner: Annotated[str | None, Meta(description="扫码器的 device id / a code scanner")] = None
    out_of_service: Annotated[tuple[Number, ...], Meta(description="停用的格口 / compartments not in use")] = ()


class Role(Table, frozen=True, kw_only=True):
    """A role and what it may do; a person may have several."""

    label: Label
    grants: tuple[Right, ...]


class Start(Table, frozen=True, kw_only=True):
    """The green rung: the clock starts."""

    tell: Annotated[tuple[str, ...], Meta(description="短信通知的角色 / roles told by message")] = ()


class Rung(Start, frozen=True, kw_only=True):
    """A coloured rung: so many hours before the end, these roles are told."""

    hours_left: Annotated[float, Meta(ge=0, le=2160, description="距到期小时数 / hours before the end")]


class Ladder(Table, frozen=True, kw_only=True):
    """Five colours 绿蓝黄橙红 up to the end of a clock."""

    green: Start = Start()
    blue: Rung
    yellow: Rung
    orange: Rung
    red: Rung


class LoanLadder(Ladder, frozen=True, kw_only=True):
    """The ladder of loans up to `up_to_hours` long; the last one has none and takes all longer loans."""

    up_to_hours: Annotated[float | None, Meta(description="适用的借阅时长上限 / loans up to so many hours")] = None


class Reminders(Table, frozen=True, kw_only=True):
    """Who is told when, and through which gateways; without one, reminders stand on the board only."""

    gateways: Annotated[
        tuple[str, ...],
        Meta(
            max_length=8,
            description="短信设备的 device id, 按优先顺序 / SMS gateways, the first that takes a message sends it",
        ),
    ] = ()
    most_parts: Annotated[
        int, Meta(ge=1, le=5, description="一条短信最多几段(每段67字) / parts that a text may have")
    ] = 2
    budget: Annotated[
        Count | None, Meta(description="每人每天绿蓝黄短信上限 / green, blue, yellow a person and day")
    ] = None
    digest: Annotated[
        tuple[TimeOfDay, ...], Meta(max_length=12, description="绿蓝短信汇总时刻 / green and blue leave together then")
    ] = ()
    quiet: Annotated[Span24 | None, Meta(description="绿蓝短信免打扰时段 / no green and blue meanwhile")] = None
    deposit: Ladder | None = None
    loan: tuple[LoanLadder, ...] = ()


_View = Annotated[
    str,
    Meta(pattern=r"^\w+(\.\w+)?$", max_length=128, description="只读视图名 / a read-only view"),
]


class Views(Table, frozen=True, kw_only=True):
    """The views of a case platform that are read, one per kind of row."""

    officer: _View | None = None
    case: _View | None = None
    person: _View | None = None
    document: _View | None = None


class Columns(Table, frozen=True, kw_only=True):
    """A platform's own column names, per kind of row: name = field."""

    officer: dict[str, Literal["badge", "name", "phone", "roles", "active"]] = {}
    case: dict[str, Literal["code", "accepted", "lead", "co", "needs_review"]] = {}
    person: dict[str, Literal["number", "case", "part", "name", "identity"]] = {}
    document: dict[str, Literal["code", "case"]] = {}


class Import(Table, frozen=True, kw_only=True):
    """A case platform whose views are polled, read-only; its password is the credential `import-<id>`."""

    label: Label
    dialect: Annotated[Literal["postgresql", "sqlite"], Meta(description="数据库类型 / kind of database")]
    database: Annotated[str, Meta(min_length=1, max_length=255, description="库名或文件路径 / its name or file")]
    host: Annotated[str, Meta(max_length=253, description="地址或套接字目录 / address, or directory of a socket")] = ""
    tcp_port: Annotated[int, Meta(ge=1, le=65535)] = 5432
    user: Annotated[str, Meta(max_length=63)] = ""
    interval_s: Annotated[float, Meta(ge=1, le=86400, description="轮询间隔秒数 / seconds between polls")] = 300.0
    timeout_s: Annotated[float, Meta(ge=1, le=60, description="等待上限秒数 / longest wait")] = 10.0
    views: Views
    columns: Columns = Columns()
    roles: Annotated[
        tuple[str, ...], Meta(description="该来源可授予和收回的角色 / roles that it may give and take")
    ] = ("case-officer", "co-officer")


class Simulation(Table, frozen=True, kw_only=True):
    """Only in an overlay: the socket through which a simulation sets civil time."""

    civil_socket: Absolute


class Document(Table, frozen=True, kw_only=True):
    """The whole file; [bus.<id>], [device.<id>] and what concerns wristbands are read by their families."""

    station: Station
    limits: Limits = Limits()
    bus: dict[Id, dict[str, Any]] = {}
    device: dict[Id, dict[str, Any]] = {}
    room: dict[Id, Room] = {}
    cabinet: dict[Id, Cabinet] = {}
    wristband: dict[Id, dict[str, Any]] = {}
    wristband_model: dict[Id, dict[str, Any]] = {}
    role: dict[Id, Role] = {}
    account: Annotated[dict[Group, tuple[str, ...]], Meta(description="系统用户组 → 角色 / system group → roles")] = {}
    reminders: Reminders = Reminders()
    imports: dict[Id, Import] = msgspec.field(name="import", default_factory=dict[str, Import])
