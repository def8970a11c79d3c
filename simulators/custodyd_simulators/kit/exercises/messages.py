"""An SMS gateway at work: messages that come in, and messages that leave once."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import Driver, MessageReceived, SmsGateway
from custodyd_drivers.errors import DeviceError, NoReply
from custodyd_simulators.hands import Phone
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Broken, Host

PERSON = "+8613900000001"
"""A number of nobody."""
_AGAIN_S = 4.0  # between two messages of a person who gets no answer
_ARRIVES_S = 5.0
_LOOK_S = 0.02


class Messages:
    """See `Exercise`."""

    def __init__(self, stand: Stand) -> None:
        if not isinstance(stand.hand, Phone):
            raise TypeError("a modem's twin needs the hand Phone")
        self._phone = stand.hand
        self._written = 0
        self._sent: list[str] = []
        self._never: set[str] = set()  # of which the driver said that they surely were not sent

    def came(self, driver: Driver) -> None:
        """Nothing is told to a modem."""

    async def prepare(self, host: Host) -> None:
        """Nothing but a modem in its network."""

    async def seen(self, host: Host, seconds: float) -> bool:
        """A message to the station, another one while none arrives."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._written += 1
            text = f"kit {self._written} 演习"
            self._phone.text(PERSON, text)
            if await host.until(partial(self._came, host, text), min(left, _AGAIN_S)):
                return True
        return False

    @staticmethod
    def _came(host: Host, text: str) -> bool:
        return any(isinstance(one, MessageReceived) and one.text == text for _, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """Hand over one message."""
        await self._send(driver)

    async def _send(self, driver: Driver) -> str:
        text = f"演习消息 {len(self._sent)}"
        self._sent.append(text)
        try:
            await cast("SmsGateway", driver).send(PERSON, text)
        except DeviceError as exc:
            if not isinstance(exc, NoReply):
                self._never.add(text)
            raise
        return text

    async def ask(self, driver: Driver) -> None:
        """A message that was handed over arrives."""
        text = await self._send(driver)
        until = time.monotonic() + _ARRIVES_S
        while not self._arrived(text):
            if time.monotonic() > until:
                raise Broken(f"{text!r} was handed over, and did not arrive within {_ARRIVES_S:g} s")
            await asyncio.sleep(_LOOK_S)

    def _arrived(self, text: str) -> int:
        return sum(sms.text == text for sms in self._phone.inbox)

    def wrong(self, *, exact: bool) -> list[str]:
        """A message that arrived twice, or although it was said that it surely was not sent."""
        twice = [f"{text!r} arrived twice" for text in self._sent if self._arrived(text) > 1]
        unsent = [f"{text!r} arrived, and was said to be unsent" for text in self._never if self._arrived(text)]
        return [*twice, *unsent]

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """A message that nobody wrote."""
        texts = [one.text for _, one in host.reports if isinstance(one, MessageReceived)]
        written = {f"kit {number} 演习" for number in range(1, self._written + 1)}
        return [f"{text[:40]!r} came in, and nobody wrote it" for text in texts if exact and text not in written]

    def verbs(self) -> Mapping[str, Verb]:
        """The only one."""
        return {"send": self._send}
