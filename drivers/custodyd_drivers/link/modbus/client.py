"""The door to pymodbus: its framing, checksums and transaction numbers over our own timed line; it queues nothing.

What of pymodbus 3.16 is not used, and why: its retries (a pulse would be sent twice), its reconnecting (a returning
device must prove itself again), its receive loop (it looks every millisecond only), its answer classes (they drop the
length of a block and the value of an echo).
"""

import contextlib
import fcntl
import logging
import os
import socket
import struct
import sys

from pymodbus import FramerType, ModbusException
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from custodyd_drivers.errors import Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.link.exchange import Misfit
from custodyd_drivers.link.line import Line, elapsed
from custodyd_drivers.link.modbus.requests import READS, WRITES, Request
from custodyd_drivers.link.modbus.settings import BusSettings
from custodyd_drivers.link.serial import check_same, lost

# Every failure leaves this door as a typed error; the library's own lines would repeat it with raw frames.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

_CONNECT_S = 0.8  # a TCP far end on the station's own network; within the second that close may take
_UNREADABLE = (ModbusException, ValueError, TypeError, LookupError, AttributeError, struct.error)
"""What pymodbus lets through when an answer is not what its decoders expect."""


class Asked(ModbusPDU):
    """A request of ours as pymodbus frames it: any function code, any bytes."""

    def __init__(self, unit: int, request: Request) -> None:
        super().__init__(dev_id=unit)
        self.function_code = request.function
        self._data = request.data

    def encode(self) -> bytes:
        """The bytes after the function code."""
        return self._data


class _Answer(ModbusPDU):
    """An answer as bytes; what it means is for `Request.payload`."""

    raw = b""

    def decode(self, data: bytes) -> None:
        self.raw = data


class _Block(_Answer):
    rtu_byte_count_pos = 2


class _Echo(_Answer):
    rtu_frame_size = 8


def _answers() -> list[type[ModbusPDU]]:
    """One class per function code, as pymodbus' decoder wants them."""
    shapes: list[tuple[int, type[ModbusPDU]]] = [(code, _Block) for code in READS]
    shapes += [(code, _Echo) for code in WRITES]
    return [type(f"Answer{code}", (shape,), {"function_code": code}) for code, shape in shapes]


class _OnOurLine:
    """Takes the place of the library's own way to open, send and receive."""

    line: Line | None = None

    def connect(self) -> bool:
        """Whether it is open; nothing opens by itself."""
        return self.line is not None

    def send(self, request: bytes, addr: tuple[object, ...] | None = None) -> int:
        """Hand a frame over; raises LinkLost, Garbled."""
        if self.line is None:
            raise LinkLost("the bus is closed")
        self.line.send(request)
        return len(request)

    def recv(self, size: int | None) -> bytes:
        """Bytes at hand, b"" past the deadline; raises LinkLost, Garbled."""
        if self.line is None:
            raise LinkLost("the bus is closed")
        return self.line.receive()


class _SerialClient(_OnOurLine, ModbusSerialClient):
    def open(self) -> int | None:
        """The descriptor of the port, opened exclusively, or None."""
        ModbusSerialClient.connect(self)
        return None if self.socket is None else self.socket.fileno()


class _TcpClient(_OnOurLine, ModbusTcpClient):
    def open(self) -> int | None:
        """The descriptor of the connection, or None."""
        ModbusTcpClient.connect(self)  # type: ignore[no-untyped-call]  # pymodbus leaves it so
        if self.socket is None:
            return None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.socket.fileno()


