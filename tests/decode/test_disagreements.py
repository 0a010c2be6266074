"""Every known disagreement of decoders: surveil is right, and the peer, where installed, still does what we say.

The disagreements are those of ``tools/decoder_verdicts.py``, which docs/decoder-agreement.md lists.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from pyais.exceptions import AISBaseException
from pyais.stream import BinaryIOStream

from surveil.decode import decode, decode_one
from surveil.decode.tables import SIX_BIT, TEXT, layouts_of
from surveil.decode.times import TimeOptions
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import AIS_KINDS
from tests.decode.made import AT_SEA, T_S, closed, sentences, tagged
from tests.decode.test_messages import payload_of
from tools import decoder_agreement as agreement
from tools.decoder_verdicts import AFTER_END, ALTERED, EXTENDED, KNOWN, LEFT_OVER, PEER_REFUSES, SURVEIL_REFUSES, WHY

MMSI, OTHER = 235_000_001, 235_000_002
ANY_TIME = TimeOptions(start_ms=T_S * 1000, rate_per_s=1)


def laid(msg_type: int, n_bits: int = 0, form: int = 0, mmsi: int = MMSI, **values) -> str:
    """Bits of a message by its table, other fields 0; numbers are raw."""
    layout = layouts_of(msg_type)[form]
    bits = ["0"] * (n_bits or layout.max_bits)
    for name, value in {"msg_type": msg_type, "mmsi": mmsi, **values}.items():
        field = layout[name]
        numbers, width = ([SIX_BIT.index(c) for c in value], 6) if field.kind == TEXT else ([value], field.width)
        raw = "".join(f"{n % (1 << width):0{width}b}" for n in numbers)
        bits[field.offset : field.offset + len(raw)] = raw
    return "".join(bits[: n_bits or None])


AREA = {"ne_lon": 900, "ne_lat": 30_600, "sw_lon": -900, "sw_lat": -30_600}
TOO_SHORT, NO_MMSI = SURVEIL_REFUSES + "too short", SURVEIL_REFUSES + "MMSI out of range"
MESSAGES = {
    ("pyais", AFTER_END): (laid(14, 76, text="TEST@X"), {"text": "TEST"}),
    ("pyais", LEFT_OVER): (laid(14, 64, text="TEST") + "0101", {"text": "TEST"}),
    ("pyais", "epfd"): (laid(4, epfd=14), {"epfd": 14}),
    ("pyais", "interval"): (laid(23, interval=12), {"interval": 12}),
    ("pyais", "ship_type"): (laid(5, 424, ship_type=39), {"ship_type": 39}),
    ("pyais", "station_type"): (laid(23, station_type=9), {"station_type": 9}),
    ("pyais", "lon"): (laid(17, 80, lon=900, lat=600), {"lon": 1.5, "lat": 1.0}),
    ("pyais", "lat"): (laid(17, 80, lon=0, lat=-20_100), {"lon": 0.0, "lat": -33.5}),
    **{("pyais", name): (laid(22, **AREA), {name: raw / 600}) for name, raw in AREA.items()},
    ("pyais", TOO_SHORT): (laid(1, lon=840_000, lat=30_600_000)[:96], "type 1 too short"),
    ("pyais", NO_MMSI): (laid(1, mmsi=(1 << 30) - 1), "MMSI out of range"),
    ("pyais", "aid_type"): (laid(28, aid_type=103), {"aid_type": 103}),
    ("libais", AFTER_END): (laid(14, 76, text="TEST@X"), {"text": "TEST"}),
    ("libais", ALTERED): (laid(14, 94, text="'LOW_TIDE"), {"text": "'LOW_TIDE"}),
    ("libais", EXTENDED): (
        laid(21, 272 + 36, name="CHANNEL STBD SPAR BU", name_ext="OY NO9"), {"name": "CHANNEL STBD SPAR BUOY NO9"},
    ),
    ("libais", "dac"): (laid(25, 168, 3, addressed=1, structured=1, dest_mmsi=OTHER, dac=235), {"dac": 235}),
    ("libais", "fid"): (laid(25, 168, 3, addressed=1, structured=1, dest_mmsi=OTHER, fid=10), {"fid": 10}),
    ("libais", "gnss"): (laid(27, 96, gnss=0), {"gnss": False}),
    ("libais", "retransmit"): (laid(6, 104, dest_mmsi=OTHER, dac=1, fid=2), {"retransmit": False}),
    ("libais", "vendor"): (
        laid(24, 168, 2, partno=1, vendor="VSP", model=5, serial=1000), {"vendor": "VSP", "model": 5, "serial": 1000},
    ),
    ("libais", TOO_SHORT): (laid(26, 200, 1, structured=1)[:72], "type 26 too short"),
    ("libais", NO_MMSI): (laid(1, mmsi=(1 << 30) - 1), "MMSI out of range"),
    ("libais", PEER_REFUSES + "length"): (laid(5, 426, destination="DOVER"), {"destination": "DOVER"}),
    ("libais", PEER_REFUSES + "unknown type"): (laid(28, lon=840_000, lat=30_600_000), {"lon": 1.4, "lat": 51.0}),
    ("libais", PEER_REFUSES + "unknown application"): (laid(8, 120, dac=999, fid=9), {"dac": 999, "fid": 9}),
}  # fmt: skip
"""(bits, our fields or the reason to refuse it) of a message for each disagreement with a peer."""


def sentence_of(bits: str) -> str:
    payload, fill = payload_of(bits)
    return closed(f"!AIVDM,1,1,,A,{payload.decode()},{fill}")


def test_every_disagreement_about_one_message_has_one_here():
    assert MESSAGES.keys() == {(peer, what) for peer in ("pyais", "libais") for what in WHY[peer]}


@pytest.mark.parametrize(("bits", "expected"), MESSAGES.values(), ids=map(": ".join, MESSAGES))
def test_surveil_reads_the_message_as_the_standard_says(bits, expected):
    if isinstance(expected, str):
        with pytest.raises(InputError, match=expected):
            decode_one(sentence_of(bits))
    else:
        found = decode_one(sentence_of(bits))
        assert {name: found[name] for name in expected} == expected


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(("peer", "what"), MESSAGES, ids=map(": ".join, MESSAGES))
def test_the_peer_still_reads_the_message_as_we_say(peer, what, tmp_path):
    if peer == "libais":
        pytest.importorskip("ais", reason="libais is not installed (dependency group peers)")
    log = tmp_path / "log.nmea"
    log.write_text(sentence_of(MESSAGES[peer, what][0]) + "\n")
    (message,) = agreement.assembled(log)
    tally = agreement.Tally()
    agreement.compare_message(tally, peer, message)
    assert what in {what for what, _ in tally.differences}


def voyage(mmsi: int, destination: str) -> list[str]:
    """Both parts of a type 5, with a sequence number of 1."""
    parts = sentences(5, mmsi, destination=destination)
    return [closed(part.partition("*")[0].replace(",0,A,", ",1,A,")) for part in parts]


FIRST, SECOND = voyage(MMSI, "ROTTERDAM"), voyage(OTHER, "HAMBURG")
POSITION = closed(sentences(1, MMSI, **AT_SEA)[0].partition("*")[0].replace("VDO", "VDM"))
WRONG = POSITION[:-1] + ("0" if POSITION[-1] != "0" else "1")
FLEET = range(MMSI, MMSI + 3000)

STREAMS = {
    "parts of two ships": (
        tagged(FIRST[0], f"s:one,c:{T_S}") + b"\n" + tagged(SECOND[1], f"s:two,c:{T_S}"), [], {"orphan fragment": 2},
    ),
    "parts an hour apart": (
        tagged(FIRST[0], f"s:one,c:{T_S}") + b"\n" + tagged(SECOND[1], f"s:one,c:{T_S + 3600}"), [],
        {"orphan fragment": 2},
    ),
    "bad checksum": (WRONG.encode(), [], {"bad checksum": 1}),
    "after the checksum": (f"{POSITION},r003669946,{T_S}".encode(), [MMSI], {}),
    "two on a line": ((POSITION + POSITION).encode(), [MMSI, MMSI], {}),
    "large chunk": ("\n".join(sentences(1, mmsi, **AT_SEA)[0] for mmsi in FLEET).encode(), list(FLEET), {}),
}  # fmt: skip
"""(sentences, whose messages they hold, what of them is refused) for each fault known of a stream."""


def by_pyais(data: bytes) -> Iterator[int]:
    for sentence in BinaryIOStream(io.BytesIO(data)):
        try:
            yield sentence.decode().mmsi
        except AISBaseException:
            continue


def by_libais(data: bytes) -> Iterator[int]:
    from ais import stream

    return (message["mmsi"] for message in stream.decode(io.StringIO(data.decode("latin-1"))))


def by_marlin(data: bytes) -> Iterator[int]:
    from marlin.ais import AisParser

    parser = AisParser.streaming()
    parser.feed(data)
    return (message.body.mmsi for message in parser)


def by_aiscat(data: bytes) -> Iterator[int]:
    import aiscat

    decoder = aiscat.Decoder()
    decoder.feed(data)
    while (message := decoder.next()) is not None:
        yield message["mmsi"]


READERS = {
    "pyais": ("pyais", by_pyais), "libais": ("ais", by_libais), "marlin-py": ("marlin", by_marlin),
    "aiscat": ("aiscat", by_aiscat),
}  # fmt: skip


def test_every_fault_known_of_a_stream_has_a_stream_here():
    assert list(STREAMS) == [fault.key for fault in KNOWN]


@pytest.mark.parametrize(("data", "senders", "refused"), STREAMS.values(), ids=STREAMS)
def test_surveil_reads_the_stream_and_accounts_for_it(data, senders, refused):
    ledger = Ledger()
    batches = list(decode(data, ANY_TIME, ledger))
    assert [mmsi for batch in batches for kind in AIS_KINDS for mmsi in getattr(batch, kind).mmsi.tolist()] == senders
    assert (ledger[0].refused, ledger[0].lines_read) == (refused, data.count(b"\n") + 1)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("fault", KNOWN, ids=STREAMS)
@pytest.mark.parametrize("peer", READERS)
def test_the_peers_with_a_fault_are_those_we_name(peer, fault):
    module, read = READERS[peer]
    pytest.importorskip(module, reason=f"{peer} is not installed (dependency group peers)")
    data, senders, _ = STREAMS[fault.key]
    assert (list(read(data + b"\n")) != senders) == (peer in fault.peers)
