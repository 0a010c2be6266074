"""What pages do that are open at the console: WebSocket clients in a process of their own.

``python -m benchmarks._browsers HOST:PORT N`` reads until its input ends; each line that it writes is JSON. Each client
looks for the probe of :mod:`benchmarks.live` and for new alerts; the first also tells the state of the watch.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

PROBE = 235_999_001
_ROW = f'["{PROBE}",{PROBE},'
_SOG, _COG = 5, 6
"""Places in a row of a target: surveil.web.wire.FIELDS."""


def pulse_of(message: str) -> int | None:
    """The number of the pulse that the probe in a message was sent in: its speed in tenths, and thousands as course."""
    at = message.find(_ROW)
    if at < 0:
        return None
    row = json.loads(message[at : message.index("]", at) + 1])
    return round(row[_SOG] * 10) + 1000 * round(row[_COG])


class Client:
    """One page. ``seen`` are (pulse, steady s), ``alerts`` ids by (raised, wall) ms."""

    def __init__(self, first: bool):
        self.first, self.seen, self.alerts, self.bytes = first, [], {}, 0

    async def read(self, address: str) -> None:
        from websockets.asyncio.client import connect

        async with connect(f"ws://{address}/ws", origin=f"http://{address}", max_size=None) as socket:
            async for message in socket:
                self.take(message, time.perf_counter(), time.time())

    def take(self, message: str, steady_s: float, wall_s: float) -> None:
        self.bytes += len(message)
        pulse = pulse_of(message)
        if pulse is not None and (not self.seen or pulse != self.seen[-1][0]):
            self.seen.append((pulse, steady_s))
        tail = json.loads("{" + message[message.index('"alerts":[') :])
        for alert in tail["alerts"]:
            self.alerts.setdefault(alert["id"], (alert["t_raised_ms"], round(wall_s * 1000)))
        if self.first:
            status = tail["status"]
            told = {name: status[name] for name in ("counters", "timings", "feeds", "troubles")}
            print(json.dumps(told), flush=True)


async def main(address: str, n: int) -> None:
    clients = [Client(first=not nth) for nth in range(n)]
    reading = [asyncio.ensure_future(client.read(address)) for client in clients]
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait([ended, *reading], return_when=asyncio.FIRST_COMPLETED)
    left = sum(task.done() for task in reading)
    for task in reading:
        task.cancel()
    found = [{"seen": c.seen, "alerts": list(c.alerts.values()), "bytes": c.bytes} for c in clients]
    print(json.dumps({"clients": found, "left": left}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
