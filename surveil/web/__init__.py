"""The console: a watch on a screen, in any browser of this machine or, with accounts, of others."""

from surveil.web.server import app

__all__ = ["app"]
