"""A rule in another package is found, runs, and is told of: the one of docs/writing-a-rule.md, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"toml": ["pyproject.toml"], "python": ["anchored_rule.py", "test_anchored_rule.py"]}
ENTRY = "[surveil.rules]\nanchored_in_lane = anchored_rule:AnchoredInLane\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The files of the page, and what an installer makes of the entry point."""
    folder = tmp_path_factory.mktemp("package")
    text = (ROOT / "docs" / "writing-a-rule.md").read_text("utf-8")
    for language, names in NAMES.items():
        blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        for name, block in zip(names, blocks, strict=True):
            (folder / name).write_text(block, "utf-8")
    info = folder / "anchored_rule-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: anchored-rule\nVersion: 0.1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(ENTRY, "utf-8")
    return folder


def python(package: Path, *args: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join((str(package), str(ROOT)))
    env = {**os.environ, "PYTHONPATH": path}
    return subprocess.run([sys.executable, *args], cwd=package, env=env, capture_output=True, text=True, check=False)


def test_the_page_declares_the_entry_point_that_is_tested(package):
    import tomllib

    declared = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    lines = [f"{name} = {target}" for name, target in declared["surveil.rules"].items()]
    assert "\n".join(["[surveil.rules]", *lines, ""]) == ENTRY


def test_the_rule_of_the_page_keeps_the_contract(package):
    done = python(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_anchored_rule.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_of_another_package_is_listed_and_on_the_page_of_rules(package):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import write_rules_doc as w\n"
        "from surveil.registry import rule_classes\n"
        "print(w.page(rule_classes()))"
    )
    done = python(package, "-c", code, str(ROOT / "tools"))
    assert done.returncode == 0, done.stderr
    assert "## anchored_in_lane" in done.stdout
    assert "- fires: at anchor in the SW lane for 15 min" in done.stdout


def test_a_rule_that_breaks_the_contract_is_told_by_name():
    from surveil.contract import check_examples

    with pytest.raises(AssertionError, match="bare: no example fires"):
        check_examples(SimpleNamespace(name="bare", examples=lambda: iter(())))
