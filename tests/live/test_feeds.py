"""Kinds of feeds that bring something else than AIS by a socket: each to its rows, and again after it was lost."""

import json
import os
import pty
import socket
import threading
import time

import numpy as np
import pytest

from benchmarks._watching import logged, until
from surveil.config import load_config
from surveil.decode.asterix import encode
from surveil.decode.asterix_tables import CAT048
from surveil.decode.targets import tll, ttm
from surveil.live.decoding import joined
from surveil.live.intake import Feeds
from surveil.schema import Batch
from tests.live.servers import free_port
from tests.sources.test_json import POSITION

REPORT = b"!AIVDM,1,1,,A,B3P7@h@0?@1VRP7Brl3Q3wv00000,0*79\r\n"
RADAR = "[sensors.radar]\nsac = 1\nsic = 7\nlon = 1.3\nlat = 51.1\n"


class Intake:
    """Feeds without a watch: ``rows()`` is all that they gave so far."""

    def __init__(self, folder, text: str):
        path = folder / "watch.toml"
        path.write_text(text, encoding="utf-8")
        self.data, self._batches, self._stopped = folder / "data", [], threading.Event()
        self.feeds = Feeds(load_config(path), self.data)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        list(self.feeds.restore(None))
        self.feeds.run(lambda item: self._batches.append(item) if isinstance(item, Batch) else None, self._stopped)

    def __enter__(self):
        self._thread.start()
        assert until(lambda: self.feeds.health() and self.feeds.health()[0].state == "up", 30)
        return self

    def __exit__(self, *_exc) -> None:
        self._stopped.set()
        self._thread.join(10)
        self.feeds.close()

    def rows(self) -> Batch:
        return joined(list(self._batches))


def test_a_serial_line_brings_sentences_however_they_are_cut(tmp_path):
    master, slave = pty.openpty()
    text = f'[feeds.s]\ntype = "serial"\ndevice = "{os.ttyname(slave)}"\n'
    with Intake(tmp_path, text) as intake:
        for piece in (REPORT[:10], REPORT[10:] + REPORT[:30], REPORT[30:]):
            os.write(master, piece)
            time.sleep(0.05)
        assert until(lambda: len(intake.rows().positions) == 2, 20)
        os.close(slave)
        os.close(master)  # unplugged
        assert until(lambda: intake.feeds.health()[0].gaps == 1, 20)
        assert "SerialException" in intake.feeds.health()[0].cause
    assert logged(tmp_path / "data") == REPORT * 2


def test_a_websocket_is_asked_as_aisstream_asks_and_comes_back_after_it_was_cut(tmp_path, monkeypatch):
    serve = pytest.importorskip("websockets.sync.server").serve
    monkeypatch.setenv("AIS_KEY", "secret")
    asked = []

    def handler(connection) -> None:
        asked.append(json.loads(connection.recv(timeout=10)))
        connection.send(POSITION.encode())  # aisstream sends binary messages
        if len(asked) > 1:
            connection.recv()  # until the feed ends

    with serve(handler, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = f'[feeds.w]\ntype = "websocket"\ncontent = "aisstream"\nurl = "ws://127.0.0.1:{server.socket.getsockname()[1]}"\n'
        text += """subscribe = '{"APIKey": "${AIS_KEY}"}'\n"""
        with Intake(tmp_path, text) as intake:
            assert until(lambda: len(intake.rows().positions) == 2, 20)
            assert (intake.feeds.health()[0].connects, intake.feeds.health()[0].gaps) == (2, 1)
            assert intake.rows().positions.lat[0] == pytest.approx(66.02695)
        server.shutdown()
    assert asked == [{"APIKey": "secret"}] * 2


def test_asterix_by_udp_gives_plots_of_the_radar_that_its_codes_name_and_a_torn_datagram_costs_itself(tmp_path):
    port = free_port()
    text = f'[feeds.x]\ntype = "udp"\ncontent = "asterix"\nport = {port}\n{RADAR}'
    clock_s = time.time() % 86_400
    values = {"010/SAC": 1, "010/SIC": 7, "140/ToD": np.array([clock_s]), "040/RHO": 6.0, "040/THETA": 90.0}
    block = encode(CAT048, ("010", "140", "040"), values, np.zeros(1))
    with Intake(tmp_path, text) as intake, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (block, block[:-3], block):
            sender.sendto(datagram, ("127.0.0.1", port))
        assert until(lambda: len(intake.rows().plots) == 2, 20)
        plots = intake.rows().plots
        assert plots.sensor.tolist() == [0, 0]
        assert plots.range_m.tolist() == pytest.approx([6 * 1852.0] * 2, abs=8)
        assert plots.bearing_deg.tolist() == pytest.approx([90.0] * 2, abs=0.01)
        assert abs(plots.t_ms[0] - 1000 * time.time()) < 60_000
        assert until(lambda: intake.feeds.health()[0].refused == 1, 5)


def test_tracked_targets_by_tcp_are_plots_of_the_sensor_that_the_feed_is_named_by(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = f'[feeds.radar]\ntype = "tcp"\ncontent = "targets"\nport = {server.getsockname()[1]}\n{RADAR}'
        with Intake(tmp_path, text) as intake:
            line, _ = server.accept()
            now_ms = round(time.time() * 1000)
            said = ttm(7, 5000.0, 121.25, now_ms) + b"\r\n" + tll(8, 1.4, 51.0, now_ms) + b"\r\n"
            line.sendall(said[:25])
            time.sleep(0.1)
            line.sendall(said[25:])
            assert until(lambda: len(intake.rows().plots) == 2, 20)
            plots = intake.rows().plots
            line.close()
    assert plots.sensor.tolist() == [0, 0]
    assert (plots.range_m[0], plots.bearing_deg[0]) == (pytest.approx(5000.0, abs=0.2), pytest.approx(121.25))
    assert (plots.lon[1], plots.lat[1]) == (pytest.approx(1.4), pytest.approx(51.0))
    assert abs(int(plots.t_ms[0]) - now_ms) < 1000
