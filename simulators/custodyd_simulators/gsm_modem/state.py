"""A modem's own state: settings made by commands, memories, card, and what it announces; it knows no command line."""

from collections.abc import Callable
from dataclasses import dataclass, field

from custodyd_drivers.gsm_modem.pdu import Deliver, StatusReport, with_smsc
from custodyd_simulators.gsm_modem.card import Memory, Sim
from custodyd_simulators.gsm_modem.network import Network

SMSC = "+8613800100500"
CAPACITY = 50


@dataclass(slots=True)
class Quirks:
    """How this make differs from the standard."""

    cpin_without_ok: bool = False  # Wavecom
    report_memory: str | None = None  # where +CDSI points: "SR" at some, else the third memory of CPMS
    unsupported: tuple[str, ...] = ()  # commands that this make does not know
    refused_routes: tuple[str, ...] = ()  # values of CNMI that are answered with an error
    says_full: bool = True  # Huawei's ^SMMEMFULL; other makes are silent
    imei: str | None = "490154203237518"  # the sample number of 3GPP TS 23.003; None: CGSN gives an error


def _memories() -> dict[str, Memory]:
    return {name: Memory(CAPACITY) for name in ("ME", "SM", "SR")}


@dataclass(slots=True)
class Modem:
    """The device without its voice. `announce` takes one unsolicited utterance."""

    network: Network
    sim: Sim
    quirks: Quirks = field(default_factory=Quirks)
    memories: dict[str, Memory] = field(default_factory=_memories)
    chosen: list[str] = field(default_factory=lambda: ["SM", "SM", "SM"])  # CPMS: read, write, receive
    announce: Callable[[str], None] = lambda _: None
    echo: bool = True
    cmee: int = 0
    csms: int = 0
    creg: int = 0
    routes: tuple[int, ...] = (0, 0, 0, 0, 0)  # CNMI
    charset: str = "GSM"
    smsc: str = SMSC
    full: bool = False  # said so, and not stored anything since
    unacknowledged: int = 0  # direct messages that CNMA is due for

    def __post_init__(self) -> None:
        self.network.to_modem = self.receive

    @property
    def reading(self) -> Memory:
        """The memory that CMGR, CMGL and CMGD mean."""
        return self.memories[self.chosen[0]]

    def receive(self, message: Deliver | StatusReport) -> bool:
        """Take what the network brings; False when there is no room, and the network keeps it."""
        report = isinstance(message, StatusReport)
        route = self.routes[3] if report else self.routes[1]
        tpdu = message.tpdu()
        direct = 1 if report else 2
        if route == direct:
            head = f"+CDS: {len(tpdu)}" if report else f"+CMT: ,{len(tpdu)}"
            self.unacknowledged += 1
            self.announce(f"{head}\r\n{with_smsc(tpdu, self.smsc)}")
            return True
        if report and route == 0:
            return True  # nobody asked: it is lost
        return self._keep(tpdu, report=report, announced=bool(route))

    def _keep(self, tpdu: bytes, *, report: bool, announced: bool) -> bool:
        name = (self.quirks.report_memory if report else None) or self.chosen[2]
        index = self.memories[name].store(tpdu)
        if index is None:
            if self.quirks.says_full and not self.full:
                self.announce(f'^SMMEMFULL: "{name}"')
            self.full = True
            return False
        self.full = False
        if announced:
            self.announce(f'+CDSI: "{name}",{index}' if report else f'+CMTI: "{name}",{index}')
        return True
