"""Files as sources: paths in, an accounted stream of batches out."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from surveil.decode.fast import FastDecoder
from surveil.decode.lines import LineSplitter
from surveil.decode.times import TimeOptions
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import Batch
from surveil.sources import jsonfiles, recognise
from surveil.sources.dialects import BY_NAME
from surveil.sources.fastcsv import FastCsvDecoder
from surveil.sources.opening import Member, members_within
from surveil.sources.plotsource import PlotSource, Sensors, day_of, plot_source
from surveil.sources.rows import TableDecoder
from surveil.sources.simulated import simulated_feeds, start_of


@dataclass
class Source:
    """One file, or one member of a zip, of a known format.

    ``index`` is its place in the ledger; ``read_bytes`` of ``size_bytes`` have been read by ``batches``.
    """

    name: str
    index: int
    format: str
    member: Member
    ledger: Ledger
    time: TimeOptions
    read_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        return self.member.size_bytes

    def batches(self) -> Iterator[Batch]:
        """All rows, some thousand at a time. What goes wrong on the way becomes a problem in the ledger."""
        decoder = self.decoder(self.index, self.ledger)
        try:
            for chunk in self.member.chunks(self.ledger.problem, self.count_bytes):
                yield decoder.feed(chunk)
            yield decoder.close()
        except InputError as trouble:
            self.ledger.problem(trouble)

    def count_bytes(self, n: int) -> None:
        """Note that so many more bytes have been read."""
        self.read_bytes += n

    def glance(self) -> Iterator[Batch]:
        """The same batches again, counted nowhere: a look that leaves no trace."""
        scratch = Ledger()
        index = scratch.add_source(self.name)
        yield from Source(self.name, index, self.format, self.member, scratch, self.time).batches()

    def peek_ms(self) -> int | None:
        """Time of the first row, or None if there is no row. Reads as far as needed."""
        for batch in self.glance():
            first = [(int(at[0]), int(rows.t_ms[0])) for _, rows, at in batch.parts() if len(rows)]
            if first:
                return min(first)[1]
        return None

    def lines(self, wanted: Iterable[int]) -> dict[int, bytes]:
        """Raw lines by their number."""
        return lines_of(self.name, wanted, self.format)

    def decoder(self, index: int, ledger: Ledger) -> FastDecoder | TableDecoder:
        """A decoder for this format that counts in the ledger given."""
        if self.format == recognise.AIVDM:
            return FastDecoder(index, ledger, self.time)
        if self.format in _JSON:
            return jsonfiles.JsonDecoder(index, ledger, _JSON[self.format], self.time)
        return FastCsvDecoder(index, ledger, BY_NAME[self.format], self.time)


_JSON = {form.name: form for form in jsonfiles.FORMS}


def open_sources(
    paths: Iterable[str | Path], ledger: Ledger, time: TimeOptions | None = None, sensors: Sensors | None = None
) -> list[Source | PlotSource]:
    """Sources in files, archives and folders, in the order given; ``sensors`` are those that plots may be of, None to
    take AIS alone.

    A path that cannot be read, or is nothing surveil reads, becomes a problem in the ledger; a file of that
    kind within a folder or zip is noted in ``ledger.skipped``, unless there is nothing else in it.
    """
    sources = []
    for path in map(Path, paths):
        try:
            sources.extend(_sources_in(path, ledger, time or TimeOptions(), sensors))
        except InputError as trouble:
            ledger.problem(trouble)
    return sources


def _sources_in(path: Path, ledger: Ledger, time: TimeOptions, sensors: Sensors | None) -> list[Source | PlotSource]:
    sources, faults, broken = [], [], False
    near_ms, made = day_of(path, time.start_ms), bool(start_of(path))
    found_within = [m for feed in simulated_feeds(path) or [path] for m in members_within(feed, ledger.problem)]
    for member in found_within:
        found = identify(member)
        maybe = sensors is not None and found.head
        if maybe and (plots := plot_source(member, found.head, ledger, sensors, near_ms, made)):
            sources.append(plots)
        elif found.broken:
            broken = True
            ledger.problem(InputError(found.fault, source=member.name))
        elif found.fault:
            faults.append((member.name, found.fault))
        else:
            index = ledger.add_source(member.name, found.name)
            sources.append(Source(member.name, index, found.name, member, ledger, time))
    if not sources and len(faults) == 1:
        raise InputError(faults[0][1], source=faults[0][0])
    ledger.skipped.extend(faults)
    if not sources and not broken:
        raise InputError("holds no file that surveil can read", source=str(path))
    return sources


def identify(member: Member) -> recognise.Format:
    """The format of a member by its first bytes. Damage further on is told of when it is read."""
    troubles: list[InputError] = []
    head = b"".join(itertools.islice(member.chunks(troubles.append), 1))[: recognise.HEAD]
    if troubles and not head:
        return recognise.Format(fault=troubles[0].cause, broken=True)
    found = recognise.recognise(head)
    return dataclasses.replace(found, head=head if recognise.may_be_plots(found, head) else b"")


def lines_of(name: str | Path, wanted: Iterable[int], format: str = recognise.AIVDM) -> dict[int, bytes]:
    """Raw lines (AISHub: records) of a source by their 1-based number. Reads no further than the last one."""
    numbers = sorted(set(wanted))
    found: dict[int, bytes] = {}
    splitter, before = (_JSON[format].splitter if format in _JSON else LineSplitter)(), 0
    for chunk in itertools.chain(Member.from_name(str(name)).chunks(lambda _: None), [None]):
        lines = splitter.close() if chunk is None else splitter.feed(chunk)
        first, end = (
            bisect.bisect_left(numbers, before + 1),
            bisect.bisect_right(numbers, before + len(lines)),
        )
        found.update((n, lines[n - before - 1]) for n in numbers[first:end])
        before += len(lines)
        if end == len(numbers):
            break
    return found
