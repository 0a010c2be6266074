"""Small faults to put into a module: a threshold shifted, a comparison or a connective turned.

The operators are those that mutmut and Cosmic Ray have for numbers, comparisons and connectives, with what a rule is
made of added: settings, units, and the ``&``, ``|`` and ``~`` of arrays. Kinds of fault:

- default: the default of a setting, a step up and a step down; use: a setting so shifted where it is used;
- constant: a number of a module or class; number: one in a comparison, or given by a name with a unit (``grace_s=60``);
- turned: < to >=, == to !=, in to not in, is to is not; edge: < to <=, where what is compared is a whole number;
- connective: and to or, & to |; negation: not or ~ dropped.

A step is a tenth of the value, or the finest that tells: a tick of 10 s, the 0.1 kn of a reported speed, 1 degree,
10 m (where AIS calls a position accurate), 1 for a count or a code. 0 and 1 in a comparison are where things begin, no
thresholds; scenes of examples are no code of a rule.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

LEAST = {"s": 10, "ms": 10_000, "kn": 0.1, "deg": 1, "m": 10, "h": 0.1}
"""The finest step that tells, by unit."""
KNOWN = {"NM_M": 1852.0}
"""Constants of other modules that numbers are made of."""
_TURNED = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_EDGE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_CONNECTIVE = {ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
_CONVERSIONS = (60, 100, 1000, 3600, 60_000, 3_600_000)
_TYPES = ("int", "float", "str", "bool", "list", "tuple", "dict", "bytes")
_WHOLE = re.compile(r"(_ms|sog_kn|len|reports)$")
_CONTINUOUS = re.compile(r"(_m|share|rms|turns|odds|straight)$|^p$|(^|_)p_")


@dataclass(frozen=True)
class Mutant:
    """One fault: where, what it changes, and how (on the tree that it was found in)."""

    where: str
    line: int
    kind: str
    before: str
    after: str
    edit: Callable[[], None] = field(compare=False, repr=False)

    @property
    def change(self) -> str:
        return f"{self.before} -> {self.after}"


def step(value: float, unit: str) -> float:
    """By how much a threshold is shifted."""
    least = LEAST.get(unit, 1 if isinstance(value, int) else 0)
    size = max(0.1 * abs(value), least) if unit or not isinstance(value, int) else least
    return math.ceil(size) if isinstance(value, int) else float(f"{size:.3g}") or 0.1


def mutants(tree: ast.Module, settings: dict[str, float]) -> list[Mutant]:
    """Every fault that can be put into a module, in the order of its text.

    Parameters
    ----------
    settings : the numeric settings that it may use, by name, with their defaults; its own are added
    """
    finder = _Finder(_scenes(tree), settings | own_settings(tree))
    finder.visit(tree)
    return finder.found


def own_settings(tree: ast.Module) -> dict[str, float]:
    """The numeric settings that classes of a module have, with their defaults."""
    fields = (f for c in tree.body if isinstance(c, ast.ClassDef) for f in c.body if isinstance(f, ast.AnnAssign))
    values = {f.target.id: _value(f.value.args[0]) for f in fields if _is_setting(f)}
    return {name: value for name, value in values.items() if value is not None}


def mutated(source: str, n: int, settings: dict[str, float]) -> ast.Module:
    """A module with its n-th fault."""
    tree = ast.parse(source)
    mutants(tree, settings)[n].edit()
    return ast.fix_missing_locations(tree)


def _is_setting(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "param" and bool(value.args)


def _scenes(tree: ast.Module) -> set[str]:
    """Names of a module's functions and constants that only its examples use."""
    used: dict[bool, set[str]] = {True: set(), False: set()}
    own = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    bodies = [(n, n.name) for n in tree.body if isinstance(n, ast.FunctionDef)]
    bodies += [(m, m.name) for n in tree.body if isinstance(n, ast.ClassDef) for m in n.body
               if isinstance(m, ast.FunctionDef)]  # fmt: skip
    scenes = {"examples"}
    for _ in range(3):  # a scene may use another
        used = {True: set(), False: set()}
        for node, name in bodies:
            used[name in scenes] |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        scenes |= (used[True] & own) - used[False]
    return scenes | (used[True] - used[False])


