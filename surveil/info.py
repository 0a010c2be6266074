"""What a file holds, before anyone replays it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from surveil.archive.manifest import is_archive
from surveil.archive.reading import open_archive
from surveil.decode.times import AIS_BEGAN_MS, TimeOptions
from surveil.errors import InputError, NoTimeError
from surveil.ledger import Ledger, SourceCount
from surveil.schema import MISSING_TIME, Batch
from surveil.sources import recognise
from surveil.sources.dialects import BY_NAME
from surveil.sources.files import Source, identify
from surveil.sources.opening import Member, members_within

_UNTIMED = ("no time", "no time yet")
_ANY_TIME = TimeOptions(start_ms=AIS_BEGAN_MS, rate_per_s=1.0)
"""Only to look into a file without times: none of it is shown."""


@dataclass
class _Seen:
    """What the rows of a source span."""

    vessels: set[int] = field(default_factory=set)
    rows: Counter[str] = field(default_factory=Counter)
    span_ms: tuple[int, int] | None = None
    box: tuple[float, float, float, float] | None = None

    def add(self, batch: Batch) -> None:
        for kind, rows, _ in batch.parts():
            if len(rows):
                self.rows[kind] += len(rows)
                self.vessels.update(np.unique(rows.mmsi).tolist())
                first, last = int(rows.t_ms.min()), int(rows.t_ms.max())
                low, high = self.span_ms or (first, last)
                self.span_ms = min(low, first), max(high, last)
        self._stretch(batch.positions.lon, batch.positions.lat)

    def _stretch(self, lon: np.ndarray, lat: np.ndarray) -> None:
        known = ~np.isnan(lon)
        if known.any():
            corners = np.array([[lon[known].min(), lat[known].min()], [lon[known].max(), lat[known].max()]])
            if self.box is not None:
                corners = np.stack([np.minimum(corners[0], self.box[:2]), np.maximum(corners[1], self.box[2:])])
            self.box = tuple(corners.ravel().tolist())


def describe(path: str | Path, time: TimeOptions | None = None) -> dict:
    """What a file, or each file of a folder or zip, or each import of an archive, holds.

    Returns
    -------
    dict with ``path``, ``replayable`` and ``files``, a list with one dict per file: ``name``, ``format``
    (empty if it is not one that surveil reads, ``fault`` then says why), ``compression``, ``lines_read``,
    ``decoded``, ``refused``, ``not_ais``, ``refused_share``, ``span`` (ISO times), ``bbox`` (west, south, east, north),
    ``types`` or ``columns``, ``vessels`` (MMSI with rows), ``rows``, ``times`` (how messages say when),
    ``simulated``, ``problems``, ``replayable`` and ``replay`` (how).

    Raises
    ------
    InputError : there is nothing to read at that path. StoreError : the archive cannot be read.
    """
    if is_archive(Path(path)):
        return {"path": str(path), "files": _imports(Path(path)), "replayable": True}
    troubles: list[InputError] = []
    found = members_within(Path(path), troubles.append)
    if not found and not troubles:
        raise InputError("the folder is empty", source=str(path))
    files = [_describe(member, time or TimeOptions()) for member in found]
    files += [{"name": t.source, "compression": "", **_not_read(t.cause)} for t in troubles]
    return {"path": str(path), "files": files, "replayable": any(file["replayable"] for file in files)}


def _describe(member: Member, time: TimeOptions) -> dict:
    about = {"name": member.name, "bytes": member.size_bytes, "compression": member.compression()}
    found = identify(member)
    if found.fault:
        return {**about, **_not_read(found.fault)}
    ledger, seen = _read(member, found.name, time)
    untimed = sum(ledger[0].refused[reason] for reason in _UNTIMED)
    without_time = any(isinstance(p, NoTimeError) for p in ledger.problems)
    if without_time:
        ledger, seen = _read(member, found.name, _ANY_TIME)
    return {
        **about,
        "format": found.name,
        **_content(ledger, seen, without_time),
        **_columns(member, found.name),
        **_way(ledger[0], untimed),
    }


def _imports(path: Path) -> list[dict]:
    """One description for each source that was imported, with the account of its lines then."""
    whole, files = Ledger(), []
    for source in open_archive(path).sources(whole):
        own, seen = Ledger(), _Seen()
        own.sources = [whole[source.index]]
        own.problems = [p for p in whole.problems if p.source == source.name]
        for batch in source.batches():
            seen.add(batch)
        about = {"name": source.name, "bytes": source.size_bytes, "compression": "in an archive"}
        files.append({**about, "format": source.format, **_content(own, seen, False), **_way(own[0], 0)})
    return files


def _not_read(fault: str) -> dict:
    return {"format": "", "fault": fault, "replayable": False, "replay": f"no: {fault}"}


def _read(member: Member, name: str, time: TimeOptions) -> tuple[Ledger, _Seen]:
    ledger, seen = Ledger(), _Seen()
    for batch in Source(member.name, ledger.add_source(member.name, name), name, member, ledger, time).batches():
        seen.add(batch)
    return ledger, seen


def _content(ledger: Ledger, seen: _Seen, without_time: bool) -> dict:
    count = ledger[0]
    ais = count.decoded + count.refused.total()
    span = None if without_time or seen.span_ms is None else [iso(t) for t in seen.span_ms]
    return {
        **{k: v for k, v in ledger.totals().items() if k != "cut_out"},
        "refused_share": count.refused.total() / ais if ais else 0.0,
        "first_refused": count.first_refused,
        "warnings": dict(count.warnings),
        "types": {k: count.types[k] for k in sorted(count.types, key=int)},
        "times": {} if without_time else dict(count.times.most_common()),
        "vessels": len(seen.vessels),
        "rows": dict(seen.rows),
        "span": span,
        "bbox": seen.box,
        "simulated": count.simulated,
        "problems": [str(p) for p in ledger.problems],
    }


def _way(count: SourceCount, untimed: int) -> dict:
    """Whether and how it can be replayed; ``untimed`` lines have no time."""
    ais = count.decoded + count.refused.total()
    if not ais:
        return {"replayable": False, "replay": "no: it holds no AIS"}
    if not untimed:
        return {"replayable": True, "replay": "yes"}
    options = "--start and --rate" + (", or --time-from base-stations" if count.types["4"] else "")
    if count.times.keys() - {"start and rate"}:
        return {
            "replayable": True,
            "replay": f"yes, but {untimed:,} of {ais:,} lines have no time: see {options}",
        }
    return {"replayable": True, "replay": f"only with {options}: its sentences carry no time"}


def _columns(member: Member, name: str) -> dict:
    if name not in BY_NAME:
        return {}
    first = next(member.chunks(lambda _: None)).splitlines()[0]
    header = recognise.header_of(first)
    return {"columns": header, "columns_used": sorted(BY_NAME[name].find(header))}


def iso(t_ms: int) -> str:
    """ISO 8601 in UTC, to the millisecond where there is a fraction."""
    if t_ms == MISSING_TIME:
        return "unknown"
    stamp = datetime.fromtimestamp(t_ms / 1000, UTC)
    return stamp.isoformat(timespec="milliseconds" if t_ms % 1000 else "seconds").replace("+00:00", "Z")


def render(about: dict) -> str:
    """The description as text for a terminal."""
    return "\n\n".join("\n".join(_lines(file)) for file in about["files"])


def _lines(file: dict) -> list[str]:
    packed = f", {file['compression']}" if file["compression"] else ""
    lines = [file["name"], f"  format    {file['format'] or 'not one that surveil reads'}{packed}"]
    if file["format"]:
        lines += [f"  {label:<9} {text}" for label, text in _facts(file) if text]
    return [*lines, f"  replay    {file['replay']}"]


def _facts(file: dict) -> list[tuple[str, str]]:
    refused = ", ".join(f"{reason} {n:,} (first: line {file['first_refused'][reason]})"
                        for reason, n in file["refused"].items())  # fmt: skip
    box = file["bbox"]
    area = "" if box is None else f"{box[0]:.4f} to {box[2]:.4f} E, {box[1]:.4f} to {box[3]:.4f} N"
    return [
        ("simulated", "yes" if file["simulated"] else ""),
        ("span", " to ".join(file["span"]) if file["span"] else "unknown: no time"),
        ("time from", ", ".join(f"{how} ({n:,})" for how, n in file["times"].items())),
        ("area", area),
        ("vessels", f"{file['vessels']:,}"),
        ("rows", ", ".join(f"{n:,} {kind}" for kind, n in file["rows"].items())),
        ("types", ", ".join(f"{kind}: {n:,}" for kind, n in file["types"].items())),
        ("columns", ", ".join(file.get("columns_used", []))),
        ("lines", f"{file['lines_read']:,} read, {file['decoded']:,} decoded, {file['not_ais']:,} not AIS"),
        ("refused", f"{file['refused_share']:.2%} of the AIS lines{': ' if refused else ''}{refused}"),
        ("warnings", ", ".join(f"{what} {n:,}" for what, n in file["warnings"].items())),
        ("problems", "; ".join(file["problems"])),
    ]
