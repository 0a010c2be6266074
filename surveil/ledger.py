"""The accounting: what became of every line of every source. Nothing is lost, nothing is silent.

For each source ``lines_read == decoded + refused + not_ais`` once it is closed; before that the parts of
messages still waiting for their other parts make up the difference. A part of a multi-part message counts
once, as its line. A CSV header is ``not_ais``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from surveil import errors
from surveil.errors import InputError, SurveilError

RejectsSink = Callable[[str, int, str, bytes], None]
"""Takes source name, 1-based line, reason, raw line."""


HEADER = "source\tline\treason\traw\n"
"""First line of a file of refused lines."""
_COUNTERS = ("refused", "warnings", "types", "times")


@dataclass
class SourceCount:
    """What is known of one source, and what became of its lines.

    ``types`` counts decoded messages by number, ``times`` sentences by the form their time had,
    ``first_refused`` is the first line refused for each reason.
    """

    name: str
    format: str = ""
    simulated: bool = False
    lines_read: int = 0
    decoded: int = 0
    not_ais: int = 0
    cut_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first_refused: dict[str, int] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)

    @property
    def waiting(self) -> int:
        """Lines not yet accounted for: parts of unfinished messages."""
        return self.lines_read - self.decoded - self.not_ais - self.refused.total()


class Ledger:
    """The accounting of one run.

    Parameters
    ----------
    rejects : called with every refused line, and with those used in spite of a fault, so that each is kept for
        inspection; see :class:`RejectsFile`.

    Attributes
    ----------
    problems : troubles that did not stop the run but decide its exit code.
    skipped : (file, why) of files in a folder that hold nothing surveil reads.
    """

    def __init__(self, rejects: RejectsSink | None = None):
        self.sources: list[SourceCount] = []
        self.problems: list[SurveilError] = []
        self.skipped: list[tuple[str, str]] = []
        self.rejects = rejects

    def __getitem__(self, source: int) -> SourceCount:
        return self.sources[source]

    def add_source(self, name: str, format: str = "") -> int:
        """Index under which rows of a new source travel."""
        self.sources.append(SourceCount(name, format))
        return len(self.sources) - 1

    def refuse(self, source: int, line: int, reason: str, raw: bytes = b"", *, defect: bool = False) -> None:
        """Count one line as refused and hand it to the rejects sink.

        ``defect`` says that the file is at fault and not the radio: the first such line of each reason also
        becomes a problem, so that the exit code tells of it.
        """
        count = self.sources[source]
        if defect and reason not in count.first_refused:
            self.problem(InputError(reason, source=count.name, line=line, raw=raw))
        count.refused[reason] += 1
        count.first_refused[reason] = min(line, count.first_refused.get(reason, line))
        if self.rejects is not None:
            self.rejects(count.name, line, reason, raw)

    def keep(self, source: int, line: int, fault: str, raw: bytes) -> None:
        """Count a warning of one line that is used in spite of its fault, and hand it to the rejects sink."""
        self.sources[source].warnings[f"{fault}, kept"] += 1
        if self.rejects is not None:
            self.rejects(self.sources[source].name, line, f"kept, but {fault}", raw)

    def problem(self, error: SurveilError) -> None:
        """Record trouble that did not stop the run."""
        self.problems.append(error)

    @property
    def exit_code(self) -> int:
        """0 if all went well, else that of the gravest problem."""
        return max((p.exit_code for p in self.problems), default=0)

    def totals(self) -> dict:
        """Sums: ``lines_read``, ``decoded``, ``not_ais``, ``cut_out``; ``refused`` and ``warnings`` by reason."""
        refused, warnings = (sum((getattr(s, k) for s in self.sources), Counter()) for k in ("refused", "warnings"))
        sums = {k: sum(getattr(s, k) for s in self.sources) for k in ("lines_read", "decoded", "not_ais", "cut_out")}
        return {**sums, "refused": _most_first(refused), "warnings": _most_first(warnings)}

    def state(self) -> dict:
        """Everything but the sink, as JSON can carry it."""
        problems = [
            {"kind": type(p).__name__, "cause": p.cause, "source": p.source, "line": p.line,
             "raw": None if p.raw is None else p.raw.hex()}
            for p in self.problems
        ]  # fmt: skip
        return {
            "sources": [{**vars(s), **{name: dict(getattr(s, name)) for name in _COUNTERS}} for s in self.sources],
            "problems": problems,
            "skipped": [list(s) for s in self.skipped],
        }

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`."""
        self.sources = [
            SourceCount(**{**s, **{name: Counter(s[name]) for name in _COUNTERS}}) for s in state["sources"]
        ]
        self.skipped = [tuple(s) for s in state["skipped"]]
        self.problems = [
            getattr(errors, p["kind"])(
                p["cause"], source=p["source"], line=p["line"], raw=p["raw"] and bytes.fromhex(p["raw"])
            )
            for p in state["problems"]
        ]


def _most_first(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


class RejectsFile:
    """A rejects sink: one tab-separated line per refused line, written as it comes.

    Columns: source, line, reason, raw with everything but printable ASCII (and the backslash) escaped.
    """

    def __init__(self, path: str | Path):
        self._file = open(path, "w", encoding="ascii", errors="backslashreplace", newline="\n")  # noqa: SIM115
        self._file.write(HEADER)

    def __call__(self, source: str, line: int, reason: str, raw: bytes) -> None:
        shown = raw.decode("latin-1").encode("unicode_escape").decode("ascii")
        self._file.write(f"{source}\t{line}\t{reason}\t{shown}\n")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(self, *exc) -> None:
        self.close()
