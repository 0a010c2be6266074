"""The page of rules says what the rules say."""

import importlib.util
from pathlib import Path

from surveil.registry import rule_classes

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("write_rules_doc", ROOT / "tools" / "write_rules_doc.py")
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)


def test_the_page_of_rules_is_up_to_date():
    assert tool.PAGE.read_text("utf-8") == tool.page(rule_classes()), "run tools/write_rules_doc.py"


def test_every_rule_and_every_setting_is_on_the_page():
    text = tool.PAGE.read_text("utf-8")
    for name, cls in rule_classes().items():
        assert f"## {name}\n" in text
        for setting in cls.Params.__dataclass_fields__:
            assert f"| `{setting}` |" in text
