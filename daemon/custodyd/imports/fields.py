"""The fields of each kind of row: name, headers under which case platforms export them, how they are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from custodyd.imports import values
from custodyd.model.facts.imports import RowKind

Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `read` raises Wrong. None: it depends on the moment or the station (`accepted`, `roles`)."""

    name: str
    headers: tuple[str, ...]
    read: Read | None
    required: bool = False
    empty: Any = None  # what an empty cell says; None = nothing


FIELDS: Mapping[RowKind, tuple[Field, ...]] = {
    "officer": (
        Field("badge", ("警号", "民警警号"), values.badge, required=True),
        Field("name", ("姓名", "民警姓名"), values.name, required=True),
        Field("phone", ("手机号", "手机号码", "联系电话"), values.phone),
        Field("roles", ("角色",), None),
        Field("active", ("在职", "是否在职"), values.yes),
    ),
    "case": (
        Field("code", ("案件编号", "案号"), values.code, required=True),
        Field("accepted", ("受案时间", "受理时间"), None, required=True),
        Field("lead", ("主办民警警号", "主办警号", "主办民警"), values.badge, required=True),
        Field("co", ("协办民警警号", "协办警号", "协办民警"), values.badges, empty=()),
        Field("needs_review", ("需审核", "不审不批"), values.yes),
    ),
    "person": (
        Field("number", ("人员编号",), values.number, required=True),
        Field("case", ("案件编号", "案号"), values.code, required=True),
        Field("part", ("人员类型", "涉案身份"), values.part, required=True),
        Field("name", ("姓名", "人员姓名"), values.name, required=True),
        Field("identity", ("证件号码", "身份证号", "身份证号码"), values.identity),
    ),
    "document": (
        Field("code", ("卷宗编号", "卷宗二维码", "文书编号"), values.printed, required=True),
        Field("case", ("案件编号", "案号"), values.code, required=True),
    ),
}


def field_of(kind: RowKind, header: str, own: Mapping[str, str]) -> str | None:
    """The field under a header: by the unit's own mapping (header → field), else by its usual names, else None."""
    word = header.strip(" \t\u3000\ufeff")
    if word in own:
        return own[word]
    for field in FIELDS[kind]:
        if word in field.headers or word.lower() == field.name:
            return field.name
    return None
