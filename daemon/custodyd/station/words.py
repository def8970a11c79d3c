"""Messages as they leave: signature, mark of a simulation, the sentence with no number of a person in it, parts."""

from custodyd.reminders.plain import plain
from custodyd.settings import Settings
from custodyd.texts import say
from custodyd.texts.segments import parts


class MessageWords:
    """Makes texts for one station: (text id, **facts) → (text, number of parts). A reload may replace `signature`."""

    def __init__(self, settings: Settings) -> None:
        self.signature = settings.station.sms_signature
        self._simulated = settings.simulation is not None

    def __call__(self, text: str, **facts: str | int) -> tuple[str, int]:
        """The whole text and its parts."""
        said = say(text, **{name: plain(str(value)) for name, value in facts.items()})
        if self._simulated:
            said = say("sms.simulated", message=said)
        whole = f"【{self.signature}】{said}"
        return whole, parts(whole)
