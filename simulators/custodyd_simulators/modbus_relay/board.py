"""How a relay board understands Modbus: function codes onto coils, inputs and registers; it knows no wire and no time.

Sources: Waveshare wiki "Modbus RTU Relay"; 聚英 JY-DAM0808D manual; Modbus Application Protocol V1.1b3, section 7.
"""

import struct
from collections.abc import Callable

from custodyd_drivers.modbus_relay.boards import Board, PulseBy
from custodyd_drivers.modbus_relay.frames import ALL_COILS, FLASH_OFF, FLASH_ON, MODE_FIRST, MODE_STEP, TOGGLE
from custodyd_simulators.bank import Bank, Lock

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
UNIT_REGISTER = 0x4000
_ON, _OFF = 0xFF00, 0
_LONGEST_FLASH = 0x7FFF


class Refusal(Exception):
    """The board's exception answer."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Relays:
    """A board of kind `row` at `unit` in front of a `bank`; counts what it really did.

    `pulse_mode` is the DAM0808's mode that closes a relay for a while: 4 by two sources, 2 by one.
    """

    def __init__(self, row: Board, unit: int, bank: Bank, pulse_mode: int = 4, version: int = 200) -> None:
        self.row = row
        self.unit = unit
        self.bank = bank
        self.executed = 0  # writes that were carried out, whoever asked for them
        self._pulse_mode = pulse_mode
        self._version = version
        self._verbs: dict[int, Callable[[bytes], bytes]] = {
            1: self._read_coils,
            2: self._read_inputs,
            3: self._read_registers,
            5: self._write_coil,
            6: self._write_register,
            15: self._write_coils,
            16: self._write_registers,
        }

    @property
    def also_answers(self) -> int | None:
        """The number that every board of its kind answers, if any."""
        return self.row.also_answers

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass behind the board."""
        self.bank.tick(dt)

    def answer(self, pdu: bytes) -> bytes:
        """The answer to a request of any bytes: function code and data, or an exception."""
        function = pdu[0] if pdu else 0
        try:
            verb = self._verbs.get(function)
            if verb is None:
                raise Refusal(ILLEGAL_FUNCTION)
            return bytes([function]) + verb(pdu[1:])
        except Refusal as refusal:
            return bytes([function | 0x80, refusal.code])

    def _read_coils(self, data: bytes) -> bytes:
        return _packed(data, [lock.coil for lock in self.bank.locks])

    def _read_inputs(self, data: bytes) -> bytes:
        return _packed(data, self.bank.levels())

    def _read_registers(self, data: bytes) -> bytes:
        address, count = _words(data, 2)
        known = {self.row.version_register: self._version, UNIT_REGISTER: self.unit}
        if self.row.version_register is None or count != 1 or address not in known:
            raise Refusal(ILLEGAL_ADDRESS)
        return struct.pack(">BH", 2, known[address])

    def _write_register(self, data: bytes) -> bytes:
        address, value = _words(data, 2)
        if self.row.version_register is None or address != UNIT_REGISTER:
            raise Refusal(ILLEGAL_ADDRESS)
        if not 1 <= value <= 247:
            raise Refusal(ILLEGAL_VALUE)
        self.unit = value
        return self._done(data)

    def _write_coil(self, data: bytes) -> bytes:
        address, value = _words(data, 2)
        flashes = self.row.pulse_by is PulseBy.FLASH_COIL
        if flashes and address in range(FLASH_ON, FLASH_ON + self.row.channels):
            self._flash(self.bank.locks[address - FLASH_ON], value, on=True)
        elif flashes and address in range(FLASH_OFF, FLASH_OFF + self.row.channels):
            self._flash(self.bank.locks[address - FLASH_OFF], value, on=False)
        else:
            self._switch(self._meant(address), value)
        return self._done(data)

    def _meant(self, address: int) -> list[Lock]:
        if address == ALL_COILS and self.row.pulse_by is PulseBy.FLASH_COIL:
            return self.bank.locks
        if address < self.row.channels:
            return [self.bank.locks[address]]
        raise Refusal(ILLEGAL_ADDRESS)

    def _switch(self, locks: list[Lock], value: int) -> None:
        toggles = value == TOGGLE and self.row.pulse_by is PulseBy.FLASH_COIL
        if value not in (_ON, _OFF) and not toggles:
            raise Refusal(ILLEGAL_VALUE)
        for lock in locks:
            lock.drive(not lock.coil if toggles else value == _ON)

    def _flash(self, lock: Lock, units: int, on: bool) -> None:
        if not 1 <= units <= _LONGEST_FLASH:
            raise Refusal(ILLEGAL_VALUE)
        lock.drive(on, units * self.row.pulse_unit_ms / 1000)

    def _write_coils(self, data: bytes) -> bytes:
        address, count = _words(data[:4], 2)
        if len(data) < 5 or data[4] != (count + 7) // 8 or len(data) != 5 + data[4]:
            raise Refusal(ILLEGAL_VALUE)
        if not count or address + count > self.row.channels:
            raise Refusal(ILLEGAL_ADDRESS)
        packed = int.from_bytes(data[5:], "little")
        for index in range(count):
            lock, on = self.bank.locks[address + index], bool(packed >> index & 1)
            if lock.coil != on:
                lock.drive(on)
        return self._done(data)

    def _write_registers(self, data: bytes) -> bytes:
        address, count = _words(data[:4], 2)
        channel, offset = divmod(address - MODE_FIRST, MODE_STEP)
        if self.row.pulse_by is not PulseBy.MODE_REGISTERS or offset or channel not in range(self.row.channels):
            raise Refusal(ILLEGAL_ADDRESS)
        if count != 2 or len(data) != 9 or data[4] != 4:
            raise Refusal(ILLEGAL_VALUE)
        mode, units = _words(data[5:], 2)
        if mode not in (2, 4):
            raise Refusal(ILLEGAL_VALUE)
        self._flash(self.bank.locks[channel], units, on=mode == self._pulse_mode)
        return self._done(data)

    def _done(self, data: bytes) -> bytes:
        self.executed += 1
        return data[:4]


def _words(data: bytes, count: int) -> tuple[int, ...]:
    if len(data) != 2 * count:
        raise Refusal(ILLEGAL_VALUE)
    return struct.unpack(f">{count}H", data)


def _packed(data: bytes, levels: list[bool]) -> bytes:
    address, count = _words(data, 2)
    if not count:
        raise Refusal(ILLEGAL_VALUE)
    if address + count > len(levels):
        raise Refusal(ILLEGAL_ADDRESS)
    packed = sum(on << index for index, on in enumerate(levels[address : address + count]))
    size = (count + 7) // 8
    return bytes([size]) + packed.to_bytes(size, "little")
