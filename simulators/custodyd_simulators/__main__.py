"""custodysim: a whole station without hardware, and a hand on it from another terminal."""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
from pathlib import Path

import click
import httpx

from custodyd.settings import Mistakes, load
from custodyd_simulators.control import ask
from custodyd_simulators.kit.command import kit_command
from custodyd_simulators.minute import Minute
from custodyd_simulators.running import Refused, Running, simulation
from custodyd_simulators.scenario import NotSeen, Play, read
from custodyd_simulators.verbs import USAGE, VERBS, Misunderstood
from custodyd_simulators.wristband import NoBus

STATE = Path(".state")


def say(zh: str, en: str) -> None:
    """One line in both languages."""
    print(f"【模拟】{zh} | {en}", flush=True)


@click.group(
    help="没有硬件的办案中心: 每台设备的孪生说真实字节 / A station without hardware; its twins speak the real bytes."
)
@click.option("--state", type=click.Path(path_type=Path), default=STATE, show_default=True, help="状态目录 / state")
@click.pass_context
def main(context: click.Context, state: Path) -> None:
    """The command `custodysim`."""
    context.obj = state.absolute()


@main.command(
    "run", help="新的一站, 演示一分钟, 然后保持运行 / A fresh station, one scripted minute, then live until Ctrl-C."
)
@click.argument("config", type=click.Path(path_type=Path), default=Path("devices.toml"))
@click.option("--once", is_flag=True, help="演示后退出 / end after the minute")
@click.pass_obj
def run_command(state: Path, config: Path, once: bool) -> None:
    """Fresh state, the minute, then live."""
    shutil.rmtree(state, ignore_errors=True)
    sys.exit(asyncio.run(_guarded(config, state, minute=True, stay=not once)))


@main.command("station", help="保留状态, 只运行孪生和守护进程 / Keep the state; twins and daemon only.")
@click.argument("config", type=click.Path(path_type=Path), default=Path("devices.toml"))
@click.pass_obj
def station_command(state: Path, config: Path) -> None:
    """Twins and daemon until Ctrl-C."""
    sys.exit(asyncio.run(_guarded(config, state, minute=False, stay=True)))


async def _guarded(config: Path, state: Path, *, minute: bool, stay: bool) -> int:
    try:
        return await _run(config, state, minute=minute, stay=stay)
    except Mistakes as exc:
        _tell_mistakes(exc)
        return 1
    except (Refused, NoBus, TimeoutError) as exc:
        say(f"演示中断: {exc}; 守护进程日志: {state / 'daemon.log'}", f"the minute stopped; see {state / 'daemon.log'}")
        return 1


def _tell_mistakes(exc: Mistakes) -> None:
    for mistake in exc.list:
        print(f"{mistake.file}:{mistake.line}:{mistake.column}: {mistake.text['zh-CN']} / {mistake.text['en']}")


async def _run(config: Path, state: Path, *, minute: bool, stay: bool) -> int:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    async with simulation(config, state) as running:
        play = asyncio.create_task(_play(running, minute=minute, stay=stay))
        stop = asyncio.create_task(ending.wait())
        await asyncio.wait({play, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        play.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await play
    say("已停止", "stopped")
    return 0


async def _play(running: Running, *, minute: bool, stay: bool) -> None:
    await running.ready()
    say("本站就绪", "station ready")
    if minute:
        await Minute(running, say).play()
    if stay:
        _tell_what_to_try(running.state)
        await _follow(running)


def _tell_what_to_try(state: Path) -> None:
    socket = f"--socket {state / 'run' / 'api.sock'}"
    say("可以在另一个终端试:", "try in another terminal:")
    for line in (
        f"custodyctl {socket} status",
        f"custodyctl {socket} events --follow",
        f"custodyctl {socket} kiosk dossier-a",
        f"custodysim --state {state} finger reader-a officer",
        f"custodysim --state {state} door dossier-a/1 open",
        f"custodysim --state {state} fault reader-a unplug",
        f"custodysim --state {state} strap band-1 cut",
        f"custodysim --state {state} deaf receiver-intake on",
        f"custodysim --state {state} sms-inbox",
    ):
        print(f"    {line}", flush=True)
    say("Ctrl-C 结束", "Ctrl-C ends it")


async def _follow(running: Running) -> None:
    """Print entries as they become durable."""
    async with running.api.stream("GET", "/v1/events", timeout=None) as lines:
        async for line in lines.aiter_lines():
            if line.startswith("data: "):
                entry = json.loads(line[6:])
                print(
                    f"{entry['happened'][11:19]} {entry['id']:>8} {entry['texts']['zh-CN']} {entry.get('place', '')}",
                    flush=True,
                )


@main.command("scenario", help="在运行中的模拟上演一段故事 / Play a story on the running simulation.")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def scenario_command(state: Path, file: Path) -> None:
    """Verbs and expectations from a file; exit 1 when something expected was not seen."""
    try:
        Play(state / "run", print).play(read(file))
    except (OSError, Misunderstood, httpx.TransportError) as exc:
        say(f"没有运行中的模拟, 或者不明白: {exc}", "no simulation runs here, or it did not understand")
        sys.exit(1)
    except NotSeen as exc:
        say(f"没有等到: {exc}", "this was not seen")
        sys.exit(1)
    say("故事演完, 所等的都看到了", "the story is over; everything it waited for was seen")


@main.command(
    "show", help="有哪些指纹仪、扫码器、格口和电话 / Which readers, scanners, doors and telephones there are."
)
@click.argument("config", type=click.Path(path_type=Path), default=Path("devices.toml"))
def show_command(config: Path) -> None:
    """What a hand can touch, by the names that the verbs take."""
    try:
        settings = load(config)
    except Mistakes as exc:
        _tell_mistakes(exc)
        sys.exit(1)
    for device in settings.devices.values():
        print(f"{device.capability:<18} {device.id:<16} {device.label}")
    for band in settings.wristbands.values():
        print(f"{'Wristband':<18} {band.id:<16} {band.label}")
    for cabinet in settings.cabinets.values():
        numbers = sorted(cabinet.compartments)
        print(f"{'Doors':<18} {cabinet.id}/{numbers[0]}…{numbers[-1]:<6} {cabinet.label}")


def _verb(name: str) -> click.Command:
    @click.command(name, help=USAGE[name], context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    @click.pass_obj
    def command(state: Path, words: tuple[str, ...]) -> None:
        try:
            done = ask(state / "run" / "hand.sock", name, *words)
        except (OSError, Misunderstood) as exc:
            say(f"没有运行中的模拟, 或者不明白: {exc}", "no simulation runs here, or it did not understand")
            sys.exit(1)
        print(done if isinstance(done, str) else json.dumps(done, ensure_ascii=False, indent=2))

    return command


main.add_command(kit_command)
for _name in VERBS:
    main.add_command(_verb(_name))

if __name__ == "__main__":
    main()
