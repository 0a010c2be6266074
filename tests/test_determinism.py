"""The same rows give the same alerts, however they arrive: cut, stopped and resumed, batched or shuffled."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.config import Config, MapConfig
from surveil.decode.sentences import SentenceDecoder
from surveil.engine import Engine, Hooks
from surveil.errors import StoreError
from surveil.ledger import Ledger
from surveil.schema import CLASS_A, CLASS_DEVICE, KINDS, Batch, Positions
from surveil.simulate.demo import make_night
from surveil.sources import opening
from surveil.sources.cut import between
from surveil.sources.files import open_sources
from surveil.sources.merge import merge
from surveil.tracks.events import TrackEvent

CONFIG = Config(map=MapConfig(learn=True, halve_days=1))
LATENESS_MS = CONFIG.engine.lateness_s * 1000
WINDOW_MS = CONFIG.engine.duplicate_window_s * 1000
ACTS = ("acknowledge", "silence", "close", "note", "assign", "acknowledge")
TRIPS = ("departed", "appeared", "arrived")
FEW = settings(max_examples=4, suppress_health_check=list(HealthCheck))

cuts = st.lists(st.floats(0, 1), min_size=1, max_size=60)
seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Told:
    """What a run said, change by change, and what it knew at the end."""

    alerts: list[str]
    events: list[TrackEvent]
    unplaced: list[Act]
    state: dict[str, np.ndarray]

    def ids(self) -> set[str]:
        return {json.loads(line)["id"] for line in self.alerts}


class Run:
    """One engine behind one decoder, with everything it says."""

    def __init__(self, areas, before: Run | None = None):
        self.areas = areas
        self.alerts, self.events = ([], []) if before is None else (before.alerts, before.events)
        self.unplaced = [] if before is None else before.unplaced
        self.ledger = Ledger()
        self.ledger.add_source("log")
        self.decoder = SentenceDecoder(0, self.ledger)
        self.engine = Engine(
            CONFIG,
            areas,
            simulated=lambda source: self.ledger[source].simulated,
            hooks=Hooks(
                alert=lambda alert: self.alerts.append(alert.to_json()),
                unplaced=lambda act: self.unplaced.append(act),
                event=lambda event: self.events.append(event),
            ),
        )

    def feed(self, chunk: bytes) -> None:
        self.engine.push(self.decoder.feed(chunk))

    def finish(self) -> Told:
        self.engine.push(self.decoder.close())
        self.engine.close()
        return Told(self.alerts, self.events, self.unplaced, whole_state(self.engine))

    def resumed(self, folder) -> Run:
        """Another run that continues from this one's checkpoint, both halves of it through files."""
        self.engine.save(folder / "engine.npz")
        notes = json.dumps({"decoder": self.decoder.state(), "ledger": self.ledger.state()})
        other = Run(self.areas, self)
        other.ledger.restore(json.loads(notes)["ledger"])
        other.decoder.restore(json.loads(notes)["decoder"])
        other.engine.load(folder / "engine.npz")
        return other


def whole_state(engine: Engine) -> dict[str, np.ndarray]:
    """The engine's state, with the hash tables of reports heard as what they still hold for the future."""
    state = engine.state()
    for kind in KINDS:
        digest, t_ms = (state.pop(f"order|heard/{kind}/{name}") for name in ("digest", "t_ms"))
        live = t_ms >= engine.order.run_max_ms - LATENESS_MS - WINDOW_MS
        by_time = np.lexsort((digest[live], t_ms[live]))
        state[f"heard {kind}"] = np.rec.fromarrays([t_ms[live][by_time], digest[live][by_time]])
    return state


def assert_same(told: Told, expected: Told) -> None:
    assert told.alerts == expected.alerts
    assert told.events == expected.events
    assert told.unplaced == expected.unplaced
    assert told.state.keys() == expected.state.keys()
    for name, array in expected.state.items():
        assert told.state[name].tobytes() == array.tobytes(), name


def edges(shares: list[float], n: int) -> list[int]:
    return [0, *sorted(int(share * n) for share in shares), n]


