"""A whole watch: its alerts are those of a replay of its log; acts and alerts survive; the picture does not wait."""

import socket
import time
import urllib.error
import urllib.request

import pytest

from benchmarks import faults
from benchmarks._watching import alerts_in, logged, night_lines, tail_config, until
from surveil.alerts.store import AlertStore
from surveil.config import load_config
from surveil.errors import ConfigError, StoreError
from surveil.live.intake import Feeds
from surveil.live.recorded import Recorded
from surveil.live.running import open_watch
from surveil.live.service import Watch
from surveil.live.settings import feeds_of
from surveil.run import Replay
from tests.live.servers import free_port, mosquitto, nats_server

REPORT = b"!AIVDM,1,1,,A,B3P7@h@0?@1VRP7Brl3Q3wv00000,0*79\r\n"


@pytest.fixture(scope="module")
def lines():
    """An hour and ten minutes, in which eight alerts are raised."""
    night = night_lines()
    return night[: len(night) * 2 // 3]


def watching(folder, text: str) -> Watch:
    path = folder / "watch.toml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path)
    return Watch(config, folder / "data", Feeds(config, folder / "data"))


def heard(watch: Watch, n: int) -> bool:
    return until(lambda: watch.snapshot().counters["lines_read"] >= n)


def test_a_watch_acted_upon_and_restarted_says_what_a_replay_of_its_log_says(lines, tmp_path):
    feed, data = tmp_path / "feed.nmea", tmp_path / "data"
    feed.write_bytes(b"".join(lines[: len(lines) // 2]))
    config = load_config(tail_config(tmp_path, feed))
    with Watch(config, data, Feeds(config, data)) as watch:
        assert until(lambda: watch.snapshot().alerts)
        first = next(iter(watch.snapshot().alerts))
        done = watch.act("note", first, "Ann", "lifeboat is told")
        assert heard(watch, len(lines) // 2)
        assert until(lambda: any(c.by == "Ann" for c in watch.snapshot().alerts[first].history))
    with feed.open("ab") as file:
        file.write(b"".join(lines[len(lines) // 2 :]))
    with Watch(config, data, Feeds(config, data)) as watch:
        assert "lifeboat is told" in [c.why for c in watch.snapshot().alerts[first].history]
        assert heard(watch, len(lines))
    assert watch.failure is None
    assert logged(data) == b"".join(lines)
    Replay([data], tmp_path / "out", config).run()
    replayed = AlertStore(tmp_path / "out" / "alerts.sqlite")
    assert done in replayed.acts()
    said = {alert.id: alert.to_json() for alert in replayed.alerts()}
    inputs = [row for alert in replayed.alerts() for row in alert.evidence.inputs]
    assert all(replayed.line(row.source, row.line) == lines[row.line - 1].decode().strip() for row in inputs)
    replayed.close()
    assert {id: alert.to_json() for id, alert in alerts_in(data).items()} == said
    assert len(said) > 5


def test_killed_at_random_moments_nothing_is_lost_or_doubled(lines, tmp_path):
    class Options:
        kills, seed = 2, 7

    found = faults.kills(tmp_path, lines, Options)
    assert (found["lost"], found["doubled"], found["equal"]) == (0, 0, True)
    assert found["acts"] > 5


def test_a_set_clock_changes_nothing_and_is_told(lines, tmp_path):
    found = faults.clock_set(tmp_path, lines, None)
    assert found["equal"] and found["told"] and found["monotone"]


def test_a_recording_is_played_to_its_end_and_people_can_go_on(lines, tmp_path):
    (tmp_path / "night.nmea").write_bytes(b"".join(lines))
    inflow = Recorded(load_config(None), [tmp_path / "night.nmea"], speed=3000)
    with Watch(inflow.config, tmp_path / "data", inflow) as watch:
        assert watch.ended.wait(120)
        assert until(lambda: len(watch.snapshot().alerts) > 5)
        alert = next(a for a in watch.snapshot().alerts.values() if not a.ended)
        watch.act("acknowledge", alert.id, "Ann")
        assert until(lambda: watch.snapshot().alerts[alert.id].state == "acknowledged")
        with pytest.raises(StoreError, match="no alert"):
            watch.act("note", "none", "Ann", "?")
        with pytest.raises(StoreError, match="needs a reason"):
            watch.act("close", alert.id, "Ann")
        shown = watch.snapshot()
        assert shown.replaying and shown.simulated
        then = watch.history(shown.tick_ms - 1_800_000)
        assert len(then.targets) > 0 and then.t_ms < shown.t_ms
        assert len(watch.tracks(int(shown.targets.mmsi[0]))["t_ms"]) > 10
    assert watch.failure is None
    again = Recorded(load_config(None), [tmp_path / "night.nmea"], speed=3000)
    with Watch(again.config, tmp_path / "data", again) as watch:
        assert watch.ended.wait(60)
        assert until(lambda: watch.snapshot().alerts)
        assert watch.snapshot().alerts[alert.id].state == "acknowledged"
        assert until(lambda: len(watch.snapshot().targets) == len(shown.targets))
    assert watch.failure is None
    Replay([tmp_path / "night.nmea"], tmp_path / "out").run()
    store = AlertStore(tmp_path / "out" / "alerts.sqlite")
    assert sorted(a.id for a in store.alerts()) == sorted(alerts_in(tmp_path / "data"))
    store.close()


def test_a_report_moves_its_target_before_any_tick_and_a_cut_tcp_feed_comes_back(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with watching(tmp_path, f'[feeds.a]\ntype = "tcp"\nport = {port}\n') as watch:
            line, _ = server.accept()
            line.sendall(REPORT + REPORT[:20])
            assert until(lambda: len(watch.snapshot().targets) == 1)
            assert watch.snapshot().tick_ms < 0
            line.close()
            line, _ = server.accept()
            line.sendall(REPORT)
            assert until(lambda: watch.snapshot().feeds[0].decoded == 2)
            (feed,) = watch.snapshot().feeds
            assert (feed.state, feed.connects, feed.gaps, feed.refused) == ("up", 2, 1, 1)


def test_feeds_that_listen_take_tcp_udp_and_posts_which_are_answered_when_logged(tmp_path):
    tcp, udp, http = free_port(), free_port(), free_port()
    text = f'[feeds.t]\ntype="tcp-server"\nport={tcp}\n[feeds.u]\ntype="udp"\nport={udp}\n'
    text += f'[feeds.h]\ntype="http"\nport={http}\npath="/ais"\n'
    with watching(tmp_path, text) as watch:
        assert until(lambda: [f.state for f in watch.snapshot().feeds] == ["up"] * 3)
        with socket.create_connection(("127.0.0.1", tcp)) as line:
            line.sendall(REPORT)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(REPORT.strip(), ("127.0.0.1", udp))
        with urllib.request.urlopen(f"http://127.0.0.1:{http}/ais", REPORT, timeout=10) as answer:
            assert answer.status == 204
        assert logged(tmp_path / "data", 2) == REPORT
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{http}/other", REPORT, timeout=10)
        assert until(lambda: [f.decoded for f in watch.snapshot().feeds] == [1, 1, 1])


def test_mqtt_messages_come_through_a_real_broker(tmp_path):
    mqtt = pytest.importorskip("paho.mqtt.client")
    port = free_port()
    broker = mosquitto(tmp_path, port)
    try:
        with watching(tmp_path, f'[feeds.m]\ntype="mqtt"\nport={port}\ntopic="ais/#"\n') as watch:
            assert until(lambda: [f.state for f in watch.snapshot().feeds] == ["up"])
            sender = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
            sender.connect("127.0.0.1", port)
            sender.loop_start()
            sender.publish("ais/dover", REPORT.strip(), qos=1).wait_for_publish(5)
            sender.loop_stop()
            assert until(lambda: watch.snapshot().feeds[0].decoded == 1)
    finally:
        broker.terminate()
        broker.wait()


def test_a_jetstream_is_taken_once_though_the_watch_is_restarted(tmp_path):
    nats = pytest.importorskip("nats")
    port = free_port()
    bus = nats_server(tmp_path, port)

    async def publish(n: int, create: bool) -> None:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        if create:
            await client.jetstream().add_stream(name="AIS", subjects=["ais.>"])
        for _ in range(n):
            await client.jetstream().publish("ais.dover", REPORT.strip())
        await client.close()

    import asyncio

    try:
        asyncio.run(publish(3, True))
        text = f'[feeds.n]\ntype="nats"\nurl="nats://127.0.0.1:{port}"\ntopic="ais.>"\nstream="AIS"\n'
        with watching(tmp_path, text) as watch:
            assert until(lambda: watch.snapshot().feeds and watch.snapshot().feeds[0].lines >= 3, 20)
        asyncio.run(publish(2, False))
        with watching(tmp_path, text) as watch:
            assert until(lambda: watch.snapshot().feeds and watch.snapshot().feeds[0].lines >= 5, 20)
            time.sleep(0.3)
        assert logged(tmp_path / "data").count(b"AIVDM") == 5
    finally:
        bus.terminate()
        bus.wait()


def test_settings_of_feeds_are_checked_by_name_and_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('[feeds.a]\ntype = "tcp"\n[feeds.b]\ntype = "pigeon"\n')
    with pytest.raises(ConfigError, match=r"feeds\.a\] port: a tcp feed needs it"):
        feeds_of(load_config(path))
    path.write_text('[feeds.b]\ntype = "pigeon"\n')
    with pytest.raises(ConfigError, match=r"bad\.toml:2: \[feeds\.b\] type: 'pigeon' is none of"):
        feeds_of(load_config(path))


def test_no_two_watches_run_over_one_folder_and_none_without_feeds(tmp_path):
    with pytest.raises(ConfigError, match="no feed is set"):
        open_watch(load_config(None), tmp_path / "data")


def test_check_says_what_is_wrong_before_a_start(surveil, tmp_path):
    path = tmp_path / "watch.toml"
    path.write_text(f'[feeds.a]\ntype = "tail"\npath = "{tmp_path}/none"\n[feeds.b]\ntype="udp"\nport={free_port()}\n')
    code, told, _ = surveil("check", "--config", path, "--data", tmp_path / "data")
    assert code == 0
    assert "warn  feed a: not there now" in told and "is free" in told
    path.write_text("[live]\ncheckpoint_s = 0\n")
    code, told, _ = surveil("check", "--config", path, "--data", tmp_path / "data")
    assert code == 2
    assert "BAD   live" in told and "watch.toml:2" in told
