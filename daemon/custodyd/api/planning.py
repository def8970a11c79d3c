"""What a reload would do, before anybody does it; it names keys of devices.toml, never values, and changes nothing."""

import asyncio

from custodyd.api import bodies
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.settings import Mistakes, load
from custodyd.settings.plan import plan


async def planned(services: Services, asked: Asked) -> bodies.Planned:
    """Check the daemon's own file again and compare it with what runs."""
    running = services.settings
    try:
        fresh = await asyncio.to_thread(load, running.path, running.overlay)
    except Mistakes as exc:
        mistakes = [
            {"line": one.line, "column": one.column, "key": one.key, "texts": dict(one.text)} for one in exc.list
        ]
        return bodies.Planned(good=False, running=running.digest, mistakes=mistakes)
    found = plan(running, fresh)
    changes = [
        {
            "table": one.name,
            "what": one.what,
            "keys": list(one.keys),
            "effect": one.effect,
            "texts": dict(one.sentence),
        }
        for one in found.changes
    ]
    return bodies.Planned(
        good=True, running=running.digest, config=fresh.digest, changes=changes, untouched=list(found.untouched)
    )
