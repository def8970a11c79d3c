"""What the entries mean for people, cases, cabinets and incidents: pure folds that the ledger runs."""

from custodyd.desk.projections.alarms import ALARMS
from custodyd.desk.projections.cabinets import CABINETS
from custodyd.desk.projections.cases import CASES
from custodyd.desk.projections.clocks import CLOCK_INPUTS
from custodyd.desk.projections.devices import DEVICES
from custodyd.desk.projections.incidents import INCIDENTS
from custodyd.desk.projections.people import PEOPLE
from custodyd.desk.projections.wristbands import WRISTBANDS
from custodyd.model.projection import Projection

ALL: tuple[Projection, ...] = (PEOPLE, CASES, CABINETS, INCIDENTS, DEVICES, ALARMS, WRISTBANDS, CLOCK_INPUTS)
