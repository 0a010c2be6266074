"""Each kind of sink against a server: what it says, that it is sent again until it is taken, and under the same id."""

import asyncio
import email
import json
import socket

import pytest

from benchmarks._watching import until
from surveil.config import load_config
from surveil.decode import decode_one
from surveil.errors import ConfigError
from surveil.live.outbox import Outbox, message
from surveil.live.settings import SinkConfig, sinks_of
from surveil.live.sinks import make_sink, six_bit
from tests.live.servers import Lines, Mail, free_port, mosquitto, nats_server
from tests.live.test_outbox import alert

ID = f"{1:012x}-1"


def sent_through(folder, sink: SinkConfig, n: int = 1) -> Outbox:
    """An outbox whose one sink has been given ``n`` alerts, and sends."""
    box = Outbox(folder / "outbox.sqlite", {"out": sink}, make_sink)
    box.add([alert(i + 1) for i in range(n)])
    box.start()
    return box


def comes_after_it_was_down(folder, sink: SinkConfig, begin):
    """Send while nothing listens, then begin to listen; returns what ``begin`` made when the message has gone."""
    box = sent_through(folder, sink)
    try:
        assert until(lambda: box.health["out"].cause, 20)
        made = begin()
        assert until(lambda: box.health["out"].sent == 1, 20)
        assert not box.waiting("out")
        return made
    finally:
        box.close()


def test_mqtt_has_the_message_with_its_id_though_the_broker_came_late(tmp_path):
    mqtt, got = pytest.importorskip("paho.mqtt.client"), []
    port = free_port()

    def begin():
        broker = mosquitto(tmp_path, port)
        reader = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        reader.on_message = lambda c, u, m: got.append(json.loads(m.payload))
        reader.connect("127.0.0.1", port)
        reader.subscribe("surveil/alerts", qos=1)
        reader.loop_start()
        return broker, reader

    broker, reader = comes_after_it_was_down(tmp_path, SinkConfig(type="mqtt", port=port), begin)
    try:
        # the broker may have had the message before the reader: then a second one shows what comes
        make_sink("m", SinkConfig(type="mqtt", port=port))(ID, message(alert(1), SinkConfig()))
        assert until(lambda: got, 10)
        assert {one["message_id"] for one in got} == {ID}
        assert got[0]["name"] == "NAME & SON"
    finally:
        reader.loop_stop()
        broker.terminate()
        broker.wait()


def test_a_jetstream_keeps_a_message_that_is_sent_twice_once(tmp_path):
    nats, port = pytest.importorskip("nats"), free_port()
    sink = SinkConfig(type="nats", url=f"nats://127.0.0.1:{port}", topic="alerts.dover")

    async def stream(create: bool) -> list:
        client = await nats.connect(sink.url)
        bus = client.jetstream()
        if create:
            await bus.add_stream(name="ALERTS", subjects=["alerts.>"])
        state = (await bus.stream_info("ALERTS")).state
        found = [await bus.get_msg("ALERTS", n + 1) for n in range(state.messages)]
        await client.close()
        return found

    server = nats_server(tmp_path, port)
    try:
        asyncio.run(stream(create=True))
        send = make_sink("n", sink)
        for _ in range(2):
            send(ID, message(alert(1), sink))
        (kept,) = asyncio.run(stream(create=False))
        assert kept.headers["Nats-Msg-Id"] == ID
        assert json.loads(kept.data)["id"] == f"{1:012x}"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.parametrize("kind", ["cot-tcp", "aivdm-tcp", "ttm-tcp"])
def test_by_tcp_each_message_comes_once_the_receiver_is_there(tmp_path, kind):
    port = free_port()
    sink = SinkConfig(type=kind, port=port, mmsi=2_320_001, lon=1.3, lat=51.1)
    receiver = comes_after_it_was_down(tmp_path, sink, lambda: Lines(port))
    assert until(lambda: receiver.got, 5)
    receiver.close()
    assert len(receiver.got) == 1
    assert f"{1:012x}".encode() in receiver.got[0]


