"""Where lanes fork and meet, a ship between two of them is not crossing the one she is in."""

import numpy as np
import pytest

from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.examples import run
from surveil.schema import Batch

FORK = (1.740, 51.120)
"""In the NE lane, 2 nm before the deep-water route leaves it to the north."""


def told(areas, place, heading_deg: float, speed_kn: float = 6.0, **settings) -> list[str]:
    seen = []
    rows = run(235_123_456, place, heading_deg, speed_kn, 1500)
    rows = rows.replace(heading_deg=np.full(len(rows), heading_deg, np.float32))
    engine = Engine(Config(rules={"lane": settings}), areas, hooks=Hooks(alert=seen.append))
    engine.push(Batch.build(positions=rows))
    engine.close()
    return [alert.key for alert in seen if alert.rule == "lane"]


def test_a_ship_that_leaves_the_lane_for_the_deep_water_route_is_left_alone(areas):
    assert told(areas, FORK, 12.0) == []
    assert "oblique" in told(areas, FORK, 12.0, fork_m=0.0), "it points 51 degrees off the flow"


@pytest.mark.parametrize("heading_deg", [272.0, 182.0])
def test_one_that_cuts_across_far_from_a_fork_is_not(areas, heading_deg):
    assert "oblique" in told(areas, (1.4268, 51.0316), heading_deg)
