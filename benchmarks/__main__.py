"""`python -m benchmarks NAME [--json]`; without a name, a list of what there is."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys

import benchmarks

NAMES = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))


def main() -> int:
    if len(sys.argv) == 1:
        for name in NAMES:
            first_line = (importlib.import_module(f"benchmarks.{name}").__doc__ or "").strip().splitlines()[0]
            print(f"{name:<12} {first_line}")
        return 0
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="end with one JSON object on the last line")
    known, rest = parser.parse_known_args()
    module = importlib.import_module(f"benchmarks.{known.name}")
    extra = argparse.ArgumentParser(prog=f"python -m benchmarks {known.name}", description=module.__doc__)
    if hasattr(module, "arguments"):
        module.arguments(extra)
    figures = module.run(extra.parse_args(rest))
    if known.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
