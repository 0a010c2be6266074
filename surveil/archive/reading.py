"""Archives as a library and as sources: tracks by box, time and vessel, and rows in the order in which they came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from surveil.archive import parquet
from surveil.archive.manifest import File, Import, Manifest, is_archive
from surveil.archive.remote import address_of, manifest_of
from surveil.config import EngineConfig
from surveil.decode.times import TimeOptions
from surveil.errors import InputError, SurveilError
from surveil.kernels.order import first_heard
from surveil.kernels.partition import order_by
from surveil.ledger import Ledger, SourceCount
from surveil.schema import AIS_KINDS, KIND_CLASSES, MISSING_TIME, Batch, Columns, Positions
from surveil.sources.cut import Cut
from surveil.sources.files import lines_of, open_sources
from surveil.sources.plotsource import Sensors

Time = dt.datetime | str | int
_BATCH_ROWS = 100_000
_THREADS = 2
_DUPLICATE_WINDOW_MS = EngineConfig().duplicate_window_s * 1000
"""The same report heard again within this time is one report, as in the engine."""


def open_archive(path: str | Path) -> Archive:
    """An archive that `surveil import` has written: a folder, or the address of a copy in object storage, such as
    ``s3://bucket/archive``.

    Raises
    ------
    StoreError : there is none, or one that cannot be read.
    """
    return Archive(manifest_of(path))


def open_inputs(
    paths: Iterable[Path],
    ledger: Ledger,
    times: TimeOptions = TimeOptions(),
    cut: Cut = Cut(),
    sensors: Sensors | None = None,
) -> list:
    """Sources of files, folders and archives, in this order; what cannot be opened becomes a problem in the ledger."""
    found = []
    for path in paths:
        try:
            archive = address_of(path) or is_archive(path)
            found += (
                open_archive(path).sources(ledger, cut) if archive else open_sources([path], ledger, times, sensors)
            )
        except SurveilError as trouble:
            ledger.problem(trouble)
    return found


@dataclass(frozen=True)
class Archive:
    """What has been imported, and queries of it. A query opens only files, and reads only row groups, that may hold
    what it asks for."""

    manifest: Manifest

    def imports(self) -> list[Import]:
        """The sources, in the order of import; one that is not ``done`` was interrupted."""
        return self.manifest.imports()

    def tracks(
        self,
        bbox: tuple[float, float, float, float] | None = None,
        time: tuple[Time | None, Time | None] = (None, None),
        mmsi: int | Iterable[int] | None = None,
    ) -> Tracks:
        """Positions by vessel and time, each report once.

        Parameters
        ----------
        bbox : west, south, east, north in degrees; west > east crosses the antimeridian
        time : first time wanted and the first no longer wanted: datetime, ISO 8601 or epoch ms, UTC; None is open
        mmsi : one vessel or several

        Raises
        ------
        InputError : a file is gone, damaged or of another schema.
        """
        vessels = None if mmsi is None else frozenset([mmsi] if isinstance(mmsi, int) else map(int, mmsi))
        return self._tracks(Cut(*map(_ms, time), bbox, vessels))

    def _tracks(self, cut: Cut) -> Tracks:
        files = self.files("positions", cut)
        names = self.manifest.names()
        used = sorted({file.import_ for file in files})
        if len(used) > np.iinfo(np.int16).max:
            raise InputError(f"{len(used)} sources are in question; ask for a shorter time")
        place = {import_id: at for at, import_id in enumerate(used)}
        rows = Positions.concat([parquet.read(self.manifest, f, place[f.import_], cut)[0] for f in files])
        once = _each_once(rows)
        rows, heard = rows.take(once), len(rows)
        rows = rows.take(np.lexsort((rows.seq, rows.source, rows.t_ms, rows.mmsi)))
        return Tracks(rows, tuple(names[import_id] for import_id in used), heard - len(rows))

    def files(self, kind: str, cut: Cut) -> list[File]:
        """Files that may hold rows of a kind that a cut wants."""
        where, values = ["1"], []
        if cut.from_ms is not None:
            where, values = [*where, "t_max >= ?"], [*values, cut.from_ms]
        if cut.to_ms is not None:
            where, values = [*where, "t_min < ?"], [*values, cut.to_ms]
        if cut.mmsi is not None and kind != "safety":  # a text is also kept if it is to one of them
            buckets = ", ".join(str(b) for b in sorted({mmsi % parquet.BUCKETS for mmsi in cut.mmsi}))
            where = [*where, f"bucket IN ({buckets})"]
        files = self.manifest.files(kind, " AND ".join(where), tuple(values))
        if kind != "positions" or cut.bbox is None:
            return files
        # a distress device without a fix is wanted wherever the box is
        return [f for f in files if f.unplaced or cut.may_hold(f.west, f.south, f.east, f.north)]

    def sources(self, ledger: Ledger, cut: Cut = Cut()) -> list[ArchiveSource]:
        """The imports as sources for a replay, accounted for in the ledger as they were when imported.

        What a cut does not want is not read, and counted as ``cut_out``.
        """
        found = []
        for known in self.imports():
            index = ledger.add_source(known.name, known.format)
            if known.account:
                kept = Ledger()
                kept.restore(
                    {"sources": [known.account["count"]], "problems": known.account["problems"], "skipped": []}
                )
                ledger.sources[index] = kept.sources[0]
                ledger.problems.extend(kept.problems)
            if not known.done:
                line = ledger[index].lines_read
                ledger.problem(
                    InputError(
                        f"its import was interrupted after line {line}; import it again to go on", source=known.name
                    )
                )
            found.append(ArchiveSource(known.name, index, known.format, self, known, ledger, cut))
        ledger.skipped.extend((path, "no part of the archive") for path in self.manifest.strangers())
        return found


def _ms(time: Time | None) -> int | None:
    if time is None or isinstance(time, int):
        return time
    stamp = dt.datetime.fromisoformat(time) if isinstance(time, str) else time
    return int((stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).timestamp() * 1000)


def _each_once(rows: Positions) -> np.ndarray:
    """Indices of the first hearing of each report."""
    order = np.lexsort((rows.seq, rows.source, rows.digest, rows.t_ms))
    size = 1 << int(2 * len(rows) + 2).bit_length()
    first = first_heard(
        rows.t_ms[order],
        rows.digest[order],
        _DUPLICATE_WINDOW_MS,
        np.zeros(size, np.uint64),
        np.full(size, MISSING_TIME),
    )
    return order[first]


@dataclass(frozen=True)
class Tracks:
    """Positions sorted by MMSI and time.

    ``positions.source`` is an index into ``sources``, and ``positions.seq`` the line there; ``duplicates`` is how many
    reports were left out because another station, or the same one, had heard them within ``engine.duplicate_window_s``.
    """

    positions: Positions
    sources: tuple[str, ...]
    duplicates: int

    def __len__(self) -> int:
        return len(self.positions)

    def to_geopandas(self):
        """GeoDataFrame in WGS84, one row a position, with the name of its ``source``."""
        from surveil.decode.api import to_geopandas

        frame = to_geopandas(Batch.build(self.positions))
        frame["source"] = (
            np.array(self.sources, object)[frame["source"]] if len(frame) else frame["source"].astype(object)
        )
        return frame

    def to_movingpandas(self):
        """TrajectoryCollection by ``mmsi``, of positions that have a place; vessels with one position are left out.

        Raises
        ------
        ImportError : MovingPandas is not installed.
        """
        import movingpandas

        frame = self.to_geopandas()
        frame = frame[~frame.geometry.isna()].assign(t=lambda f: f["t"].dt.tz_localize(None)).set_index("t")
        return movingpandas.TrajectoryCollection(frame, traj_id_col="mmsi")


@dataclass
class ArchiveSource:
    """One import as a source: its rows in the order in which they came. Memory holds one stretch of it."""

    name: str
    index: int
    format: str
    archive: Archive
    known: Import
    ledger: Ledger
    cut: Cut = field(default_factory=Cut)
    read_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        return self.known.bytes

    def glance(self) -> Iterator[Batch]:
        """The same batches again, counted nowhere."""
        scratch = Ledger()
        scratch.sources = [SourceCount(s.name) for s in self.ledger.sources]
        yield from replace(self, ledger=scratch).batches()

    def peek_ms(self) -> int | None:
        """Time of the first row, whether or not it is cut out; None if there is no row."""
        return self.known.first_ms

    def batches(self) -> Iterator[Batch]:
        """All rows wanted. A file that cannot be read becomes a problem in the ledger."""
        stretches = groupby(sorted(self._files(), key=lambda file: file.flush), key=lambda file: file.flush)
        stretches = [list(files) for _, files in stretches]
        for done, files in enumerate(stretches, 1):
            batch = self._stretch(files)
            yield from _in_parts(batch)
            self.read_bytes = self.size_bytes * done // len(stretches)
        self.read_bytes = self.size_bytes

    def _files(self) -> list[File]:
        """Files to read; the rows of all others are counted as cut out."""
        mine = self.archive.manifest.files(where="import = ?", values=(self.known.id,))
        if self.cut == Cut():
            return mine
        wanted = {file.path for kind in AIS_KINDS for file in self.archive.files(kind, self.cut)}
        self.ledger[self.index].cut_out += sum(file.rows for file in mine if file.path not in wanted)
        return [file for file in mine if file.path in wanted]

    def _stretch(self, files: list[File]) -> Batch:
        parts: dict[str, list[tuple[Columns, np.ndarray]]] = {kind: [] for kind in AIS_KINDS}
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(self._read, files))
        for file, content in zip(files, found, strict=True):
            if isinstance(content, InputError):
                self.ledger.problem(content)
                continue
            self.ledger[self.index].cut_out += file.rows - len(content[0])
            parts[file.kind].append(content)
        columns = {}
        for kind, found in parts.items():
            rows = KIND_CLASSES[kind].concat([rows for rows, _ in found])
            at = np.concatenate([np.empty(0, np.int64), *(at for _, at in found)])
            order = _by_arrival(rows, at)
            columns[kind], columns[f"{kind}_at"] = rows.take(order), at[order]
        return Batch(**columns)

    def _read(self, file: File) -> tuple[Columns, np.ndarray] | InputError:
        try:
            return parquet.read(self.archive.manifest, file, self.index, self.cut)
        except InputError as trouble:
            return trouble

    def lines(self, wanted: Iterable[int]) -> dict[int, bytes]:
        """Raw lines by their number, from the file that was imported; none if it is no longer there."""
        return lines_of(self.known.path, wanted, self.format)


def _by_arrival(rows: Columns, at: np.ndarray) -> np.ndarray:
    """Order in which rows came, in linear time where each line gave one row."""
    span = int(at.max() - at.min()) + 1 if len(at) else 0
    if span < 4 * len(at):
        order = order_by((at - at.min()).astype(np.int32), span, np.arange(len(at)))
        if (np.diff(at[order]) > 0).all():
            return order
    return np.lexsort((rows.digest, rows.t_ms, rows.seq, at))


def _in_parts(batch: Batch) -> Iterator[Batch]:
    """Cut by arrival into batches of bounded size."""
    arrival = np.sort(np.concatenate([at for _, _, at in batch.parts()]))
    ends = np.r_[arrival[_BATCH_ROWS::_BATCH_ROWS], np.iinfo(np.int64).max] if len(arrival) else []
    start = np.iinfo(np.int64).min
    for end in ends:
        columns = {}
        for kind, rows, at in batch.parts():
            piece = slice(*np.searchsorted(at, (start, end)))
            columns[kind], columns[f"{kind}_at"] = rows.take(piece), at[piece]
        yield Batch(**columns)
        start = end
