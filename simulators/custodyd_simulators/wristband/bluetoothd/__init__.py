"""A stand-in for bluetoothd: a process of its own on a private bus, heard by the unmodified bleak; it knows no band."""
