"""A twin on a pty, without our driver."""

from dataclasses import dataclass

import pytest

from custodyd_drivers.zfm.frames import Frame, Parser, command
from custodyd_drivers.zfm.settings import Settings
from custodyd_simulators.zfm import TWIN, Glass, Voice, voice


@dataclass
class Heard:
    """A voice without a wire: what is asked is answered at once into `said`."""

    voice: Voice
    hand: Glass
    said: bytes = b""

    def ask(self, op: int, args: bytes = b"", address: int = 0xFFFFFFFF) -> list[Frame]:
        self.said = b""
        self.voice.hear(command(op, args, address).encode())
        return Parser().feed(self.said)

    def code(self, op: int, args: bytes = b"") -> int:
        (frame,) = self.ask(op, args)
        return frame.payload[0]

    def take(self, data: bytes) -> None:
        self.said += data


@pytest.fixture
def twin():
    def make(**keys) -> Heard:
        spoken = voice(Settings(port="none", **keys))
        heard = Heard(spoken, Glass(spoken))
        spoken.attach(heard.take)
        return heard

    return make


@pytest.fixture
def standing(tmp_path):
    one = TWIN.stand(Settings(port="replaced"), tmp_path / "reader")
    one.wire.start()
    yield one
    one.wire.close()
