"""Every twin that a devices.toml needs, standing on its wires; it must not know the daemon, only its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar, cast

from custodyd.settings import Settings
from custodyd_simulators.hands import BusTwin, Doors, Phone, PortTwin, Reader, Standing, Trusted, Window, Wrists
from custodyd_simulators.wires import Wire

GROUP = "custodyd.twins"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Station:
    """The hands of a whole station: device id → hand, device or bus id → wire, and what the overlay must say."""

    settings: Settings
    hands: Mapping[str, object]
    wires: Mapping[str, Wire]
    transports: Mapping[tuple[str, str], Mapping[str, str | int]]
    fingers: dict[str, str] = field(default_factory=dict[str, str])

    def reader(self, device: str) -> Reader:
        """The glass of a fingerprint reader; raises KeyError."""
        return _as(self.hands, device, Reader)  # type: ignore[type-abstract]  # a runtime protocol

    def window(self, device: str) -> Window:
        """The window of a scanner; raises KeyError."""
        return _as(self.hands, device, Window)  # type: ignore[type-abstract]  # a runtime protocol

    def phone(self, device: str) -> Phone:
        """The handsets behind a modem; raises KeyError."""
        return _as(self.hands, device, Phone)  # type: ignore[type-abstract]  # a runtime protocol

    def door(self, place: str) -> tuple[Doors, int]:
        """The bank and door of `<cabinet>/<compartment>`; raises KeyError."""
        cabinet, _, number = place.partition("/")
        door = self.settings.cabinets[cabinet].compartments[int(number)]
        return _as(self.hands, door.locks, Doors), door.door  # type: ignore[type-abstract]  # a runtime protocol

    def wrists(self, band: str) -> Wrists:
        """The room in which a wristband is; raises KeyError."""
        rooms = (hand for hand in self.hands.values() if isinstance(hand, Wrists))
        found = next((room for room in rooms if band in room.bands), None)
        if found is None:
            raise KeyError(band)
        return found

    def start(self) -> None:
        """Plug everything in."""
        for wire in self.wires.values():
            wire.start()

    def close(self) -> None:
        """Let go of every wire."""
        for wire in self.wires.values():
            wire.close()


def _as(hands: Mapping[str, object], device: str, kind: type[T]) -> T:
    found = hands[device]
    if not isinstance(found, kind):
        raise KeyError(device)
    return found


def build(settings: Settings, where: Path, credentials: Path | None = None) -> Station:
    """Twins for every bus and device of `settings`, their ptys linked below `where`; nothing is started.

    Wristbands are in the room of the first receiver; their keys, and what gateways trust, lie in `credentials`.
    """
    twins = {point.name: point.load() for point in entry_points(group=GROUP)}
    standings: dict[tuple[str, str], Standing] = {}
    hands: dict[str, object] = {}
    for device in settings.devices.values():
        twin = twins[device.family]
        if device.bus is None:
            standing = cast("PortTwin", twin).stand(device.settings, where / device.id)
            standings["device", device.id] = standing
            hands[device.id] = standing.hand
            continue
        key = ("bus", device.bus)
        if key not in standings:
            standings[key] = cast("BusTwin", twin).bus(settings.buses[device.bus].settings, where / device.bus)
        unit = int(getattr(device.settings, "unit", 0))
        hands[device.id] = cast("BusTwin", twin).join(standings[key].hand, unit, device.settings)
    for gateway in [hand for hand in hands.values() if isinstance(hand, Trusted)]:
        gateway.trust(credentials)
    bands: Mapping[str, object] = {name: band.settings for name, band in settings.wristbands.items()}
    for room in [hand for hand in hands.values() if isinstance(hand, Wrists)]:
        room.furnish(bands, settings.wristband_models, credentials)
        bands = {}
    wires = {name: standing.wire for (_, name), standing in standings.items()}
    transports = {key: standing.transport for key, standing in standings.items()}
    return Station(settings, hands, wires, transports)


def overlay(station: Station, civil_socket: Path) -> str:
    """The TOML that moves every wire to its twin and names the socket of civil time."""
    lines: list[str] = []
    for (kind, name), transport in station.transports.items():
        lines.append(f"[{kind}.{name}]")
        lines += [f"{key} = {_toml(_actual(station, name, key, value))}" for key, value in transport.items()]
    lines += ["[simulation]", f"civil_socket = {_toml(str(civil_socket))}"]
    return "\n".join(lines) + "\n"


def _actual(station: Station, name: str, key: str, value: str | int) -> str | int:
    # a TCP wire learns its port from the kernel when it is plugged in
    return int(getattr(station.wires[name], "tcp_port", value)) if key == "tcp_port" else value


def _toml(value: str | int) -> str:
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
