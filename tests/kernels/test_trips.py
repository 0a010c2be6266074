"""Rest and way against a reading of the rule, one target and one report at a time."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.trips import AT_REST, UNDER_WAY, UNKNOWN, rest_and_way

GAP_MS, REST_KN, REST_MS, WAY_KN, WAY_MS = 1800, 0.5, 300, 2.0, 60
MEMORY = {
    "mode": "u1", "leaning": "u1", "since_ms": "i8", "at_lon": "f8", "at_lat": "f8", "heard_ms": "i8", "origin": "i4",
    "left_ms": "i8",
}  # fmt: skip


@dataclass
class Target:
    """What one target is remembered by."""

    mode: int = UNKNOWN
    leaning: int = UNKNOWN
    since_ms: int = 0
    at_lon: float = 0.0
    at_lat: float = 0.0
    heard_ms: int = 0
    origin: int = 7
    left_ms: int = 9

    def hear(self, t_ms: int, lon: float, lat: float, sog_kn: float) -> bool:
        """Whether a change of mode is due."""
        if t_ms == self.heard_ms:
            return False
        if t_ms - self.heard_ms > GAP_MS:
            self.mode, self.leaning, self.origin, self.left_ms = UNKNOWN, UNKNOWN, -1, 0
        self.heard_ms = t_ms
        for leans, holds, needed_ms in ((AT_REST, sog_kn <= REST_KN, REST_MS), (UNDER_WAY, sog_kn >= WAY_KN, WAY_MS)):
            if holds:
                if leans != self.leaning:
                    self.leaning, self.since_ms, self.at_lon, self.at_lat = leans, t_ms, lon, lat
                return leans != self.mode and t_ms - self.since_ms >= needed_ms
        return False


speeds = st.sampled_from([0.0, 0.5, 0.6, 1.9, 2.0, 9.0, np.nan])
calls = st.lists(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0, 30, 60, 300, 2000]), speeds), min_size=3, max_size=3),
    max_size=40,
)


@given(calls)
def test_rest_and_way_agree_with_the_rule(calls):
    targets = [Target() for _ in range(3)]
    memory = {name: np.array([getattr(t, name) for t in targets], dtype) for name, dtype in MEMORY.items()}
    last_ms = np.full(3, 5000)
    for n, call in enumerate(calls):
        is_vessel, later_ms, sog_kn = (np.array(column) for column in zip(*call, strict=True))
        last_ms += later_ms
        lon, lat = np.arange(3.0) + n, 50.0 - np.arange(3.0)
        due = rest_and_way(
            is_vessel, last_ms, lon, lat, sog_kn.astype(np.float32), GAP_MS, REST_KN, REST_MS, WAY_KN, WAY_MS,
            *memory.values(),
        )  # fmt: skip
        told = [
            i
            for i in range(3)
            if is_vessel[i] and targets[i].hear(int(last_ms[i]), lon[i], lat[i], float(np.float32(sog_kn[i])))
        ]
        assert due.tolist() == told
        for i in told:
            targets[i].mode = targets[i].leaning
            memory["mode"][i] = memory["leaning"][i]
        for name, column in memory.items():
            assert column.tolist() == [getattr(t, name) for t in targets], name
