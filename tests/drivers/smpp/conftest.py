"""The rig of every gateway."""

from tests.drivers.gateways.rig import make

__all__ = ["make"]
