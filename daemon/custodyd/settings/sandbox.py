"""The systemd drop-in that lets the service reach exactly the numeric addresses of devices.toml; it opens no socket."""

import ipaddress

from custodyd.settings.attached import numeric
from custodyd.settings.nouns import Settings


def addresses(settings: Settings) -> tuple[str, ...]:
    """The numeric addresses that devices and buses name, without loopback, each once, in order."""
    hosts = {
        numeric(host)
        for own in (
            *(bus.settings for bus in settings.buses.values()),
            *(one.settings for one in settings.devices.values()),
            *settings.imports.values(),
        )
        if isinstance(host := getattr(own, "host", None), str)
    }
    found = [ipaddress.ip_address(host) for host in hosts if host is not None]
    return tuple(str(one) for one in sorted(found, key=lambda one: (one.version, int(one))) if not one.is_loopback)


def drop_in(settings: Settings) -> str:
    """A drop-in for custodyd.service: `IPAddressAllow=` adds to the unit's `localhost` (systemd.resource-control)."""
    lines = [
        f"# devices.toml {settings.digest}",
        "[Service]",
        *(f"IPAddressAllow={address}" for address in addresses(settings)),
    ]
    return "\n".join(lines) + "\n"
