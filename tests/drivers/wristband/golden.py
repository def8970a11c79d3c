"""The golden frames, read once, and the bands that they are from."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from custodyd_drivers.wristband.frames import adverts
from custodyd_drivers.wristband.frames.reading import Reading
from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.recognise import Ear, Known
from custodyd_drivers.wristband.settings import Band

GOLDEN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("golden.toml").read_text("utf-8"))
BANDS = msgspec.convert(GOLDEN["bands"], dict[str, Band])
MODELS = dict(built_in())
BASE = bytes.fromhex(GOLDEN["ebeacon"]["uuid"])


def known(name: str, key: bytes = b"", **more: Any) -> Known:
    """A band by its keys in devices.toml, or one of the golden ones."""
    return (msgspec.convert(more, Band) if more else BANDS[name]).known(name, key)


def heard(
    raw: bytes, *bands: Known, address: str = "BC:57:29:02:A1:B2", models: dict[str, Model] = MODELS
) -> tuple[str, Reading] | None:
    """What an ear for these bands makes of a whole advert."""
    advert = adverts.parse(raw)
    return Ear(bands, models).hear(address, advert.company, advert.service, advert.name)
