"""An installed wheel works from any folder: everything it needs travels inside it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from surveil import __version__

ROOT = Path(__file__).resolve().parent.parent
NETWORK = (
    "no matching distribution",
    "connection",
    "network",
    "temporary failure",
    "timed out",
    "could not fetch",
    "dns error",
)
"""What pip and uv say when the build backend is not installed and cannot be fetched."""


def ran(*command, **how) -> subprocess.CompletedProcess:
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **how)


def pip() -> list[str] | None:
    """A pip: of this environment, or of the Python that is first on the path."""
    for python in (sys.executable, shutil.which("python3")):
        if python and ran(python, "-m", "pip", "--version").returncode == 0:
            return [python, "-m", "pip", "--disable-pip-version-check"]
    return None


def succeed(*command) -> None:
    done = ran(*command)
    said = (done.stdout + done.stderr).lower()
    if done.returncode and any(sign in said for sign in NETWORK):
        pytest.skip("the build backend is not here and cannot be fetched")
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(checkout: Path, folder: Path) -> Path:
    if uv := shutil.which("uv"):
        succeed(uv, "build", "-q", "--wheel", "-o", folder, checkout)
    elif tool := pip():
        succeed(*tool, "wheel", "-q", "--no-deps", "-w", folder, checkout)
    else:
        pytest.skip("neither uv nor pip is here to build a wheel with")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder that holds the installed package and nothing of the checkout."""
    target = tmp_path_factory.mktemp("target")
    if uv := shutil.which("uv"):
        succeed(uv, "pip", "install", "-q", "--python", sys.executable, "--no-deps", "--target", target, wheel)
    else:
        succeed(*pip(), "install", "-q", "--no-deps", "--target", target, wheel)
    return target


def from_elsewhere(installed: Path, cwd: Path, *command) -> str:
    """Standard output of this Python, with the installed package alone to import, from another folder."""
    env = {**os.environ, "PYTHONPATH": str(installed)}
    done = ran(sys.executable, *command, cwd=cwd, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("folder", "inside"),
    [
        ("geodata", "_data/geodata"),
        ("configs", "_data/configs"),
        ("surveil/report/static", "report/static"),
        ("surveil/evaluate/static", "evaluate/static"),
        ("surveil/web/static", "web/static"),
    ],
)
def test_the_wheel_carries_every_data_file(wheel, folder, inside):
    files = {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = {
            name.removeprefix(f"surveil/{inside}/")
            for name in archive.namelist()
            if name.startswith(f"surveil/{inside}/")
        }
    assert files
    assert held == files


def test_the_wheel_carries_every_module_and_no_rubbish(wheel):
    modules = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "surveil").rglob("*.py") if "_data" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name for name in names if name.endswith(".py")} == modules
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "benchmarks/"))]


def test_the_wheel_carries_the_licence_and_that_of_the_geodata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
    assert {name.rpartition("licenses/")[2] for name in licences} == {"LICENSE", "geodata/SOURCES.md"}


def test_the_installed_package_finds_its_geodata_from_any_folder(installed, tmp_path):
    code = "import surveil.areas as a; print(a.__file__); print(len(a.load_areas().features))"
    where, features = from_elsewhere(installed, tmp_path, "-c", code).splitlines()
    assert Path(where).is_relative_to(installed)
    assert int(features) > 10


def test_the_installed_command_runs_from_any_folder(installed, tmp_path):
    command = installed / "bin" / "surveil"
    assert from_elsewhere(installed, tmp_path, command, "--version") == f"surveil {__version__}\n"
    assert "small_craft_crossing" in from_elsewhere(installed, tmp_path, command, "rules")


def names(requirements) -> set[str]:
    """Normalised package names (PEP 503) at the start of requirement lines."""
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in requirements)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def test_everything_the_project_depends_on_is_locked_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = names(project["project"]["dependencies"]) | names(project["dependency-groups"]["dev"])
    lock = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ").splitlines()
    pinned = [line for line in lock if re.match(r"[A-Za-z0-9]", line)]
    assert wanted <= names(pinned)
    assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def test_peers_to_compare_with_are_neither_required_nor_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    peers = names(project["dependency-groups"]["peers"])
    lock = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert {"libais", "marlin-py", "aiscat"} <= peers
    assert not peers & (names(project["project"]["dependencies"]) | names(lock))


def test_the_lock_names_no_registry():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    assert "index-url" not in lock


def test_where_no_cache_folder_can_be_written_kernels_are_compiled_into_a_temporary_one(tmp_path):
    code = (
        "import os; os.access = lambda *_: False\n"
        "import surveil.kernels; where = os.environ['NUMBA_CACHE_DIR']\n"
        "from surveil.kernels.geodesy import distance_m; print(distance_m(1.0, 51.0, 1.0, 51.0))\n"
        "print(where, len(os.listdir(where)))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | {"TMPDIR": str(tmp_path)}
    done = ran(sys.executable, "-c", code, cwd=ROOT, env=environment)
    value, where = done.stdout.splitlines()
    folder, made = where.split()
    assert float(value) == 0.0
    assert Path(folder).parent == tmp_path and int(made) > 0
