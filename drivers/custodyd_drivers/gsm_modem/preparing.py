"""What a modem is told at the start of a connection, and the questions about itself; it sends no message."""

import re
from collections.abc import Iterable

from custodyd_drivers.contract import Identity, Proof, SignalChanged
from custodyd_drivers.errors import Refused
from custodyd_drivers.gsm_modem.at import Dialogue
from custodyd_drivers.gsm_modem.frames import Line
from custodyd_drivers.gsm_modem.mailbox import Mailbox
from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_drivers.gsm_modem.unlocking import unlock

# Stored and announced first, since a stored report waits for us while a direct one is lost unless acknowledged at
# once; the fall-backs are for modems without a memory for reports (27.005 §3.4.1).
_ROUTES = ("2,1,0,2,0", "2,1,0,2", "2,1,0,1,0", "1,1,0,1,0")
_HOME, _ROAMING = "1", "5"
_REGISTRATION = re.compile(r"\+CE?REG: *\d *, *(?P<state>\d+)")
_QUALITY = re.compile(r"\+CSQ: *(?P<quality>\d{1,3}) *,")
_IMEI = re.compile(r'"?(?P<imei>\d{14,17})"?')
_MODEL_LENGTH = 40


async def prepare(at: Dialogue, mailbox: Mailbox, settings: Settings) -> None:
    """Numbered errors, PDU mode, a ready SIM, a memory and a route for what comes in; raises DeviceError."""
    await _try(at, "ATE0")
    await _try(at, "AT+CMEE=1")
    await unlock(at, settings.port, settings.pin, settings.timeout_s)
    mailbox.acknowledges = await _try(at, "AT+CSMS=1")
    await at.ask("AT+CMGF=0")
    await mailbox.choose()
    for route in _ROUTES:
        if await _try(at, f"AT+CNMI={route}"):
            return


async def identify(at: Dialogue, settings: Settings) -> Identity:
    """The modem by its serial number, or by its port where it tells none; Refused when another one was configured."""
    numbers = [found["imei"] for line in await _told(at, "AT+CGSN") if (found := _IMEI.fullmatch(line.head))]
    if settings.imei is not None and settings.imei not in numbers:
        raise Refused("another modem answers on this port, or it does not tell its IMEI", lasting=True)
    model = _shown(await _told(at, "AT+CGMM"))
    if numbers:
        return Identity(Proof.SERIAL, numbers[0], model)
    return Identity(Proof.PATH, settings.port, model)


async def signal(at: Dialogue) -> SignalChanged:
    """The network as the modem sees it now; raises NoReply, LinkLost."""
    registered = await _registered(at, "AT+CREG?", "+CREG:") or await _registered(at, "AT+CEREG?", "+CEREG:")
    found = [match for line in await _told(at, "AT+CSQ", "+CSQ:") if (match := _QUALITY.match(line.head))]
    quality = int(found[-1]["quality"]) if found else 99
    return SignalChanged(registered, quality if quality <= 31 else None)


async def _registered(at: Dialogue, query: str, answer: str) -> bool:
    found = [match for line in await _told(at, query, answer) if (match := _REGISTRATION.match(line.head))]
    return bool(found) and found[-1]["state"] in (_HOME, _ROAMING)


async def _told(at: Dialogue, query: str, answer: str = "") -> list[Line]:
    """What the modem tells, nothing when it will not."""
    try:
        return await at.ask(query, answer, need=bool(answer))
    except Refused:
        return []


async def _try(at: Dialogue, command: str) -> bool:
    try:
        await at.ask(command)
    except Refused:
        return False
    return True


def _shown(lines: Iterable[Line]) -> str:
    """Hostile text of one line, printable and short."""
    text = next((line.head for line in lines), "")
    return "".join(char for char in text if char.isprintable())[:_MODEL_LENGTH]
