"""/api: the picture, alerts and what may be done to them, the past, exports. Its OpenAPI is at /api/openapi.json."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from surveil.alert import Alert
from surveil.alerts.acts import KINDS
from surveil.errors import StoreError
from surveil.live.picture import Snapshot
from surveil.report.encode import plain
from surveil.web import exports, handover, layers, wire
from surveil.web.access import COOKIE, Admin, Operator, Viewer, access_of, address_of

_DENIED = {401: {"description": "Not logged in."}}
_FORBIDDEN = {**_DENIED, 403: {"description": "The role does not allow it."}}
_MISSING = {404: {"description": "There is none."}}
_BAD = {
    400: {"description": "Not what it should be."}, 413: {"description": "Longer than allowed."},
}  # fmt: skip
_MAPPED = {200: {"description": "The features.", "content": {"application/geo+json": {}}}}
_EXPORTED = {200: {"description": "The targets.", "content": {media: {} for media in exports.MEDIA}}}

router = APIRouter(prefix="/api", responses=_BAD)
_LAST_MS = 4_102_444_800_000
"""2100: the end of what may be asked for."""

Lang = Annotated[Literal["en", "fr"], Query(description="Language of the sentences.")]
TimeMs = Annotated[int, Query(ge=0, le=_LAST_MS, description="UTC ms.")]
AlertId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Text = Annotated[str, Field(max_length=500)]


class Login(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class Doing(BaseModel):
    """What is to be done to an alert. ``by`` counts only where there are no accounts."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal[KINDS]
    why: Text = ""
    by: Annotated[str, Field(max_length=64)] = ""
    until_ms: Annotated[int, Field(ge=0, le=_LAST_MS)] | None = None
    assigned: Annotated[str, Field(max_length=64)] | None = None


@router.get("/session", responses=_DENIED)
def session(request: Request, who: Viewer) -> dict:
    """Who one is, and the secret that actions must carry in X-CSRF-Token."""
    return {"name": who.name, "role": who.role, "csrf": who.csrf, "accounts": not access_of(request).open}


@router.post("/login", responses={**_DENIED, 429: {"description": "Too many wrong passwords; wait."}})
def login(request: Request, response: Response, body: Login) -> dict:
    """Log in; the session is a cookie that scripts cannot read."""
    access, address = access_of(request), address_of(request)
    whose = (f"name {body.name}", f"address {address}")
    if wait_s := access.tries.wait_s(*whose):
        raise HTTPException(429, f"too many wrong passwords; wait {wait_s} s", {"retry-after": str(wait_s)})
    if not access.accounts.right(body.name, body.password):
        access.tries.wrong(*whose)
        access.accounts.audit(body.name, address, "log-in refused")
        raise HTTPException(401, "wrong name or password")
    lasts_s = round(access.settings.session_h * 3600)
    secret, who = access.accounts.begin(body.name, lasts_s * 1000)
    access.accounts.audit(body.name, address, "log-in")
    response.set_cookie(COOKIE, secret, max_age=lasts_s, httponly=True, samesite="strict", path="/",
                        secure=not access.settings.plain_cookies)  # fmt: skip
    return {"name": who.name, "role": who.role, "csrf": who.csrf, "accounts": True}


@router.post("/logout", responses=_DENIED)
def logout(request: Request, response: Response, who: Viewer) -> dict:
    """End the session."""
    access = access_of(request)
    access.accounts.end(request.cookies.get(COOKIE, ""))
    access.accounts.audit(who.name, address_of(request), "log-out")
    response.delete_cookie(COOKIE, path="/")
    return {}


@router.get("/snapshot", responses=_DENIED)
def snapshot(request: Request, who: Viewer) -> Response:
    """The picture of now: targets as rows of `fields`, alerts by risk to life, feeds."""
    return _json(wire.whole(_watch(request).snapshot()))


@router.get("/status", responses=_DENIED)
def status(request: Request, who: Viewer) -> dict:
    """Feeds, lag, timing, counters and troubles."""
    return wire.status_of(_watch(request).snapshot()) | {"pages": request.app.state.hub.pages}


@router.get("/map", responses={**_DENIED, **_MAPPED}, response_class=Response)
def map_(request: Request, who: Viewer) -> Response:
    """Coast, lanes, lines and places, as GeoJSON."""
    headers = {"cache-control": "private, max-age=3600"}
    return Response(request.app.state.map, media_type="application/geo+json", headers=headers)


@router.get("/reception", responses={**_DENIED, **_MAPPED}, response_class=Response)
def reception(request: Request, who: Viewer) -> Response:
    """How well what is there is heard, as GeoJSON: cells with the share of the reports due that came."""
    found = _watch(request).reception()
    return Response(layers.reception_of(*found) if found else layers.NOTHING, media_type="application/geo+json")


