"""Bluetooth Low Energy over BlueZ and D-Bus: the only door to bleak; it knows no band.

Three parts, each with its own end: `Service` watches bluetoothd and the adapter, `Scan` hears adverts, `read_values`
reads a device over a connection. All raise LinkLost, NoReply or Refused and nothing else.
"""

from custodyd_drivers.link.ble.gatt import read_values
from custodyd_drivers.link.ble.scan import Scan
from custodyd_drivers.link.ble.service import Service

__all__ = ["Scan", "Service", "read_values"]
