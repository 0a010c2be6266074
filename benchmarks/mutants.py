"""How many small faults in the rules and in the life of alerts the tests notice: a mutation run.

Every threshold of `surveil/rules/` and `surveil/alerts/` is shifted by its unit's step, every comparison and
connective turned, one at a time (benchmarks/_mutations.py says how), and the tests of both folders that go through the
function are run, the quickest first, until one fails. Tests are collected and kernels loaded once; each fault is put
into a fork of that process. A fault that only the page of rules notices, which repeats every default, is counted
apart. What no test can notice is in benchmarks/mutants.toml, with the reason, and counts for neither side.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest
from _pytest.runner import runtestprotocol

from benchmarks._mutations import Mutant, mutants, mutated, own_settings

ROOT = Path(__file__).resolve().parents[1]
SURVEIL = ROOT / "surveil"
FOLDERS = ("rules", "alerts")
SCENES = ("examples.py", "__init__.py")
"""No code of a rule."""
PAGE = "tests/rules/test_page.py"
_NOTHING = Mutant("", 0, "constant", "", "", lambda: None)
_CONTROL = 5
"""Tests that are to pass with a module put in its own place, unchanged."""
EQUIVALENT = Path(__file__).with_suffix(".toml")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="*", default=[], metavar="MODULE", help="such as rules/silence.py")
    parser.add_argument("--kind", nargs="*", default=[], help="faults of these kinds alone, such as use or edge")
    parser.add_argument("--tests", nargs="*", default=["tests/rules", "tests/alerts"], metavar="PATH")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="faults tried at a time")
    parser.add_argument("--keep", type=Path, help="file of what was found, so that a run cut off goes on from there")
    parser.add_argument("--how", action="store_true", help="say of each fault which test noticed it")
    parser.add_argument("--list", action="store_true", help="say what there is to try, and try nothing")


def run(options: argparse.Namespace) -> dict:
    trials = [trial for trial in _trials(options.only) if not options.kind or trial.mutant.kind in options.kind]
    if options.list:
        for trial in trials:
            print(trial)
        return {"mutants": len(trials)}
    kept = _kept(options.keep)
    for trial in trials:
        trial.caught, trial.tried = kept.get(str(trial)), str(trial) in kept
    server, started = _Server([trial for trial in trials if not trial.tried], options), time.process_time()
    os.chdir(ROOT)
    flags = ["-o", "addopts=", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:terminal"]
    code = pytest.main([*flags, *options.tests], plugins=[server])
    if code:
        sys.exit(f"pytest could not run: {code}")
    if server.broken:
        sys.exit(f"these tests fail without any fault: {', '.join(server.broken)}")
    if options.how:
        for trial in trials:
            print(f"{trial.caught}: {trial}")
    figures = _told(trials)
    figures["cpu_s"] = round(time.process_time() - started + os.times().children_user + os.times().children_system)
    return figures


@dataclass
class Trial:
    """One fault, and which test noticed it: None if none did, or if it was not tried."""

    module: str
    n: int
    mutant: Mutant
    caught: str | None = None
    equivalent: str = ""
    tried: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.mutant.line} {self.mutant.where}: {self.mutant.kind}: {self.mutant.change}"


def _kept(path: Path | None) -> dict[str, str | None]:
    """What an earlier run found, by fault."""
    if path is None or not path.exists():
        return {}
    return dict(json.loads(line) for line in path.read_text("utf-8").splitlines())


def settings() -> dict[str, float]:
    """Every numeric setting of rules and alerts; where rules share a name, some rule's default."""
    paths = [SURVEIL / "config.py", *sorted((SURVEIL / "rules").glob("*.py"))]
    return {k: v for path in paths for k, v in own_settings(ast.parse(path.read_text("utf-8"))).items()}


def modules() -> list[str]:
    """What faults are put into, as rules/silence.py."""
    paths = [path for folder in FOLDERS for path in sorted((SURVEIL / folder).glob("*.py"))]
    return [path.relative_to(SURVEIL).as_posix() for path in paths if path.name not in SCENES]


