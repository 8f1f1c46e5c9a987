"""A process that stood still must not write when it wakes; nor does one end that only worked hard."""

import asyncio
import time

import pytest

from agents.delivery.pulse import Pulse, StoodStill


def test_a_pulse_that_beat_lately_lets_a_flush_begin() -> None:
    Pulse(limit_s=5.0).check()


async def test_a_process_that_stood_still_past_the_limit_is_told_before_it_writes() -> None:
    pulse = Pulse(limit_s=0.05)
    beating = asyncio.create_task(pulse.run())
    await asyncio.sleep(0)
    stands_until_s = time.monotonic() + 0.2
    while time.monotonic() < stands_until_s:
        pass  # as a paused process: the loop does not turn

    with pytest.raises(StoodStill, match="others own its partitions"):
        pulse.check()
    beating.cancel()
