"""Messages as they leave: signature, mark of a simulation, the sentence, counted in parts (3GPP TS 23.040, UCS-2)."""

from custodyd.settings import Settings
from custodyd.texts import say

_WHOLE = 70  # UCS-2 characters of a message of one part
_PART = 67  # of each part of a longer one


class MessageWords:
    """Makes texts for one station: (text id, **facts) → (text, number of parts). A reload may replace `signature`."""

    def __init__(self, settings: Settings) -> None:
        self.signature = settings.station.sms_signature
        self._simulated = settings.simulation is not None

    def __call__(self, text: str, **facts: str | int) -> tuple[str, int]:
        """The whole text and its parts."""
        said = say(text, **facts)
        if self._simulated:
            said = say("sms.simulated", message=said)
        whole = f"【{self.signature}】{said}"
        units = len(whole.encode("utf-16-be")) // 2
        return whole, 1 if units <= _WHOLE else -(-units // _PART)
