"""A message whose later parts did not leave after the first ones had: both facts in one error; it knows no gateway."""

from custodyd_drivers.errors import DeviceError, LinkLost, Refused


class PartlyRefused(Refused):
    """A later part was refused after the parts `handed` (their references) had left."""

    def __init__(self, cause: Refused, handed: tuple[int, ...]) -> None:
        super().__init__(cause.fact, cause.code, lasting=cause.lasting)
        self.handed = handed


class PartlyLost(LinkLost):
    """The wire was lost before a later part was handed over; the parts `handed` had left."""

    def __init__(self, cause: LinkLost, handed: tuple[int, ...]) -> None:
        super().__init__(cause.fact)
        self.handed = handed


def partly(cause: Refused | LinkLost, handed: tuple[int, ...]) -> DeviceError:
    """`cause` itself when nothing had left, else its kind with the references of what had."""
    if not handed:
        return cause
    return PartlyRefused(cause, handed) if isinstance(cause, Refused) else PartlyLost(cause, handed)