def replay_bytes(log: bytes, areas, shares=(), acts=()) -> Told:
    run = Run(areas)
    for act in acts:
        run.engine.act(act)
    at = edges(shares, len(log))
    for start, end in pairwise(at):
        run.feed(log[start:end])
    return run.finish()


def replay_rows(batch: Batch, areas, at: list[int]) -> Told:
    run = Run(areas)
    run.ledger[0].simulated = True
    for start, end in pairwise(at):
        run.engine.push(between(batch, start, end))
    return run.finish()


def arriving(batch: Batch, key: np.ndarray) -> Batch:
    """The batch in another order of arrival: by key, one per row, the kinds one after the other."""
    place = np.empty(len(key), np.int64)
    place[np.argsort(key, kind="stable")] = np.arange(len(key))
    sizes = np.cumsum([len(rows) for _, rows, _ in batch.parts()])[:-1]
    at = dict(zip(KINDS, np.split(place, sizes), strict=True))
    parts = {}
    for kind, rows, _ in batch.parts():
        order = np.argsort(at[kind])
        parts[kind], parts[f"{kind}_at"] = rows.take(order), at[kind][order]
    return Batch(**parts)


def column(batch: Batch, name: str) -> np.ndarray:
    return np.concatenate([getattr(rows, name) for _, rows, _ in batch.parts()])


@pytest.fixture(scope="module")
def log() -> bytes:
    """The demo's night from 23:40 to 01:25: a crossing, a silence, a SART, a ship against the flow."""
    night = make_night(seed=1, hours=3.42, lane_ships=6)
    from_s = night.start_ms // 1000 + 100 * 60
    return b"\n".join([line for line in night.lines if int(line.split(b"c:")[1][:10]) >= from_s] + [b""])


@pytest.fixture(scope="module")
def whole(log, areas) -> Told:
    return replay_bytes(log, areas)


@pytest.fixture(scope="module")
def rows(log) -> Batch:
    """The log's rows, in order of arrival from 0."""
    run = Ledger()
    run.add_source("log")
    decoder = SentenceDecoder(0, run)
    batch = decoder.feed(log)
    decoder.close()
    arrival = np.concatenate([at for _, _, at in batch.parts()])
    return arriving(batch, arrival)


@pytest.fixture(scope="module")
def untrue(rows) -> Batch:
    """The log's first 50 minutes, in which after 20 one ship goes on under a new MMSI and another under a new name."""
    from_ms = int(column(rows, "t_ms").min())
    positions, statics = (r.take(r.t_ms < from_ms + 3_000_000) for r in (rows.positions, rows.statics))
    sailing = positions.mmsi[(positions.sog_kn > 8) & (positions.ais_class == CLASS_A)]
    liar, renamed = np.flatnonzero(np.bincount(sailing) > 100)[:2]
    late_ms = from_ms + 1_200_000

    def now(r):
        return np.where((r.mmsi == liar) & (r.t_ms > late_ms), 311_990_001, r.mmsi)

    name = np.where((statics.mmsi == renamed) & (statics.t_ms > late_ms), b"SIM OTHER", statics.name)
    batch = Batch.build(
        positions=positions.replace(mmsi=now(positions)), statics=statics.replace(mmsi=now(statics), name=name)
    )
    return arriving(batch, column(batch, "t_ms"))


@pytest.fixture(scope="module")
def real(shared) -> bytes:
    """The first hours of a yacht's log, with a SART's test in it, timed by its own GPS."""
    packed = (shared / "data/ais/opencpn_go_to_guernsey_20110726.nmea.gz").read_bytes()
    return gzip.decompress(packed)[:250_000]


@pytest.fixture(scope="module")
def real_whole(real, areas) -> Told:
    return replay_bytes(real, areas)


def test_the_log_of_these_tests_raises_alerts_of_several_rules(whole):
    raised = {json.loads(line)["rule"] for line in whole.alerts}
    assert raised >= {"small_craft_crossing", "silence", "distress", "lane"}
    assert {event.kind for event in whole.events} >= {"departed", "arrived", "appeared"}


