"""Captured datagrams: what UDP carried in a classic pcap file, with the time of capture.

Link layers: Ethernet (with VLAN tags), raw IP, Linux cooked and BSD loopback. The layout of the file is that of
draft-ietf-opsawg-pcap; link types are those of tcpdump.org/linktypes.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from surveil.errors import InputError

_MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000), b"\x4d\x3c\xb2\xa1": ("<", 1_000_000),
          b"\xa1\xb2\x3c\x4d": (">", 1_000_000)}  # fmt: skip
"""Byte order, and parts of a second in a millisecond."""
_PCAPNG = b"\x0a\x0d\x0d\x0a"
ETHERNET, LOOPBACK, RAW_IP, COOKED = 1, 0, 101, 113
_UDP, _IPV4, _IPV6, _VLANS = 17, 0x0800, 0x86DD, (0x8100, 0x88A8)


class Datagram(NamedTuple):
    """``fault`` says why there is no payload: not UDP, a fragment, or cut short."""

    t_ms: int
    payload: bytes
    fault: str = ""


def is_capture(head: bytes) -> bool:
    """Whether a file that begins so is a pcap file, of whatever kind."""
    return head[:4] in _MAGIC or head[:4] == _PCAPNG


def datagrams(data: bytes, name: str) -> Iterator[Datagram]:
    """Every packet of a capture.

    Raises
    ------
    InputError : the file is no classic pcap, has another link layer, or ends within a packet (after those before it).
    """
    if data[:4] == _PCAPNG:
        raise InputError("is a pcapng file; convert it: editcap -F pcap IN OUT", source=name)
    if data[:4] not in _MAGIC or len(data) < 24:
        raise InputError("is no pcap file", source=name)
    order, per_ms = _MAGIC[data[:4]]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    if link not in (ETHERNET, LOOPBACK, RAW_IP, COOKED):
        raise InputError(f"link layer {link} of the capture is not read", source=name)
    at, number = 24, 0
    while at < len(data):
        number += 1
        head = data[at : at + 16]
        if len(head) < 16 or at + 16 + struct.unpack_from(order + "I", head, 8)[0] > len(data):
            raise InputError("ends within a packet", source=name, line=number)
        seconds, fraction, length, _ = struct.unpack(order + "4I", head)
        yield _datagram(seconds * 1000 + fraction // per_ms, data[at + 16 : at + 16 + length], link)
        at += 16 + length


def _datagram(t_ms: int, packet: bytes, link: int) -> Datagram:
    try:
        payload = _udp(*_network(packet, link))
    except (struct.error, IndexError):
        return Datagram(t_ms, b"", "packet cut short")
    return Datagram(t_ms, b"", payload) if isinstance(payload, str) else Datagram(t_ms, payload)


def _network(packet: bytes, link: int) -> tuple[int, bytes]:
    """Protocol and content of the link layer."""
    if link in (RAW_IP, LOOPBACK):
        ip = packet if link == RAW_IP else packet[4:]
        return (_IPV6 if ip[0] >> 4 == 6 else _IPV4), ip
    at = 12 if link == ETHERNET else 14
    kind = int.from_bytes(packet[at : at + 2], "big")
    while kind in _VLANS:
        at += 4
        kind = int.from_bytes(packet[at : at + 2], "big")
    return kind, packet[at + 2 :]


def _udp(kind: int, ip: bytes) -> bytes | str:
    """What UDP carries, or why there is none."""
    if kind == _IPV4:
        head, protocol = (ip[0] & 15) * 4, ip[9]
        if struct.unpack_from(">H", ip, 6)[0] & 0x3FFF:
            return "fragment of a datagram"
    elif kind == _IPV6:
        head, protocol = 40, ip[6]
    else:
        return "not IP"
    if protocol != _UDP:
        return "not UDP"
    length = struct.unpack_from(">H", ip, head + 4)[0]
    if length < 8 or head + length > len(ip):
        return "packet cut short"
    return ip[head + 8 : head + length]
