"""Settings and catalogue: what a technician mistypes is refused, and so is another family's settings; no wire."""

from pathlib import Path

import msgspec

from custodyd_simulators.kit.bench import Bench
from custodyd_simulators.kit.host import Broken
from custodyd_simulators.kit.trials.trial import Trial


async def _strict(bench: Bench, where: Path, seed: int) -> float:
    tables = [("settings", bench.settings, bench.family.settings)]
    if bench.shared is not None:
        tables.append(("the bus's settings", bench.shared.settings, bench.shared.kind.settings))
    for what, settings, kind in tables:
        _refuses(what, settings, kind)
    try:
        bench.family.open(object())
    except TypeError:
        return 0.0
    raise Broken("open() takes settings of any kind")


def _refuses(what: str, settings: object, kind: type) -> None:
    keys = msgspec.to_builtins(settings)
    try:
        msgspec.convert(keys, kind)
    except msgspec.ValidationError as exc:
        raise Broken(f"{what} refuse what they say themselves: {exc}") from exc
    try:
        msgspec.convert({**keys, "no_such_key": 1}, kind)
    except msgspec.ValidationError:
        return
    raise Broken(f"{what} accept a key that they do not know")


STRICT = Trial("settings", {"zh-CN": "未知键", "en": "unknown key"}, _strict)
