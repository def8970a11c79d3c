"""What wristbands and beacons broadcast and offer: bytes to values and back, pure; no radio, no band of a station."""
