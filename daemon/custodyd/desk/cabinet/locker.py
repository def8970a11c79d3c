"""A cabinet without a workflow yet: fingers for emergencies only, and its own sentence for everything else."""

from dataclasses import replace

from custodyd.desk.cabinet import people
from custodyd.desk.cabinet.context import Context
from custodyd.desk.cabinet.events import Event, Finger
from custodyd.desk.cabinet.states import Present, State
from custodyd.desk.cabinet.step import Screen, Step, refusal


def finger(context: Context, state: State, event: Finger) -> Step:
    """A matched finger: it opens where an emergency waits for it, else it is told what this cabinet can do."""
    step = people.finger(context, state, event)
    if not isinstance(step.state.visit, Present):
        return step
    person = step.state.visit.actor.person
    return replace(step, effects=(Screen("cabinet.emergency_only", "working", "nothing", person=person),))


def refused(context: Context, state: State, event: Event) -> Step:
    """Whatever else is asked for."""
    return Step(state, effects=(refusal("no-workflow", "nothing"),))
