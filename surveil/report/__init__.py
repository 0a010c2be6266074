"""The offline report: one self-contained HTML page with a map, a time slider and a page per alert."""

from surveil.report.page import write_report

__all__ = ["write_report"]
