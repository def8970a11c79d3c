"""Twins of the device families: they speak the real bytes over real descriptors; nothing in production imports them."""
