"""The only reader of clocks: civil and elapsed time, and what is known of how well civil time is kept."""

from custodyd.clock.clocks import CHINA, Clock, SimulatedClock, SystemClock, from_rfc3339, rfc3339

__all__ = ["CHINA", "Clock", "SimulatedClock", "SystemClock", "from_rfc3339", "rfc3339"]
