"""Captures: every link layer and byte order gives the same payload; what carries none says why."""

import struct

import pytest

from surveil.decode.capture import COOKED, ETHERNET, LOOPBACK, RAW_IP, datagrams, is_capture
from surveil.errors import InputError

PAYLOAD = b"\x30\x00\x04\x00"


def udp(payload=PAYLOAD, protocol=17, fragment=0, version=4) -> bytes:
    body = struct.pack(">4H", 4000, 8600, 8 + len(payload), 0) + payload
    if version == 6:
        return struct.pack(">IHBB", 6 << 28, len(body), protocol, 9) + bytes(32) + body
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, fragment, 9, protocol, 0) + bytes(8) + body


def frame(link: int, ip: bytes, kind=0x0800) -> bytes:
    if link == ETHERNET:
        return bytes(12) + struct.pack(">H", kind) + ip
    if link == COOKED:
        return bytes(14) + struct.pack(">H", kind) + ip
    return (bytes(4) if link == LOOPBACK else b"") + ip


def pcap(*packets: bytes, link=ETHERNET, order="<", magic=0xA1B2C3D4) -> bytes:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link)
    return head + b"".join(struct.pack(order + "4I", 100, 5000, len(p), len(p)) + p for p in packets)


@pytest.mark.parametrize("link", [ETHERNET, COOKED, RAW_IP, LOOPBACK])
@pytest.mark.parametrize("order", ["<", ">"])
def test_any_link_layer_and_byte_order_gives_the_payload(link, order):
    (only,) = datagrams(pcap(frame(link, udp()), link=link, order=order), "x")
    assert (only.t_ms, only.payload, only.fault) == (100_005, PAYLOAD, "")


def test_nanoseconds_vlan_and_version_6_are_read():
    tagged = bytes(12) + b"\x81\x00\x00\x07\x08\x00" + udp()
    six = frame(ETHERNET, udp(version=6), 0x86DD)
    found = list(datagrams(pcap(tagged, six, magic=0xA1B23C4D), "x"))
    assert [d.payload for d in found] == [PAYLOAD] * 2
    assert found[0].t_ms == 100_000


@pytest.mark.parametrize(
    ("packet", "fault"),
    [
        (frame(ETHERNET, udp(protocol=6)), "not UDP"),
        (frame(ETHERNET, udp(fragment=0x2000)), "fragment of a datagram"),
        (frame(ETHERNET, b"", 0x0806), "not IP"),
        (frame(ETHERNET, udp()[:-2]), "packet cut short"),
        (frame(ETHERNET, udp()[:12]), "packet cut short"),
        (b"\0", "not IP"),
    ],
)
def test_a_packet_without_payload_says_why(packet, fault):
    (only,) = datagrams(pcap(packet), "x")
    assert (only.payload, only.fault) == (b"", fault)


def test_a_file_cut_short_gives_the_packets_before():
    packets = datagrams(pcap(frame(ETHERNET, udp()), frame(ETHERNET, udp()))[:-1], "x.pcap")
    assert next(packets).payload == PAYLOAD
    with pytest.raises(InputError, match=r"x\.pcap:2: ends within a packet"):
        next(packets)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x0a\x0d\x0d\x0a" + bytes(30), "convert it: editcap"),
        (pcap(link=105), "link layer 105"),
        (b"junk", "is no pcap file"),
    ],
)
def test_other_captures_are_refused_with_what_to_do(data, said):
    with pytest.raises(InputError, match=said):
        list(datagrams(data, "x"))


def test_a_capture_is_known_by_its_first_octets():
    assert is_capture(pcap()) and is_capture(b"\x0a\x0d\x0d\x0a") and not is_capture(b"\x30\x00\x04\x00")