@FEW
@given(cuts)
def test_any_split_of_the_bytes_gives_the_same_alerts_and_state(log, areas, whole, shares):
    assert_same(replay_bytes(log, areas, shares), whole)


@FEW
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_run_stopped_and_resumed_anywhere_says_the_same(log, areas, whole, tmp_path_factory, shares):
    run, at = Run(areas), edges(shares, len(log))
    for start, end in pairwise(at):
        run.feed(log[start:end])
        run = run.resumed(tmp_path_factory.mktemp("checkpoint"))
    assert_same(run.finish(), whole)


@FEW
@given(st.lists(st.floats(0.3, 1), min_size=1, max_size=5))
def test_untrue_numbers_and_names_are_told_the_same_stopped_and_resumed_anywhere(
    untrue, areas, tmp_path_factory, shares
):
    whole = replay_rows(untrue, areas, [0, len(untrue)])
    assert [event.kind for event in whole.events if event.kind not in TRIPS] == ["mmsi_changed", "static_changed"]
    run, at = Run(areas), edges(shares, len(untrue))
    run.ledger[0].simulated = True
    for start, end in pairwise(at):
        run.engine.push(between(untrue, start, end))
        run = run.resumed(tmp_path_factory.mktemp("checkpoint"))
    assert_same(run.finish(), whole)


@pytest.fixture(scope="module")
def acts(whole) -> list[Act]:
    """Something of every kind done to the night's first alerts, at times between ticks and upon them."""
    opened = {}
    for line in whole.alerts:
        alert = Alert.from_dict(json.loads(line))
        opened.setdefault(alert.id, alert)
    alerts = list(opened.values())[:6]
    last_ms = max(alert.t_raised_ms for alert in opened.values())
    done = [
        Act.upon(alert, kind, "Ann", "as told", alert.t_raised_ms + 25_000 + 5000 * n, until_ms=last_ms, to="Bob")
        for n, (alert, kind) in enumerate(zip(alerts, ACTS, strict=True))
    ]
    return [*done, Act.upon(alerts[2], "reopen", "Bob", "", last_ms), Act("unknown", "note", "Ann", "?", last_ms)]


@settings(FEW, max_examples=2)
@given(cuts)
def test_what_people_do_has_the_same_effect_however_the_input_is_cut_and_resumed(
    log, areas, acts, whole, tmp_path_factory, shares
):
    acted = replay_bytes(log, areas, acts=acts)
    assert {json.loads(line)["state"] for line in acted.alerts} >= {"open", "acknowledged", "silenced", "closed"}
    assert acted.ids() == whole.ids()
    run, at = Run(areas), edges(shares[:4], len(log))
    for act in acts:
        run.engine.act(act)
    for start, end in pairwise(at):
        run.feed(log[start:end])
        run = run.resumed(tmp_path_factory.mktemp("checkpoint"))
    assert_same(run.finish(), acted)


@pytest.mark.parametrize("shares", [(0.2, 0.4, 0.5, 0.7, 0.9), (0.8, 0.95)])
def test_a_replay_with_what_people_did_live_says_what_was_said_live(log, areas, acts, shares):
    run, coming, taken = Run(areas), list(acts), []
    for start, end in pairwise(edges(shares, len(log))):
        run.feed(log[start:end])
        taken += [run.engine.act(coming.pop(0)) for _ in range(min(2, len(coming)))]
    taken += [run.engine.act(act) for act in coming]
    assert taken != acts
    assert_same(replay_bytes(log, areas, acts=taken), run.finish())


@pytest.mark.parametrize("size", [113, 5000])
def test_any_replay_batch_size_gives_the_same_alerts_and_state(rows, areas, whole, size):
    at = [*range(0, len(rows), size), len(rows)]
    assert_same(replay_rows(rows, areas, at), whole)


