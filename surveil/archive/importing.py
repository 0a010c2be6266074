"""`surveil import`: sources into an archive, each line once, however often and wherever it is interrupted.

A source is known again by its content and not by its name. Its rows go in stretches of some million; with each stretch
the state of the decoder and the account of its lines are kept, in the same transaction, so that an import goes on
after the last stretch. So does one whose source has grown since.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from surveil.archive import parquet
from surveil.archive.manifest import File, Import, Manifest
from surveil.decode.times import TimeOptions
from surveil.errors import InputError, StoreError
from surveil.ledger import Ledger
from surveil.schema import AIS_KINDS, Batch
from surveil.sources.files import Source, open_sources
from surveil.sources.sorting import joined

STRETCH_ROWS = 1_000_000
"""Rows sorted and written at once, while the next are decoded: 0.6 GB in all, however long the input."""
_HEAD = 256
_THREADS = 2
_START = {"bytes": 0, "sha256": hashlib.sha256().hexdigest(), "flushes": 0, "state": None, "account": None}


@dataclass(frozen=True)
class Importer:
    """One run of `surveil import`.

    Parameters
    ----------
    folder : the archive, made if it is not there
    times : what to do about lines without a time
    stretch_rows : see STRETCH_ROWS
    progress : called with the ledger and the share of bytes read (0 to 1)
    """

    folder: Path
    times: TimeOptions = field(default_factory=TimeOptions)
    stretch_rows: int = STRETCH_ROWS
    progress: Callable[[Ledger, float], None] = lambda ledger, share: None

    def run(self, paths: Iterable[Path]) -> dict:
        """Import sources; returns the summary, of which ``exit_code`` is one key.

        Raises
        ------
        SurveilError : the archive cannot be used, or no input could be read at all.
        """
        ledger = Ledger()
        sources = open_sources(paths, ledger, self.times)
        if not sources:
            raise ledger.problems[0] if ledger.problems else InputError("nothing to import: no file was given")
        manifest = Manifest(Path(self.folder), create=True)
        try:
            with manifest.writing():
                outcomes = [(source.name, self._take(manifest, ledger, source, sources)) for source in sources]
                return self._summary(manifest, ledger, outcomes)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot be written: {error}; import again to go on", source=str(self.folder)) from error

    def _take(self, manifest: Manifest, ledger: Ledger, source: Source, sources: list[Source]) -> str:
        """Import one source; returns what that was: imported, continued, or there already."""
        head, known = _recognise(source, manifest.imports())
        if known is not None and known.done and known.bytes == _Content(source).size():
            return "there already"
        path = str(Path(source.member.path).resolve()) + source.name.removeprefix(str(source.member.path))
        if known is None:
            import_id, checkpoint = manifest.begin(source.name, path, source.format, head, _START), _START
        else:
            import_id, checkpoint = known.id, known.checkpoint
            manifest.reopen(known.id, path, head, checkpoint["flushes"])
        with _Stretches(self, manifest, ledger, source, import_id, checkpoint) as stretches:
            stretches.read(lambda: self.progress(ledger, _share_read(sources)))
        return "imported" if known is None else "continued"

    def _summary(self, manifest: Manifest, ledger: Ledger, outcomes: list[tuple[str, str]]) -> dict:
        files = manifest.files()
        rows = {kind: sum(f.rows for f in files if f.kind == kind) for kind in AIS_KINDS}
        totals = ledger.totals()
        return {
            **{key: totals[key] for key in ("lines_read", "decoded", "refused", "not_ais", "warnings")},
            "sources": dict(outcomes),
            "archive": {"imports": len(manifest.imports()), "files": len(files), "rows": rows},
            "skipped": [f"{name}: {why}" for name, why in ledger.skipped]
            + [f"{path}: no part of the archive" for path in manifest.strangers()],
            "problems": [str(problem) for problem in ledger.problems],
            "exit_code": ledger.exit_code,
            "out": str(self.folder),
        }


def _share_read(sources: list[Source]) -> float:
    return sum(s.read_bytes for s in sources) / max(1, sum(s.size_bytes for s in sources))


def _recognise(source: Source, imports: list[Import]) -> tuple[bytes, Import | None]:
    """The first bytes of a source, and the import that holds it whole, or its beginning."""
    content = _Content(source)
    head = content.head()
    alike = [known for known in imports if head.startswith(known.head)]
    ends = {known.id: _end_of(known) for known in alike}
    digests = content.digests(sorted({n for n, _ in ends.values()}))
    same = [known for known in alike if digests.get(ends[known.id][0]) == ends[known.id][1]]
    return head, max(same, key=lambda known: (ends[known.id][0], -known.id), default=None)


def _end_of(known: Import) -> tuple[int, str]:
    """Bytes of the source that an import vouches for, and their hash."""
    return (known.bytes, known.sha256) if known.done else (known.checkpoint["bytes"], known.checkpoint["sha256"])


@dataclass(frozen=True)
class _Content:
    """The bytes of a source, unpacked, only to look at them."""

    source: Source

    def _chunks(self):
        return self.source.member.chunks(lambda trouble: None)

    def head(self) -> bytes:
        return next(self._chunks(), b"")[:_HEAD]

    def size(self) -> int:
        return sum(map(len, self._chunks()))

    def digests(self, ends: list[int]) -> dict[int, str]:
        """SHA-256 of the first so many bytes, for each end that is not past the content's."""
        found, running, at = {}, hashlib.sha256(), 0
        for chunk in self._chunks() if ends else ():
            start = 0
            for end in [end for end in ends if at <= end <= at + len(chunk) and end not in found]:
                running.update(chunk[start : end - at])
                start, found[end] = end - at, running.hexdigest()
            running.update(chunk[start:])
            at += len(chunk)
            if len(found) == len(ends):
                break
        return found


