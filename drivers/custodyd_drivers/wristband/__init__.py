"""Wristbands heard over Bluetooth Low Energy; it must not know who wears one."""
