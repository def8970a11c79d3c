"""An SMS gateway at work: messages that come in, and messages that leave once."""

import time
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import Driver, MessageReceived, SmsGateway
from custodyd_drivers.errors import NoReply, Refused
from custodyd_simulators.hands import Phone
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Host

PERSON = "+8613900000001"
"""A number of nobody."""


class Messages:
    """See `Exercise`."""

    reports_within_s = 8.0

    def __init__(self, hand: object) -> None:
        if not isinstance(hand, Phone):
            raise TypeError("a modem's twin needs the hand Phone")
        self._phone = hand
        self._written = 0
        self._sent: dict[str, bool] = {}  # text → whether it may have left

    async def prepare(self, host: Host) -> None:
        """Nothing but a modem in its network."""
        await host.up(16)

    async def seen(self, host: Host, seconds: float) -> bool:
        """A message to the station, another one while none arrives."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._written += 1
            text = f"kit {self._written} 演习"
            self._phone.text(PERSON, text)
            if await host.until(partial(self._came, host, text), min(left, 4.0)):
                return True
        return False

    @staticmethod
    def _came(host: Host, text: str) -> bool:
        return any(isinstance(one, MessageReceived) and one.text == text for _, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """Hand over one message."""
        text = f"演习消息 {len(self._sent)}"
        self._sent[text] = True
        try:
            await cast("SmsGateway", driver).send(PERSON, text)
        except NoReply:
            raise
        except Refused as exc:
            self._sent[text] = bool(getattr(exc, "handed", ()))
            raise

    def wrong(self, host: Host, *, exact: bool) -> list[str]:
        """A message that arrived twice, or although it was said that it surely was not sent."""
        arrived = [sms.text for sms in self._phone.inbox]
        twice = [f"{text!r} arrived {arrived.count(text)} times" for text in self._sent if arrived.count(text) > 1]
        unsent = [
            f"{text!r} arrived after a refusal" for text, may in self._sent.items() if text in arrived and not may
        ]
        return twice + unsent

    def verbs(self) -> Mapping[str, Verb]:
        """The only one."""
        return {"send": lambda driver: cast("SmsGateway", driver).send(PERSON, "演习取消")}