def test_a_receiver_that_resets_the_line_is_sent_the_message_again(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = SinkConfig(type="cot-tcp", port=server.getsockname()[1])
        box = sent_through(tmp_path, sink)
        line, _ = server.accept()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.close()
        server.settimeout(10)
        again, _ = server.accept()
        with again:
            assert b"surveil.000000000001" in again.recv(65536)
        assert until(lambda: box.health["out"].sent == 1, 10)
        box.close()


def received(sink_type: str, **more) -> bytes:
    """The datagram of one alert."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        sink = SinkConfig(type=sink_type, port=listener.getsockname()[1], **more)
        make_sink("out", sink)(ID, message(alert(1), sink))
        return listener.recv(65536)


def test_a_safety_text_says_the_sentence_and_names_the_message():
    lines = received("aivdm-udp", mmsi=2_320_001).decode().split()
    said = decode_one(*[line.rpartition("\\")[2] for line in lines])
    assert (said["msg_type"], said["mmsi"], said["text"]) == (14, 2_320_001, "OPEN: SAID")
    assert all(f"s:{ID}" in line for line in lines)


def test_a_safety_text_has_only_what_ais_can_carry():
    assert six_bit("Être à 3° @ ~") == "ETRE A 3? ? ?"
    assert len(six_bit("x" * 500)) == 161


def test_a_tracked_target_lies_where_the_alert_does():
    line = received("ttm-udp", lon=1.4, lat=50.9).decode()
    assert f"s:{ID}" in line
    fields = line.split("$RATTM,")[1].split(",")
    assert float(fields[1]) == pytest.approx(6.0, abs=0.02)  # a tenth of a degree of latitude, in miles
    assert float(fields[2]) in (pytest.approx(0.0, abs=0.01), pytest.approx(360.0, abs=0.01))
    assert fields[10] == "235000001"


def test_a_geojson_file_has_each_alert_once_as_it_is_now(tmp_path):
    path = tmp_path / "alerts.geojson"
    send = make_sink("file", SinkConfig(type="geojson", path=str(path)))
    for n, changes in ((1, 1), (2, 1), (1, 2), (1, 2)):
        send(f"{n:012x}-{changes}", message(alert(n, changes), SinkConfig()))
    found = json.loads(path.read_text("utf-8"))
    assert [feature["properties"]["message_id"] for feature in found["features"]] == [f"{2:012x}-1", f"{1:012x}-2"]
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [1.4, 51.0]}
    assert [p.name for p in tmp_path.iterdir()] == ["alerts.geojson"]


def test_a_letter_that_is_refused_is_sent_again_under_the_same_id(tmp_path):
    server = Mail(refuses=1)
    sink = SinkConfig(type="smtp", port=server.port, sender="watch@strait.example", to=("duty@x.example",), tls="none")
    box = sent_through(tmp_path, sink)
    assert until(lambda: box.health["out"].sent == 1, 20)
    box.close()
    assert until(lambda: len(server.got) == 2, 5)
    server.close()
    refused, taken = server.got
    assert refused == b""
    letter = email.message_from_bytes(taken)
    assert (letter["X-Surveil-Id"], letter["Message-ID"]) == (ID, f"<{ID}@strait.example>")
    assert letter["Subject"] == "[high, open] said"
    assert "mmsi: 235000001" in letter.get_payload()


def test_what_a_sink_needs_is_asked_for_by_name(tmp_path):
    path = tmp_path / "bad.toml"
    for text, told in (
        ('type="ttm-udp"\nport=1\nlon=0.0', "lat: a ttm-udp sink needs it"),
        ('type="smtp"\nsender="a@b"', "to: a smtp sink needs it"),
        ('type="smtp"\nsender="a@b"\nto=["c@d"]\ntls="maybe"', "tls: 'maybe' is none of"),
    ):
        path.write_text(f"[sinks.x]\n{text}\n")
        with pytest.raises(ConfigError, match=told):
            sinks_of(load_config(path))