def _value(node: ast.AST) -> float | None:
    """What a numeric expression comes to, None if it is none."""
    if isinstance(node, ast.Constant):
        return None if isinstance(node.value, bool) or not isinstance(node.value, int | float) else node.value
    if isinstance(node, ast.Name):
        return KNOWN.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow):
        parts = _value(node.left), _value(node.right)
        return (
            None if None in parts else eval(compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval"), KNOWN)
        )
    return None


def _unit(name: str) -> str:
    return name.lower().rpartition("_")[2]


class _Finder(ast.NodeVisitor):
    """Collects the faults of a tree; each knows how to put itself in."""

    def __init__(self, scenes: set[str], settings: dict[str, float]):
        self.scenes, self.settings, self.found = scenes, settings, []
        self._path: list[str] = []
        self._in_function = 0

    def _add(self, node: ast.AST, kind: str, before: str, after: str, edit: Callable[[], None]) -> None:
        self.found.append(Mutant(".".join(self._path) or "<module>", node.lineno, kind, before, after, edit))

    def _shift(self, kind: str, name: str, holder: ast.AST, slot: str, at: int | None, unit: str) -> None:
        """A number, a step up and a step down, in its place in another node."""
        node = getattr(holder, slot) if at is None else getattr(holder, slot)[at]
        value = _value(node)
        for sign in (1, -1):
            new = value + sign * step(value, unit)
            new = new if isinstance(value, int) else float(f"{new:.6g}")
            said = f"{name} = " if name else ""
            self._add(
                node, kind, f"{said}{ast.unparse(node)}", f"{said}{new}", _put(holder, slot, at, _constant(node, new))
            )

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node.name, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name not in self.scenes:
            self._in_function += 1
            self._within(node.name, [*node.args.defaults, *node.args.kw_defaults, *node.body])
            self._in_function -= 1

    def _within(self, name: str, body: list) -> None:
        self._path.append(name)
        for child in body:
            if child is not None:
                self.visit(child)
        self._path.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if _is_setting(node):
            if _value(node.value.args[0]) is not None:
                unit = node.value.args[1].value if len(node.value.args) > 1 else ""
                self._shift("default", node.target.id, node.value, "args", 0, unit)
        elif node.value is not None:
            self._assigned(node, node.target)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._assigned(node, node.targets[0])

    def _assigned(self, node, target: ast.AST) -> None:
        name = target.id if isinstance(target, ast.Name) else ast.unparse(target)
        if self._in_function:
            self.visit(node.value)
        elif name not in self.scenes and not name.lower().endswith("version"):
            self._constants(name, node, "value", None)

    def _constants(self, name: str, holder: ast.AST, slot: str, at: int | None) -> None:
        """The numbers of a constant, in tables too."""
        node = getattr(holder, slot) if at is None else getattr(holder, slot)[at]
        if node is None:
            return
        if _value(node) is not None:
            if not isinstance(node, ast.Name):
                self._shift("constant", name, holder, slot, at, _unit(name))
            return
        for slot_, value in ast.iter_fields(node):
            if isinstance(value, list):
                for i, each in enumerate(value):
                    if isinstance(each, ast.AST):
                        self._constants(name, node, slot_, i)
            elif isinstance(value, ast.expr):
                self._constants(name, node, slot_, None)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for i, op in enumerate(node.ops):
            self._operator(node, node.ops, i, "turned", _TURNED[type(op)])
            if type(op) in _EDGE and self._whole(operands[i : i + 2]):
                self._operator(node, node.ops, i, "edge", _EDGE[type(op)])
        self._numbers(node, "left", None)
        for i in range(len(node.comparators)):
            self._numbers(node, "comparators", i)
        self.generic_visit(node)

    def _operator(self, node: ast.Compare, ops: list, i: int, kind: str, new: type[ast.cmpop]) -> None:
        old, before = ops[i], ast.unparse(node)
        ops[i] = new()
        after = ast.unparse(node)
        ops[i] = old
        self._add(node, kind, before, after, lambda: ops.__setitem__(i, new()))

    def _whole(self, operands: list[ast.AST]) -> bool:
        """Whether what is compared comes in steps, so that it may lie on the edge."""
        nodes = [n for o in operands for n in ast.walk(o)]
        held = [n.value for n in nodes if isinstance(n, ast.Attribute)]
        names = [_said(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute) and n not in held]
        counts = any(type(n.value) is int for n in nodes if isinstance(n, ast.Constant))
        counts |= any(isinstance(self.settings.get(name), int) for name in names)
        uneven = any(_CONTINUOUS.search(name) for name in names)
        return (counts or any(map(_WHOLE.search, names))) and not uneven

    def _numbers(self, holder: ast.AST, slot: str, at: int | None) -> None:
        """The numbers of one side of a comparison, but for those of units and for 0 and 1."""
        node = getattr(holder, slot) if at is None else getattr(holder, slot)[at]
        value = _value(node)
        if value is not None:
            if abs(value) not in (0, 1) and value not in _CONVERSIONS:
                self._shift("number", "", holder, slot, at, "")
        elif isinstance(node, ast.BinOp):
            self._numbers(node, "left", None)
            self._numbers(node, "right", None)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._connective(node, node.values[-1])

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitAnd | ast.BitOr) and not (_is_table(node.left) or _is_table(node.right)):
            self._connective(node, node.right)
        else:
            self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.op, ast.BitAnd | ast.BitOr) and not _is_table(node.value):
            self._connective(node, node.value)
        else:
            self.generic_visit(node)

    def _connective(self, node, right: ast.AST) -> None:
        word = {ast.And: "and", ast.Or: "or", ast.BitAnd: "&", ast.BitOr: "|"}
        new = _CONNECTIVE[type(node.op)]
        text = ast.unparse(right)
        self._add(
            right, "connective", f"{word[type(node.op)]} {text}", f"{word[new]} {text}", _put(node, "op", None, new())
        )
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        for slot, value in ast.iter_fields(node):
            if slot in ("annotation", "returns", "decorator_list"):
                continue
            for i, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    self._child(node, slot, i if isinstance(value, list) else None, child)

    def _child(self, node: ast.AST, slot: str, i: int | None, child: ast.AST) -> None:
        """What is replaced whole: negations, settings where they are used, numbers given by name."""
        if isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.Not | ast.Invert):
            text = ast.unparse(child.operand)
            sign = "not " if isinstance(child.op, ast.Not) else "~"
            self._add(child, "negation", f"{sign}{text}", text, _put(node, slot, i, child.operand))
        elif isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Load) and self._is_use(child):
            self._use(node, slot, i, child)
        elif isinstance(child, ast.keyword) and self._in_function and self._has_unit(child):
            self._shift("number", child.arg, child, "value", None, _unit(child.arg))
        self.visit(child)

    def _has_unit(self, node: ast.keyword) -> bool:
        """A number given by a name such as grace_s."""
        return "_" in (node.arg or "") and _unit(node.arg) in LEAST and _value(node.value) is not None

    def _is_use(self, node: ast.Attribute) -> bool:
        return self._in_function > 0 and node.attr in self.settings and _said(node.value) in ("p", "params", "config",
                                                                                             "conditions")  # fmt: skip

    def _use(self, node: ast.AST, slot: str, i: int | None, child: ast.Attribute) -> None:
        value, text = self.settings[child.attr], ast.unparse(child)
        size = step(value, _unit(child.attr))
        for op, sign in ((ast.Add, "+"), (ast.Sub, "-")):
            new = ast.BinOp(child, op(), ast.Constant(size))
            self._add(child, "use", text, f"{text} {sign} {size}", _put(node, slot, i, new))


def _constant(node: ast.AST, value: float) -> ast.AST:
    return ast.copy_location(ast.Constant(value), node)


def _put(holder: ast.AST, slot: str, at: int | None, new: ast.AST) -> Callable[[], None]:
    """Puts another node in a place of the tree."""
    return lambda: setattr(holder, slot, new) if at is None else getattr(holder, slot).__setitem__(at, new)


def _said(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_table(node: ast.AST) -> bool:
    """A dict to be joined with another, or a type: no truth."""
    if isinstance(node, ast.Call):
        return _said(node.func) in ("state", "fromkeys")
    return isinstance(node, ast.Dict | ast.DictComp) or getattr(node, "id", "") in _TYPES
