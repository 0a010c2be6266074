"""Where things live and what may import what, read from the source of every module."""

import ast
from pathlib import Path

import pytest

import surveil

ROOT = Path(surveil.__file__).parent
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text("utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
    if "_data" not in path.parts
}
"""Syntax tree by module, named without the leading ``surveil.``; the package itself is ``__init__``."""

LAYERS = (
    ("__init__", "kernels"),
    ("errors", "resources", "words"),
    ("schema", "alert", "config", "files"),
    ("geo", "areas", "identity", "ledger", "forecast"),
    ("decode",),
    ("sources",),
    ("archive",),
    ("tracks",),
    ("fusion",),
    ("rules",),
    ("alerts",),
    ("registry",),
    ("engine",),
    (
        "run",
        "scale",
        "simulate",
        "evaluate",
        "info",
        "outputs",
        "trackfiles",
        "fetch",
        "learning",
        "report",
        "console",
        "console_alerts",
        "cli",
        "options",
        "study",
        "cli_alerts",
        "warm",
        "contract",
        "live",
        "cli_live",
        "cli_accounts",
        "web",
        "__main__",
    ),
)
"""A module imports its own layer and those before it; a stage is a layer of its own."""
RANK = {package: rank for rank, layer in enumerate(LAYERS) for package in layer}
TOP = LAYERS[-1]
STAGES = ("tracks", "rules", "alerts")

READ_THE_CLOCK = {
    "engine": {"perf_counter"}, "run": {"perf_counter", "time"}, "live.clock": {"time", "monotonic"},
}  # fmt: skip
"""Who may read which clock: laps for the summary; now, to refuse times in the future; when a feed was received."""
CLOCKS = {
    "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "now", "utcnow",
    "today", "localtime", "gmtime",
}  # fmt: skip


def package_of(module: str) -> str:
    return module.partition(".")[0]


def imports(module: str) -> set[str]:
    """Modules of ours that a module imports anywhere, without the leading ``surveil.``."""
    found = set()
    for node in ast.walk(SOURCES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "surveil" else {node.module}
            )
    ours = {name.removeprefix("surveil.") for name in found if name.partition(".")[0] == "surveil"}
    return {name if package_of(name) in RANK else "__init__" for name in ours}


def calls(tree: ast.AST):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def modules_in(*packages: str) -> list[str]:
    return [module for module in SOURCES if package_of(module) in packages]


def test_every_module_has_its_place():
    assert {package_of(module) for module in SOURCES} <= RANK.keys()


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_imports_nothing_above_it(module):
    above = {name for name in imports(module) if RANK[package_of(name)] > RANK[package_of(module)]}
    assert not above


@pytest.mark.parametrize("module", modules_in("kernels"))
def test_a_kernel_imports_nothing_of_ours_but_kernels(module):
    assert {package_of(name) for name in imports(module)} <= {"kernels"}


@pytest.mark.parametrize("module", modules_in("schema", "errors", "alert", "resources", "config", "files"))
def test_the_core_types_know_nothing_of_the_stages(module):
    assert {package_of(name) for name in imports(module)} <= {"errors", "words"}


def test_only_the_engine_and_what_stands_on_it_knows_all_stages():
    joins = {m for m in SOURCES if {package_of(name) for name in imports(m)} - {package_of(m)} >= set(STAGES)}
    assert {package_of(m) for m in joins} - {"engine", *TOP} == set()


@pytest.mark.parametrize("module", modules_in("tracks", "rules", "alerts", "engine"))
def test_no_stage_after_the_decoder_knows_where_rows_come_from(module):
    assert not {package_of(name) for name in imports(module)} & {"sources", "decode"}


@pytest.mark.parametrize("module", SOURCES)
def test_no_module_but_a_few_reads_the_clock(module):
    read = {
        call.func.attr
        for call in calls(SOURCES[module])
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in CLOCKS
        and isinstance(call.func.value, ast.Name | ast.Attribute)
        and ast.unparse(call.func.value)
        in ("time", "datetime", "dt", "dt.datetime", "datetime.datetime", "date", "dt.date")
    }
    assert read <= READ_THE_CLOCK.get(module, set())


@pytest.mark.parametrize("module", SOURCES)
def test_no_clock_is_imported_by_name(module):
    for node in ast.walk(SOURCES[module]):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            assert not {alias.name for alias in node.names} & CLOCKS


@pytest.mark.parametrize("module", SOURCES)
def test_chance_is_seeded_and_only_where_nights_are_made_or_drawn(module):
    text = ast.unparse(SOURCES[module])
    if package_of(module) not in ("simulate", "evaluate"):
        assert "import random" not in text
        assert ".random" not in text
    assert "default_rng()" not in text


def decorators(tree: ast.AST):
    """(function, decorator) of every function compiled by numba."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if any(name in ast.unparse(decorator) for name in ("njit", "jit", "vectorize")):
                    yield node, decorator


@pytest.mark.parametrize("module", SOURCES)
def test_compiled_functions_live_in_kernels_are_cached_and_release_the_lock(module):
    for function, decorator in decorators(SOURCES[module]):
        assert package_of(module) == "kernels", function.name
        assert isinstance(decorator, ast.Call), function.name
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in decorator.keywords}
        assert options.get("cache") == options.get("nogil") == "True", function.name
        assert "fastmath" not in options, function.name


ORDERED = ("archive", "tracks", "rules", "alerts", "engine", "registry", "sources", "ledger", "run", "outputs")


def iterated(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension):
            yield node.iter
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("list", "tuple", "enumerate", "iter"):
            yield from node.args[:1]
        elif isinstance(node, ast.Starred):
            yield node.value


@pytest.mark.parametrize("module", modules_in(*ORDERED))
def test_nothing_iterates_a_set(module):
    """Best effort: sets made on the spot, and the difference or union of keys."""
    for node in iterated(SOURCES[module]):
        text = ast.unparse(node)
        assert not isinstance(node, ast.Set | ast.SetComp), text
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func) in ("set", "frozenset")), text
        assert not (isinstance(node, ast.BinOp) and ".keys()" in text), text


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_fits_in_one_sitting(module):
    last = max((getattr(node, "end_lineno", 0) or 0 for node in ast.walk(SOURCES[module])), default=0)
    assert last <= 400


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_says_what_it_is_for(module):
    if SOURCES[module].body:
        assert ast.get_docstring(SOURCES[module])