@router.get("/targets/{mmsi}/track", responses=_DENIED)
def track(
    request: Request, who: Viewer, mmsi: Annotated[int, Path(ge=-(2**31), lt=2**31)], since_ms: TimeMs = 0,
    hull: Annotated[int, Query(ge=0, le=100)] = 0,
) -> dict:  # fmt: skip
    """Where a target has been: t_ms, lon, lat, sog_kn, cog_deg, oldest first; empty if it was not heard.

    Negative numbers are contacts.
    """
    return plain(_watch(request).tracks(mmsi, since_ms, hull))


@router.get("/alerts/{id}", responses={**_DENIED, **_MISSING})
def alert(request: Request, who: Viewer, id: AlertId, lang: Lang = "en") -> dict:
    """One alert whole: its evidence and its timeline."""
    body = _alert(_watch(request).snapshot(), id).in_language(lang).to_dict()
    return plain({name: value for name, value in body.items() if name != "words"})


@router.get("/alerts/{id}/drift", responses={**_DENIED, **_MISSING})
def drift(request: Request, who: Viewer, id: AlertId) -> dict:
    """Where the target of an alert about a small craft will be, and may be from, by its last report."""
    shown = _watch(request).snapshot()
    return layers.drift_of(_alert(shown, id), shown, request.app.state.water, _watch(request).areas)


@router.post("/alerts/{id}/acts", responses={**_FORBIDDEN, **_MISSING, 409: {"description": "It does not fit."}})
async def act(request: Request, who: Operator, id: AlertId, body: Doing) -> dict:
    """Acknowledge, silence, close, reopen, note or assign; it is on disk when this answers."""
    by = who.name or body.by.strip()
    wanted = (body.kind, id, by, body.why.strip(), body.until_ms, body.assigned)
    _alert(_watch(request).snapshot(), id)
    try:
        done = await run_in_threadpool(_watch(request).act, *wanted)
    except StoreError as error:
        raise HTTPException(409, error.cause) from None
    access_of(request).accounts.audit(by, address_of(request), body.kind, f"{id} {body.why}".strip())
    return {"alert_id": done.alert_id, "kind": done.kind, "by": done.by, "t_ms": done.t_ms}


@router.get("/past", responses=_DENIED)
def past(request: Request, who: Viewer) -> dict:
    """From when to when pictures are kept; null if none are."""
    span = _watch(request).past.span_ms()
    return {"span_ms": span}


@router.get("/past/{t_ms}", responses={**_DENIED, **_MISSING})
def past_at(request: Request, who: Viewer, t_ms: Annotated[int, Path(ge=0, le=_LAST_MS)]) -> Response:
    """The picture as it was, to the minute."""
    return _json(wire.whole(_then(request, t_ms)))


@router.get("/export", responses={**_DENIED, **_MISSING, **_EXPORTED}, response_class=Response)
def export(
    request: Request, who: Viewer,
    format: Annotated[Literal["geojson", "kml", "gpx", "csv"], Query()] = "geojson",
    keys: Annotated[str, Query(max_length=20_000, description="Targets, with commas between; all if empty.")] = "",
    bbox: Annotated[str, Query(max_length=100, pattern=exports.BOX, description="west,south,east,north, degrees")] = "",
    t_ms: Annotated[int | None, Query(ge=0, le=_LAST_MS)] = None,
) -> Response:  # fmt: skip
    """Targets of a picture, in a format of others."""
    shown = _watch(request).snapshot() if t_ms is None else _then(request, t_ms)
    chosen = exports.chosen(shown, [k for k in keys.split(",") if k], exports.box_of(bbox))
    body, media = exports.FORMATS[format](chosen, shown)
    name = f"surveil-{exports.stamp(shown.t_ms)}.{format}"
    return Response(body, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})


@router.get("/handover", responses=_DENIED, response_class=HTMLResponse)
def hand_over(
    request: Request, who: Viewer, lang: Lang = "en", hours: Annotated[float, Query(gt=0, le=72)] = 12.0,
    file: Annotated[bool, Query()] = False,
) -> Response:  # fmt: skip
    """The report of the watch, to print or to keep."""
    shown = _watch(request).snapshot()
    page = handover.page(shown, round(hours * 3_600_000), lang, who.name)
    headers = {"content-security-policy": handover.POLICY}
    if file:
        headers["content-disposition"] = f'attachment; filename="hand-over-{exports.stamp(shown.t_ms)}.html"'
    return HTMLResponse(page, headers=headers)


@router.get("/audit", responses=_FORBIDDEN)
def audit(
    request: Request, who: Admin, before: Annotated[int, Query(ge=1, lt=2**53)] = 2**53 - 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict]:  # fmt: skip
    """Log-ins and actions, the latest first."""
    return access_of(request).accounts.audited(before, limit)


def _watch(request: Request):
    return request.app.state.watch


def _alert(shown: Snapshot, id: str) -> Alert:
    if id not in shown.alerts:
        raise HTTPException(404, "no such alert, or it ended long ago")
    return shown.alerts[id]


def _then(request: Request, t_ms: int) -> Snapshot:
    found = _watch(request).history(t_ms)
    if found is None:
        raise HTTPException(404, "no picture of then is kept")
    return found


def _json(message: dict) -> Response:
    return Response(wire.text(message), media_type="application/json")