@FEW
@given(seeds)
def test_a_shuffle_within_the_lateness_gives_the_same_alerts_and_state(rows, areas, whole, seed):
    rng = np.random.default_rng(seed)
    delay_ms = rng.integers(0, LATENESS_MS, len(rows))
    shuffled = arriving(rows, column(rows, "t_ms") + delay_ms)
    in_arrival = column(shuffled, "t_ms")[np.argsort(np.concatenate([at for _, _, at in shuffled.parts()]))]
    assert (np.diff(in_arrival) < 0).mean() > 0.1
    assert_same(replay_rows(shuffled, areas, edges(rng.random(20).tolist(), len(rows))), whole)


def test_rows_pushed_one_by_one_out_of_order_at_the_start_run_the_same_ticks(areas):
    """The earliest row may come second: no tick may be skipped for it."""
    rows = Positions.build(
        t_ms=[1_773_525_620_000, 1_773_525_611_000, 1_773_525_700_000], seq=[1, 2, 3],
        mmsi=[235_000_001, 970_990_001, 235_000_001], digest=[1, 2, 3], msg_type=[1, 1, 1],
        ais_class=[CLASS_A, CLASS_DEVICE, CLASS_A], lon=[1.4, 1.5, 1.4], lat=[51.0, 51.0, 51.0], nav_status=[0, 14, 0],
    )  # fmt: skip
    batch = Batch.build(positions=rows)
    whole = replay_rows(batch, areas, [0, 4])
    assert len(whole.alerts) == 1
    assert_same(replay_rows(batch, areas, [0, 2, 3, 4]), whole)


@pytest.mark.shared
@FEW
@given(cuts)
def test_any_split_of_a_real_log_gives_the_same_alerts_and_state(real, areas, real_whole, shares):
    assert len(real_whole.ids()) == 1
    assert_same(replay_bytes(real, areas, shares), real_whole)


@pytest.mark.shared
@settings(FEW, max_examples=3)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_a_real_log_stopped_and_resumed_anywhere_says_the_same(real, areas, real_whole, tmp_path_factory, shares):
    run, at = Run(areas), edges(shares, len(real))
    for start, end in pairwise(at):
        run.feed(real[start:end])
        run = run.resumed(tmp_path_factory.mktemp("checkpoint"))
    assert_same(run.finish(), real_whole)


@pytest.fixture(scope="module")
def two_receivers(log, tmp_path_factory):
    """The log as each of its two stations would have written it."""
    folder = tmp_path_factory.mktemp("receivers")
    lines = log.splitlines()[:3000]
    paths = []
    for station in (b"SIM-DOVER", b"SIM-GRISNEZ"):
        paths.append(folder / f"{station.decode()}.nmea")
        paths[-1].write_bytes(b"\n".join(line for line in lines if b"s:" + station in line) + b"\n")
    return paths


def merged_rows(paths, chunk: int, monkeypatch) -> list[tuple[int, int, int, int]]:
    """(place in the run, source, line, time) of every row of a merge of files read so many bytes at a time."""
    monkeypatch.setattr(opening, "CHUNK", chunk)
    found = []
    for batch in merge(open_sources(paths, Ledger())):
        for _, rows, at in batch.parts():
            found += zip(at.tolist(), rows.source.tolist(), rows.seq.tolist(), rows.t_ms.tolist(), strict=True)
    return sorted(found)


def test_two_receivers_merge_the_same_whatever_the_size_of_the_chunks(two_receivers, monkeypatch):
    whole = merged_rows(two_receivers, 1 << 24, monkeypatch)
    assert {source for _, source, _, _ in whole} == {0, 1}
    assert [place for place, *_ in whole] == list(range(len(whole)))
    for chunk in (1500, 4099, 65_536):
        assert merged_rows(two_receivers, chunk, monkeypatch) == whole


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_checkpoint_is_refused_by_name(areas, tmp_path, content):
    path = tmp_path / "engine.npz"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"engine\.npz: is not a checkpoint"):
        Run(areas).engine.load(path)


def test_a_checkpoint_of_other_rules_is_refused(areas, tmp_path):
    fewer = Engine(Config(rules={"loitering": {"enabled": False}}, map=CONFIG.map), areas)
    fewer.save(tmp_path / "engine.npz")
    with pytest.raises(StoreError, match="loitering"):
        Run(areas).engine.load(tmp_path / "engine.npz")