def equivalents() -> dict[tuple[str, str, str], str]:
    """Why no test can notice a fault, by module, function and change."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("equivalent", []) if EQUIVALENT.exists() else []
    return {(e["module"], e["where"], change): e["why"] for e in entries for change in e["changes"]}


def _trials(only: list[str]) -> list[Trial]:
    known, why = settings(), equivalents()
    found = []
    for module in modules():
        if not only or module in only:
            faults = mutants(ast.parse((SURVEIL / module).read_text("utf-8")), known)
            found += [
                Trial(module, n, m, equivalent=why.get((module, m.where, m.change), "")) for n, m in enumerate(faults)
            ]
    return found


@dataclass
class _Test:
    """A collected test: how long it takes, and which functions of which modules it goes through."""

    item: pytest.Item
    seconds: float
    calls: set[tuple[str, str]] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.item.nodeid


class _Server:
    """A pytest plugin that runs the collected tests once, and then again and again over faults."""

    def __init__(self, trials: list[Trial], options: argparse.Namespace):
        self.trials, self.options = trials, options
        self.broken: list[str] = []
        self._tests: list[_Test] = []
        self._settings = settings()
        self._said = time.monotonic()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the contract of rules that are not asked about."""
        if self.options.only and all(self._rule_of(module) for module in self.options.only):
            asked = {self._rule_of(module) for module in self.options.only}
            items[:] = [i for i in items if getattr(i, "callspec", None) is None
                        or i.callspec.params.get("name", next(iter(asked))) in asked]  # fmt: skip

    def _rule_of(self, module: str) -> str:
        """The rule that a module has, '' for none."""
        found = vars(importlib.import_module(f"surveil.{module[:-3].replace('/', '.')}")).values()
        return next((c.name for c in found if isinstance(c, type) and c.__module__.endswith(module[6:-3])
                     and hasattr(c, "evaluate")), "")  # fmt: skip

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _areas_once()
        print(f"{len(self.trials)} faults, {len(session.items)} tests", flush=True)
        self._tests = [self._measured(item) for item in session.items]
        if not self.broken:
            gc.collect()
            gc.freeze()
            self._try_all()
        return True

    def _measured(self, item: pytest.Item) -> _Test:
        test, started = _Test(item, 0.0), time.process_time()
        with _calls(test.calls):
            reports = runtestprotocol(item, log=False, nextitem=None)
        test.seconds = time.process_time() - started
        self.broken += [item.nodeid] if any(report.failed for report in reports) else []
        return test

    def _try_all(self) -> None:
        controls = [Trial(module, -1, _NOTHING) for module in dict.fromkeys(t.module for t in self.trials)]
        self._run([t for t in self.trials if not t.equivalent] + controls)
        self.broken += [f"{trial.caught}, without a fault in {trial.module}" for trial in controls if trial.caught]

    def _run(self, waiting: list[Trial]) -> None:
        """Try faults, the last first, several at a time."""
        running: dict[int, tuple[Trial, int]] = {}
        while waiting or running:
            while waiting and len(running) < self.options.processes:
                trial = waiting.pop()
                running |= self._start(trial)
            pid, status = os.waitpid(-1, 0)
            trial, reader = running.pop(pid)
            with os.fdopen(reader) as told:
                said = told.read()
            trial.caught = (said or None) if status == 0 else "runs for ever, or ends the process"
            if self.options.keep and trial.n >= 0:
                with open(self.options.keep, "a", encoding="utf-8") as kept:
                    kept.write(json.dumps([str(trial), trial.caught]) + "\n")
            if time.monotonic() - self._said > 30:
                self._said = time.monotonic()
                print(f"{len(waiting)} left", flush=True)

    def _start(self, trial: Trial) -> dict:
        tests = self._asked(trial)[: _CONTROL if trial.n < 0 else None]
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            return {pid: (trial, reader)}
        signal.alarm(20 + int(10 * sum(test.seconds for test in tests)))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        try:
            os.write(writer, self._notices(trial, tests).encode())
        except BaseException as error:  # a fault that keeps the module from being loaded
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)

    def _asked(self, trial: Trial) -> list[_Test]:
        """Tests that go through the function, or through the module for what is outside any; the page of rules last."""
        whole = trial.mutant.kind in ("default", "constant")
        asked = [test for test in self._tests if (trial.module, "" if whole else trial.mutant.where) in test.calls]
        return sorted(asked, key=lambda test: (test.name.startswith(PAGE), test.seconds))

    def _notices(self, trial: Trial, tests: list[_Test]) -> str:
        """The first test that fails with the fault, '' if none does."""
        source = (SURVEIL / trial.module).read_text("utf-8")
        name = f"surveil.{trial.module[:-3].replace('/', '.')}"
        tree = ast.parse(source) if trial.n < 0 else mutated(source, trial.n, self._settings)
        swap(sys.modules[name], tree)
        for test, after in zip(tests, [*tests[1:], None], strict=True):
            reports = runtestprotocol(test.item, log=False, nextitem=after and after.item)
            if any(report.failed for report in reports):
                return test.name
        return ""


