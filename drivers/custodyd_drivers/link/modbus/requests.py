"""Modbus requests and the answers that fit them; pure bytes, no library, no wire.

Source: Modbus Application Protocol V1.1b3, section 6. A request here is the function code and what follows it; unit
number, checksum and transaction number are the framing's.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from custodyd_drivers.link.exchange import Misfit

READ_COILS, READ_INPUTS, READ_HOLDING = 1, 2, 3
WRITE_COIL, WRITE_COILS, WRITE_REGISTERS = 5, 15, 16
READS = (1, 2, 3, 4)
WRITES = (5, 6, 15, 16)


@dataclass(frozen=True, slots=True)
class Request:
    """Function code and the bytes after it; `size` is how many data bytes a read brings (0 for writes)."""

    function: int
    data: bytes
    size: int = 0

    @property
    def excused(self) -> bool:
        """See `custodyd_drivers.link.exchange.Question`: a Modbus unit answers everything."""
        return False

    def payload(self, answer: bytes) -> bytes:
        """The data in `answer` (the bytes after its function code); raises Misfit.

        A read answers byte count and data; a write repeats the first four bytes of its request.
        """
        expected = bytes([self.size]) if self.function in READS else self.data[:4]
        sound = len(answer) == len(expected) + self.size and answer.startswith(expected)
        if not sound:
            raise Misfit(f"an answer to function {self.function} has another shape than the question", len(answer))
        return answer[1:] if self.function in READS else answer


def _read(function: int, address: int, count: int, size: int) -> Request:
    return Request(function, struct.pack(">HH", address, count), size)


def read_coils(address: int, count: int) -> Request:
    """FC 01: `count` coils from `address` (0-based)."""
    return _read(READ_COILS, address, count, (count + 7) // 8)


def read_inputs(address: int, count: int) -> Request:
    """FC 02: `count` discrete inputs from `address` (0-based)."""
    return _read(READ_INPUTS, address, count, (count + 7) // 8)


def read_registers(address: int, count: int) -> Request:
    """FC 03: `count` holding registers of 16 bits from `address` (0-based)."""
    return _read(READ_HOLDING, address, count, 2 * count)


def write_coil(address: int, on: bool) -> Request:
    """FC 05: one coil on or off."""
    return Request(WRITE_COIL, struct.pack(">HH", address, 0xFF00 if on else 0))


def write_coils(address: int, on: Sequence[bool]) -> Request:
    """FC 15: several coils from `address`."""
    packed = sum(bool(bit) << index for index, bit in enumerate(on)).to_bytes((len(on) + 7) // 8, "little")
    return Request(WRITE_COILS, struct.pack(">HHB", address, len(on), len(packed)) + packed)


def write_registers(address: int, values: Sequence[int]) -> Request:
    """FC 16: several holding registers from `address`."""
    head = struct.pack(">HHB", address, len(values), 2 * len(values))
    return Request(WRITE_REGISTERS, head + struct.pack(f">{len(values)}H", *values))


def bits(payload: bytes, count: int) -> tuple[bool, ...]:
    """The first `count` coils or inputs of a read, lowest bit of the first byte first."""
    packed = int.from_bytes(payload, "little")
    return tuple(bool(packed >> index & 1) for index in range(count))


def registers(payload: bytes) -> tuple[int, ...]:
    """The 16-bit registers of a read, high byte first."""
    return struct.unpack(f">{len(payload) // 2}H", payload)
