"""The faults that a mutation run puts into code are those that it says."""

import ast

import pytest

from benchmarks._mutations import mutants, mutated, step

SOURCE = """
QUIET_S = 300.0

class Params:
    min_kn: float = param(4.0, "kn", "assumed")

class Rule:
    def evaluate(self, view):
        p = self.params
        return (view.sog_kn >= p.min_kn) & ~view.small and view.reports > 20

    def examples(cls):
        return run(12.0) >= 3
"""


def changes(kind: str) -> list[str]:
    return [m.change for m in mutants(ast.parse(SOURCE), {}) if m.kind == kind]


@pytest.mark.parametrize(("kind", "found"), [
    ("constant", ["QUIET_S = 300.0 -> QUIET_S = 330.0", "QUIET_S = 300.0 -> QUIET_S = 270.0"]),
    ("default", ["min_kn = 4.0 -> min_kn = 4.4", "min_kn = 4.0 -> min_kn = 3.6"]),
    ("use", ["p.min_kn -> p.min_kn + 0.4", "p.min_kn -> p.min_kn - 0.4"]),
    ("number", ["20 -> 21", "20 -> 19"]),
    ("turned", ["view.sog_kn >= p.min_kn -> view.sog_kn < p.min_kn", "view.reports > 20 -> view.reports <= 20"]),
    ("edge", ["view.sog_kn >= p.min_kn -> view.sog_kn > p.min_kn", "view.reports > 20 -> view.reports >= 20"]),
    ("connective", ["and view.reports > 20 -> or view.reports > 20", "& ~view.small -> | ~view.small"]),
    ("negation", ["~view.small -> view.small"]),
])  # fmt: skip
def test_each_kind_of_fault_is_found_and_scenes_of_examples_are_left_alone(kind, found):
    assert changes(kind) == found


def test_a_fault_changes_the_one_place_that_it_names():
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for n, mutant in enumerate(mutants(ast.parse(SOURCE), {})):
        lines = ast.unparse(mutated(SOURCE, n, {})).splitlines()
        assert sum(a != b for a, b in zip(plain, lines, strict=True)) == 1, mutant.change


def test_a_step_is_a_tenth_or_the_finest_that_tells():
    assert [step(*of) for of in ((600, "s"), (30, "s"), (0.5, "kn"), (20.0, "kn"), (3, ""), (0.85, ""))] == [
        60, 10, 0.1, 2.0, 1, 0.085,
    ]  # fmt: skip