class _Stretches:
    """Reads one source from a checkpoint on; while a stretch is written, the next is decoded."""

    def __init__(self, job: Importer, manifest, ledger, source: Source, import_id: int, checkpoint: dict):
        self.job, self.manifest, self.ledger, self.source = job, manifest, ledger, source
        self.import_id, self.checkpoint = import_id, dict(checkpoint)
        self.waiting: list[Batch] = []
        self.first_ms: int | None = None
        self._pool, self._hasher = ThreadPoolExecutor(_THREADS), ThreadPoolExecutor(1)
        self._pending: tuple[Future[list[Future]], dict] | None = None
        self._troubles = len(ledger.problems)

    def __enter__(self) -> _Stretches:
        return self

    def __exit__(self, *_exc) -> None:
        self._hasher.shutdown()
        self._pool.shutdown(cancel_futures=True)

    def read(self, progress: Callable[[], None]) -> None:
        """All that comes after the checkpoint, to the end of the source."""
        decoder = self.source.decoder(self.source.index, self.ledger)
        if self.checkpoint["state"] is not None:
            decoder.restore(self.checkpoint["state"])
            _restore(self.ledger, self.source.index, self.checkpoint["account"])
        content = hashlib.sha256()
        at = 0
        try:
            for chunk in self.source.member.chunks(self.ledger.problem, self.source.count_bytes):
                hashed = self._hasher.submit(content.update, chunk)
                fresh = chunk[max(0, self.checkpoint["bytes"] - at) :] if at < self.checkpoint["bytes"] else chunk
                at += len(chunk)
                enough = fresh and self._add(decoder.feed(fresh))
                hashed.result()
                if enough:
                    self._cut(decoder, at, content.hexdigest())
                progress()
            self._add(decoder.close())
        except InputError as trouble:
            self.ledger.problem(trouble)
        self._finish(at, content.hexdigest())

    def _add(self, batch: Batch) -> bool:
        """Keep rows; true if there are enough for a stretch."""
        if len(batch):
            if self.first_ms is None:
                self.first_ms = _first_ms(batch)
            self.waiting.append(batch)
        return sum(map(len, self.waiting)) >= self.job.stretch_rows

    def _cut(self, decoder, n_bytes: int, sha256: str) -> None:
        """Hand a stretch to the writers, once the one before is committed."""
        flush = self.checkpoint["flushes"]
        self._commit()
        self.checkpoint = {
            "bytes": n_bytes, "sha256": sha256, "flushes": flush + 1, "state": decoder.state(),
            "account": _account(self.ledger, self.source.index, self._troubles),
        }  # fmt: skip
        self._pending = self._write(flush), {"checkpoint": self.checkpoint, "account": self.checkpoint["account"]}

    def _write(self, flush: int) -> Future[list[Future]]:
        """Let the pool sort what waits and write it: a future of the futures of its files."""
        batches, self.waiting = self.waiting, []
        return self._pool.submit(self._arrange, batches, flush)

    def _arrange(self, batches: list[Batch], flush: int) -> list[Future[File]]:
        return [
            self._pool.submit(parquet.write, self.manifest.folder, piece)
            for kind, rows, at in joined(batches).parts()
            for piece in parquet.pieces(self.import_id, flush, self.source.name, kind, rows, at)
        ]

    def _commit(self) -> None:
        if self._pending is None:
            return
        (written, columns), self._pending = self._pending, None
        files: list[File] = [future.result() for future in written.result()]
        if self.checkpoint["flushes"] <= 1 and self.first_ms is not None:
            columns = {**columns, "first_ms": self.first_ms}
        self.manifest.commit(self.import_id, files, **columns)

    def _finish(self, n_bytes: int, sha256: str) -> None:
        """The last stretch, and the account of the whole source."""
        self._commit()
        account = _account(self.ledger, self.source.index, self._troubles)
        self._pending = (
            self._write(self.checkpoint["flushes"]),
            {"done": 1, "bytes": n_bytes, "sha256": sha256, "account": account},
        )
        if self.checkpoint["flushes"] == 1:
            self.first_ms = None
        self._commit()


def _first_ms(batch: Batch) -> int:
    return min((int(at[0]), int(rows.t_ms[0])) for _, rows, at in batch.parts() if len(rows))[1]


def _account(ledger: Ledger, index: int, troubles: int) -> dict:
    """What became of the lines of one source so far, as JSON can carry it."""
    state = ledger.state()
    return {"count": state["sources"][index], "problems": state["problems"][troubles:]}


def _restore(ledger: Ledger, index: int, account: dict) -> None:
    kept = Ledger()
    kept.restore({"sources": [account["count"]], "problems": account["problems"], "skipped": []})
    ledger.sources[index] = kept.sources[0]
    ledger.problems.extend(kept.problems)
