"""Errors that a user can act on: each names the place (file, line) and the cause."""

from __future__ import annotations


class SurveilError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    cause : what is wrong, in words a tired watch officer understands.
    source : file, feed or config the trouble is in, if known.
    line : 1-based line in that source, if known.
    raw : the offending bytes, if they help.
    """

    exit_code = 1

    def __init__(self, cause: str, *, source: str | None = None, line: int | None = None, raw: bytes | None = None):
        self.cause, self.source, self.line, self.raw = cause, source, line, raw
        super().__init__(str(self))

    def __str__(self) -> str:
        place = (
            "" if self.source is None else f"{self.source}: " if self.line is None else f"{self.source}:{self.line}: "
        )
        shown = "" if self.raw is None else f" [{self.raw[:80].decode('ascii', 'backslashreplace')}]"
        return f"{place}{self.cause}{shown}"


class InputError(SurveilError):
    """A source cannot be read, or not to its end."""

    exit_code = 3


class NoTimeError(InputError):
    """A source carries AIS but nothing that says when."""


class ConfigError(SurveilError):
    """A setting is unknown, out of range or of the wrong kind."""

    exit_code = 2


class GeodataError(SurveilError):
    """A geodata file is missing or does not follow the schema."""

    exit_code = 2


class StoreError(SurveilError):
    """The alert store or an output folder cannot be written or read."""

    exit_code = 4
