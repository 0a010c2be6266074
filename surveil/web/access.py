"""Who asks, and whether they may: what the routes depend on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, HTTPException
from fastapi.requests import HTTPConnection

from surveil.web.accounts import Accounts, Identity, Tries
from surveil.web.settings import WebConfig

COOKIE = "surveil_session"


class Access:
    """Accounts if they are asked for; otherwise whoever sits at this machine is everything.

    ``open`` says that there are no accounts. ``local`` is who sits at this machine then; its CSRF secret is new with
    each start.
    """

    def __init__(self, accounts: Accounts, settings: WebConfig, now_ms: Callable[[], int], *, open: bool):
        self.accounts, self.settings, self.open = accounts, settings, open
        self.tries = Tries(settings.login_tries, settings.login_wait_s, now_ms)
        self.local = Identity("", "admin", secrets.token_urlsafe(32))

    def who(self, connection: HTTPConnection) -> Identity | None:
        """By token, by session, or because there are no accounts."""
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if token:
            return self.accounts.token(token) if scheme.lower() == "bearer" else None
        if self.open:
            return self.local
        secret = connection.cookies.get(COOKIE)
        return self.accounts.session(secret) if secret else None


def address_of(connection: HTTPConnection) -> str:
    """Where a request is from, as far as the server knows."""
    return connection.client.host if connection.client else ""


def access_of(connection: HTTPConnection) -> Access:
    """The application's."""
    return connection.app.state.access


def _looker(connection: HTTPConnection, access: Annotated[Access, Depends(access_of)]) -> Identity:
    who = access.who(connection)
    if who is None:
        raise HTTPException(401, "log in", {"www-authenticate": "Bearer"})
    return who


Viewer = Annotated[Identity, Depends(_looker)]


def _operator(who: Viewer, x_csrf_token: Annotated[str, Header(max_length=100)] = "") -> Identity:
    if not who.may("operator"):
        raise HTTPException(403, "an operator may do that, a viewer may not")
    if not who.sent(x_csrf_token):
        raise HTTPException(403, "the page is out of date; load it again")
    return who


def _admin(who: Viewer) -> Identity:
    if not who.may("admin"):
        raise HTTPException(403, "only an admin may see that")
    return who


Operator = Annotated[Identity, Depends(_operator)]
Admin = Annotated[Identity, Depends(_admin)]