def _areas_once() -> None:
    """Geodata is read once for all tests."""
    from surveil import areas

    loaded = areas.load_areas()
    areas.load_areas = lambda folder=None, load=areas.load_areas: loaded if folder is None else load(folder)


@contextlib.contextmanager
def _calls(into: set[tuple[str, str]]) -> Iterator[None]:
    """Notes which functions of the folders are called within, by module and qualified name; '' for any of a module."""
    prefixes = tuple(str(SURVEIL / folder) for folder in FOLDERS)
    seen: set[CodeType] = set()
    sys.settrace(lambda frame, event, arg: seen.add(frame.f_code))
    try:
        yield
    finally:
        sys.settrace(None)
    found = {
        (Path(code.co_filename).relative_to(SURVEIL).as_posix(), code.co_qualname.partition(".<locals>")[0])
        for code in seen if code.co_filename.startswith(prefixes)
    }  # fmt: skip
    into |= found | {(module, "") for module, _ in found}


def swap(module: ModuleType, tree: ast.Module) -> None:
    """Put changed code into a module in its place: its functions and classes stay the ones that others know.

    A constant that another module took by name is replaced there too; what others made of one at import stays.
    """
    fresh = {"__name__": module.__name__, "__file__": module.__file__, "__package__": module.__package__}
    exec(compile(tree, module.__file__, "exec"), fresh)
    _take_over(module, fresh)
    fresh.clear()
    gc.collect()  # a rule class that is made anew must not be found beside the old


def _take_over(module: ModuleType, fresh: dict) -> None:
    for name, new in list(fresh.items()):
        old, function = vars(module).get(name), _function(new)
        if isinstance(new, type) and new.__module__ == module.__name__:
            _swap_class(old, new)
        elif function is not None and function.__module__ == module.__name__:
            _swap_function(old, function)
        elif not name.startswith("__") and _is_plain(new) and repr(new) != repr(old):
            _swap_constant(name, old, new)


def _swap_constant(name: str, old, new) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("surveil", "tests")) and vars(module).get(name) is old:
            setattr(module, name, new)


def _is_plain(value) -> bool:
    return isinstance(value, int | float | str | tuple | dict | list) or type(value).__module__ == "numpy"


def _function(value) -> FunctionType | None:
    """The function in a method, a property or a wrapper."""
    for inner in ("__func__", "fget", "__wrapped__"):
        value = getattr(value, inner, None) or value
    return value if isinstance(value, FunctionType) else None


def _swap_function(holder, new: FunctionType) -> None:
    old = _function(holder)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    if hasattr(holder, "cache_clear"):
        holder.cache_clear()


def _swap_class(old: type, new: type) -> None:
    for name, value in list(vars(new).items()):
        function = _function(value)
        if function is not None and _function(vars(old).get(name)) is not None:
            _swap_function(vars(old)[name], function)
        elif name == "__dataclass_fields__" or (not name.startswith("__") and _is_plain(value)):
            setattr(old, name, value)


def _told(trials: list[Trial]) -> dict:
    """The table by module, the survivors, and the figures."""
    by_module: dict[str, Counter] = defaultdict(Counter)
    for trial in trials:
        count = by_module[trial.module]
        count["equivalent" if trial.equivalent else "mutants"] += 1
        count["caught"] += trial.caught is not None
        count["page"] += trial.caught is not None and trial.caught.startswith(PAGE)
    print(f"{'module':<28}{'mutants':>8}{'caught':>8}{'share':>8}{'page alone':>12}{'equivalent':>12}")
    for module, count in [*by_module.items(), ("all", sum(by_module.values(), Counter()))]:
        share = 100 * count["caught"] / max(count["mutants"], 1)
        print(
            f"{module:<28}{count['mutants']:>8}{count['caught']:>8}{share:>7.1f}%{count['page']:>12}{count['equivalent']:>12}"
        )
    for trial in trials:
        if trial.caught is None and not trial.equivalent:
            print(f"not noticed: {trial}")
    total = sum(by_module.values(), Counter())
    kinds = {k: _share([t for t in trials if t.mutant.kind == k]) for k in sorted({t.mutant.kind for t in trials})}
    return {
        **{name: total[name] for name in ("mutants", "caught", "page", "equivalent")},
        "share": round(total["caught"] / max(total["mutants"], 1), 4),
        "share_by_kind": kinds,
        "share_by_module": {m: round(c["caught"] / max(c["mutants"], 1), 3) for m, c in by_module.items()},
    }


def _share(trials: list[Trial]) -> float:
    tried = [trial for trial in trials if not trial.equivalent]
    return round(sum(trial.caught is not None for trial in tried) / max(len(tried), 1), 3)