class Client:
    """One opening of one wire, used by one thread; readable `stop` ends every wait in LinkLost."""

    def __init__(self, settings: BusSettings, stop: int) -> None:
        self._settings = settings
        self._stop = stop
        self._client = _make(settings)
        # after so many silences the library would declare the whole connection dead: one dead unit is not the wire
        self._client.transaction.max_until_disconnect = sys.maxsize
        self._client.transaction.count_until_disconnect = sys.maxsize
        self._client.transaction.comm_params.timeout_connect = 2 * settings.timeout_s  # the line's deadline comes first
        for answer in _answers():
            self._client.register(answer)

    def open(self) -> None:
        """Open exclusively; raises LinkLost with the reason."""
        descriptor = self._client.open()
        if descriptor is None:
            raise _why_closed(self._settings)
        os.set_blocking(descriptor, False)
        line = self._client.line = Line(self._settings, descriptor, self._stop)
        if not self._settings.numbered:
            line.distrust(self._settings.timeout_s)  # a question of the connection before may still be answered

    def ask(self, unit: int, request: Request) -> bytes:
        """The data that `unit` answers to one request, sent once; raises NoReply, Garbled, Refused, LinkLost.

        A LinkLost that is no NoReply means that no byte left; the wire is of no further use either way when `look`
        says so. When it was opened and after a failure, the line is quiet for a whole time-out before the next request.
        """
        line = self._line()
        line.begin()
        try:
            return _understood(unit, request, self._execute(unit, request))
        except (NoReply, Garbled):
            if not self._settings.numbered:
                line.distrust(self._settings.timeout_s)
            raise

    def _execute(self, unit: int, request: Request) -> ModbusPDU:
        line = self._line()
        try:
            return self._client.execute(False, Asked(unit, request))
        except ModbusIOException as exc:
            if line.seen:
                raise Garbled(f"unit {unit} answered no sound frame", line.seen) from exc
            raise NoReply(f"unit {unit} says nothing", _since(line.handed_at)) from exc
        except ConnectionException as exc:
            raise LinkLost(f"{self._settings.address} is gone") from exc
        except _UNREADABLE as exc:
            raise Garbled(f"unit {unit} answered no sound frame", line.seen) from exc

    @property
    def handed_at(self) -> float | None:
        """Elapsed seconds when the first byte of the last request was handed to the kernel, None if none was."""
        return self._line().handed_at

    def look(self) -> None:
        """Whether the wire is still there, also when nobody speaks; raises LinkLost."""
        line = self._line()
        line.drain()
        if self._settings.port is not None:
            check_same(self._settings.port, line.descriptor)

    def close(self) -> None:
        """Let go of the descriptor; never raises."""
        self._client.line = None
        with contextlib.suppress(OSError):
            self._client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it so

    def _line(self) -> Line:
        if self._client.line is None:
            raise LinkLost(f"{self._settings.address} is closed")
        return self._client.line


def _make(settings: BusSettings) -> _SerialClient | _TcpClient:
    if settings.port is not None:
        return _SerialClient(
            settings.port,
            baudrate=settings.baudrate,
            parity=settings.parity,
            stopbits=settings.stopbits,
            timeout=_CONNECT_S,
            retries=0,
            reconnect_delay=0,
        )
    framer = FramerType.RTU if settings.framer == "rtu" else FramerType.SOCKET
    host = str(settings.host)
    return _TcpClient(host, port=settings.tcp_port, framer=framer, timeout=_CONNECT_S, retries=0, reconnect_delay=0)


def _understood(unit: int, request: Request, answer: ModbusPDU) -> bytes:
    code = answer.function_code
    if code & 0x7F != request.function:
        raise Misfit(f"unit {unit} answered function {code} to function {request.function}")
    if answer.isError():
        raise Refused(f"unit {unit} refused function {request.function}", answer.exception_code)
    if not isinstance(answer, _Answer):
        raise Misfit(f"unit {unit} answered function {code} in a shape of its own")
    return request.payload(answer.raw)


def _since(moment: float | None) -> float:
    return 0.0 if moment is None else elapsed() - moment


def _why_closed(settings: BusSettings) -> LinkLost:
    """The library swallows why a port would not open, so the kernel is asked again."""
    path = settings.port
    if path is None:
        return LinkLost(f"{settings.address} cannot be reached")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as exc:
        return lost(path, exc)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        return lost(path, exc)
    finally:
        os.close(descriptor)
    return LinkLost(f"{path} is no serial port")
