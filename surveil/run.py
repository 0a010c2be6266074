"""The main job: input files in, one output folder out. Stands on top of the engine."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from surveil import outputs, trackfiles
from surveil.alert import Alert
from surveil.alerts.rerun import Earlier
from surveil.alerts.sinks import iso
from surveil.alerts.store import AlertStore
from surveil.archive.reading import ArchiveSource, open_inputs
from surveil.areas import load_areas
from surveil.config import Config
from surveil.decode.times import DAY_MS, TimeOptions
from surveil.engine import Engine, Hooks
from surveil.errors import InputError
from surveil.files import check_place, copy_file, replaced_folder, sha256_of
from surveil.ledger import HEADER, Ledger, RejectsFile
from surveil.live.logsource import RawLogSource, is_raw_log
from surveil.registry import settings
from surveil.report import write_report
from surveil.schema import Batch, Columns
from surveil.sources.cut import Cut
from surveil.sources.merge import merge
from surveil.sources.plotsource import Sensors, with_simulated_sensors
from surveil.sources.sorting import sort_where

EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

Progress = Callable[[Ledger, Engine, float], None]


class _CtrlC:
    """Ctrl-C as a wish, granted between batches so that nothing is left half done; a second one acts at once."""

    def __enter__(self) -> _CtrlC:
        self.asked = False
        self._ours = threading.current_thread() is threading.main_thread()
        if self._ours:  # no other thread may set a handler
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, *_signal) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_exc) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, self._before)


@dataclass
class Replay:
    """One run over files.

    Parameters
    ----------
    paths : files and folders; out : the output folder, replaced when the run ends
    times : what to do about lines without a time; cut : what part of the input to use
    sort : which sources to put in the order of time first, see :func:`surveil.sources.sorting.sort_where`
    rejects_copy : where to put a copy of ``refused.tsv``, the lines refused with their reasons
    track_files : where to put the tracks besides, see :data:`surveil.trackfiles.FORMATS`
    lang : language of the alerts in the report, see :data:`surveil.words.LANGUAGES`
    progress : called after every batch with the ledger, the engine and the share of bytes read (0 to 1)
    """

    paths: list[Path]
    out: Path
    config: Config = field(default_factory=Config)
    times: TimeOptions = field(default_factory=TimeOptions)
    cut: Cut = field(default_factory=Cut)
    sort: str = "auto"
    rejects_copy: Path | None = None
    track_files: list[Path] = field(default_factory=list)
    lang: str = "en"
    progress: Progress = lambda ledger, engine, share: None

    def run(self) -> dict:
        """Do it; returns the summary, of which ``exit_code`` is one key. Ctrl-C ends it with what there is.

        Raises
        ------
        SurveilError : the output folder cannot be used, a setting is wrong, or no input could be read at all.
        """
        started = time.perf_counter()
        if self.rejects_copy is not None:
            check_place(self.rejects_copy, HEADER)
        for path in self.track_files:
            trackfiles.check_track_file(path)
        with ExitStack() as until_replaced, replaced_folder(self.out) as folder:
            with RejectsFile(folder / "refused.tsv") as rejects:
                self._open(folder, rejects)
                gc.collect()
                gc.freeze()  # geodata and code stay: not to be looked through again at every collection
                interrupted = self._read_all()
            names = {i: source.name for i, source in enumerate(self.ledger.sources)}
            until_replaced.enter_context(self.earlier.handing_over(self.store, names))
            alerts = self.store.alerts()
            self._keep_lines(alerts)
            summary = self._summary(alerts, interrupted)
            lap = time.perf_counter()
            self._write(folder, alerts, summary)
            summary["seconds"]["report"] = round(time.perf_counter() - lap, 3)
            summary["seconds"]["total"] = round(time.perf_counter() - started, 3)
            outputs.write_summary(folder, summary)
        if self.rejects_copy is not None:
            copy_file(Path(self.out) / "refused.tsv", self.rejects_copy)
        self._write_track_files()
        return summary

    def _open(self, folder: Path, rejects: RejectsFile) -> None:
        self.rejects = rejects
        self.ledger = Ledger(rejects)
        self.config = with_simulated_sensors(self.config, self.paths)
        sources = [s for path in self.paths for s in sources_in(path, self.config, self.ledger, self.times, self.cut)]
        self.sources = sort_where(self.sort, sources, self.config.engine.lateness_s * 1000)
        if not self.sources:
            raise nothing_to_read(self.ledger, "replay")
        self.earlier = Earlier(Path(self.out) / "alerts.sqlite")
        self.store = AlertStore(folder / "alerts.sqlite", create=True, config=self.config.digest)
        acts = [*self.earlier.acts, *(act for source in self.sources for act in getattr(source, "acts", list)())]
        self.store.put_acts(acts)
        self.tracks = outputs.TrackWriter(folder / "tracks.parquet", self.config.tracks)
        self.events = outputs.EventWriter(folder / "events.parquet")
        self.engine = Engine(
            self.config,
            load_areas(),
            simulated=lambda source: self.ledger[source].simulated,
            hooks=Hooks(
                alert=self.store.put,
                unplaced=self.store.put_act,
                applied=self.tracks.add,
                event=self.events.add,
                refused=self._refuse_rows,
            ),
        )
        for act in dict.fromkeys(acts):
            self.engine.act(act)

    def _refuse_rows(self, reason: str, rows: Columns) -> None:
        """Rows that decoded well but came too late: kept for inspection beside the refused lines."""
        for source, seq in zip(rows.source.tolist(), rows.seq.tolist(), strict=True):
            self.rejects(self.ledger[source].name, seq, f"decoded, but {reason.replace('_', ' ')}", b"")

    def _read_all(self) -> bool:
        """Push everything; True if the user stopped it."""
        interrupted = False
        with _CtrlC() as ctrl_c:
            try:
                for batch in self._batches():
                    self.engine.push(batch)
                    self.progress(self.ledger, self.engine, self._share_read())
                    if ctrl_c.asked:
                        raise KeyboardInterrupt
            except KeyboardInterrupt:
                interrupted = True
        self.engine.close()
        self.tracks.close()
        self.events.close()
        return interrupted

    def _share_read(self) -> float:
        return sum(s.read_bytes for s in self.sources) / max(1, sum(s.size_bytes for s in self.sources))

    def _batches(self) -> Iterator[Batch]:
        """Merged and cut batches; time spent in here is reading and decoding."""
        merged = merge(self.sources)
        while True:
            with self.engine.watch.time("read and decode"):
                batch = next(merged, None)
                if batch is None:
                    return
                batch = self.cut.apply(batch, self.ledger)
            yield batch

    def _keep_lines(self, alerts: list[Alert]) -> None:
        """Fetch the input lines that alerts rest on, so that the output explains itself without the input."""
        wanted: dict[int, set[int]] = defaultdict(set)
        for alert in alerts:
            for row in alert.evidence.inputs:
                wanted[row.source].add(row.line)
        self.store.put_sources((i, s.name, s.simulated) for i, s in enumerate(self.ledger.sources))
        for source in self.sources:
            if isinstance(source, RawLogSource):
                for index, lines in source.lines_of(wanted).items():
                    self.store.put_lines(index, lines)
            elif lines := wanted.get(source.index):
                self.store.put_lines(source.index, source.lines(lines))

    def _summary(self, alerts: list[Alert], interrupted: bool) -> dict:
        counts = self.engine.order.counts
        totals = self.ledger.totals()
        waiting = sum(source.waiting for source in self.ledger.sources)
        if interrupted and waiting:
            totals["refused"]["unfinished when stopped"] = waiting
        first_ms, last_ms = self.engine.order.span_ms or (None, None)
        return {
            **{key: totals[key] for key in ("lines_read", "decoded", "refused", "not_ais", "warnings")},
            "vessels": self.engine.table.vessels(),
            **outputs.count_alerts(alerts),
            "span": {
                "start": iso(first_ms), "end": iso(last_ms),
                "start_ms": first_ms, "end_ms": last_ms,
            },
            "cut_out": totals["cut_out"],
            **{what: sum(by_source.values()) for what, by_source in counts.items()},
            "kept_back": [each.to_dict() for each in self.engine.lifecycle.kept_back],
            "config": self.config.digest,
            "sensors": self.engine.picture.health(),
            "fixed_objects_tracked": self.engine.picture.fixed.count,
            "track_events": dict(sorted(self.events.counts.items())),
            "jumps": int(self.engine.table.arrays.jumps.sum()),
            "skipped": [f"{name}: {why}" for name, why in self.ledger.skipped],
            "problems": [str(problem) for problem in self.ledger.problems],
            "simulated": any(source.simulated for source in self.ledger.sources),
            "interrupted": interrupted,
            "exit_code": EXIT_INTERRUPTED if interrupted else self.ledger.exit_code,
            "inputs": self._inputs(),
            "settings": settings(self.config),
            "out": str(self.out),
            "seconds": {stage: round(s, 3) for stage, s in self.engine.watch.seconds.items()},
        }  # fmt: skip

    def _inputs(self) -> list[dict]:
        """What a later reader knows this run's input by: files as they are stored, imports by the content they had."""
        paths = dict.fromkeys(s.member.path for s in self.sources if hasattr(s, "member"))  # others are no files
        imports = [s.known for s in self.sources if isinstance(s, ArchiveSource)]
        return [
            *({"name": str(p), "bytes": p.stat().st_size, "sha256": sha256_of(p)} for p in paths),
            *({"name": known.name, "bytes": known.bytes, "sha256": known.sha256} for known in imports),
        ]

    def _write(self, folder: Path, alerts: list[Alert], summary: dict) -> None:
        self.store.put_meta("summary", summary)
        outputs.write_alerts(folder, alerts)
        tracks = outputs.with_events(self.tracks.tracks(self.engine.table), folder / "events.parquet")
        title = f"surveil: {', '.join(path.name for path in self.paths[:3])}{' …' if len(self.paths) > 3 else ''}"
        learned = self.engine.learned
        data = outputs.report_data(title, summary, self.engine.areas, tracks, self.store, alerts, learned, self.lang)
        write_report(folder / "report.html", data)
        self.store.close()

    def _write_track_files(self) -> None:
        if not self.track_files:
            return
        table = trackfiles.read_sorted(Path(self.out) / "tracks.parquet")
        made = [i for i, source in enumerate(self.ledger.sources) if source.simulated]
        who = trackfiles.who_is_who(table, outputs.names(self.engine.table), made)
        for path in self.track_files:
            trackfiles.write_tracks(path, table, who)


def sources_in(path: Path, config: Config, ledger: Ledger, times: TimeOptions, cut: Cut | None = None) -> list:
    """What a path holds: files, an archive, a watch's raw log. Trouble with it is noted in the ledger."""
    if is_raw_log(path):
        return [RawLogSource(path, config, ledger)]
    return open_inputs([path], ledger, times, cut or Cut(), Sensors.of(config))


def nothing_to_read(ledger: Ledger, wanted: str) -> InputError:
    """Why no source could be opened at all."""
    if len(ledger.problems) == 1 and isinstance(ledger.problems[0], InputError):
        return ledger.problems[0]
    causes = "; ".join(str(problem) for problem in ledger.problems[:5])
    return InputError(f"nothing to {wanted}: {causes or 'no file was given'}")


def default_times(**given) -> TimeOptions:
    """Time options that refuse stamps more than a day ahead of this machine's clock."""
    return TimeOptions(not_after_ms=int(time.time() * 1000) + DAY_MS, **given)


def alerts_of(out: Path) -> list[Alert]:
    """The alerts kept in an output folder, the most urgent first."""
    store = AlertStore(Path(out) / "alerts.sqlite")
    try:
        return store.alerts()
    finally:
        store.close()
