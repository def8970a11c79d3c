"""The SIM's PIN: entered once, never repeated after a wrong one, for three wrong ones lock the card."""

import asyncio
import re

from custodyd_drivers.errors import Refused
from custodyd_drivers.gsm_modem.at import Dialogue
from custodyd_drivers.gsm_modem.refusals import BUSY, NO_SIM, PIN_REFUSED, PIN_WANTED, PUK_WANTED, SIM_BUSY

_LOOK_S = 0.5
_NO_FINAL_S = 1.0  # Wavecom modems end this one answer without OK
_TRIES_LEFT = re.compile(r"\+CPINR: *SIM PIN *, *(?P<left>\d+) *, *(?P<full>\d+)")

# PINs that a card refused, or never said a word about, in this process: a driver object lives for one connection
# only, so it could not remember. Restarting the daemon is cheaper than a card that wants its PUK.
_doubtful: set[tuple[str, str]] = set()


async def unlock(at: Dialogue, port: str, pin: str | None, patience_s: float) -> None:
    """Make the SIM ready, waiting `patience_s` for a busy one; raises Refused (`lasting` = a person must see to it)."""
    if await _settled(at, patience_s) == "READY":
        return
    await _enter(at, port, pin)
    await _settled(at, patience_s, "READY")


async def _settled(at: Dialogue, patience_s: float, *wanted: str) -> str:
    """The state once the card is not busy, or once it is the wanted one; raises Refused."""
    for _ in range(max(1, round(patience_s / _LOOK_S))):
        state = await _state(at)
        if state and (not wanted or state in wanted):
            return state
        await asyncio.sleep(_LOOK_S)
    raise Refused("the SIM is not ready yet", SIM_BUSY)


async def _state(at: Dialogue) -> str:
    """READY, SIM PIN, or "" while busy; raises Refused for everything that no PIN of ours helps against."""
    try:
        lines = await at.ask("AT+CPIN?", "+CPIN:", need=True, final_s=_NO_FINAL_S)
    except Refused as exc:
        if exc.code in BUSY:
            return ""
        raise
    state = lines[0].head.removeprefix("+CPIN:").strip() if lines else ""
    if state in ("", "READY", "SIM PIN"):
        return state
    if "PUK" in state:
        raise Refused("the SIM is locked and wants its PUK", PUK_WANTED, lasting=True)
    raise Refused("the SIM wants something that is no PIN", NO_SIM, lasting=True)


async def _enter(at: Dialogue, port: str, pin: str | None) -> None:
    if pin is None:
        raise Refused("the SIM wants a PIN and none is configured", PIN_WANTED, lasting=True)
    if (port, pin) in _doubtful or await _missed(at):
        raise Refused(
            "a wrong PIN was entered before; it is not tried again (enter the right one by hand once)",
            PIN_REFUSED,
            lasting=True,
        )
    _doubtful.add((port, pin))
    try:
        await at.ask(f'AT+CPIN="{pin}"')
    except Refused as exc:
        if exc.code in BUSY:
            _doubtful.discard((port, pin))
            raise
        raise Refused("the SIM refused the configured PIN", PIN_REFUSED, lasting=True) from exc
    _doubtful.discard((port, pin))


async def _missed(at: Dialogue) -> bool:
    """Whether the card has fewer tries left than it gives (3GPP TS 27.007 §8.65); many modems cannot tell."""
    try:
        lines = await at.ask('AT+CPINR="SIM PIN"', "+CPINR:")
    except Refused:
        return False
    found = [match for line in lines if (match := _TRIES_LEFT.match(line.head))]
    return any(int(match["left"]) < int(match["full"]) for match in found)
