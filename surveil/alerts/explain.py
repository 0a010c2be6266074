"""An alert for people to read: its path of decisions, how near each was, what almost fired, and the input lines."""

from __future__ import annotations

from surveil.alert import Alert, Compared
from surveil.alerts.store import AlertStore
from surveil.words import LANGUAGES, Words, translated

_OVER, _UNDER, _BETWEEN = (">", ">="), ("<", "<="), "between"


def bounds(compared: Compared) -> tuple[float | None, float | None]:
    """The least and the most that the value might be, None where there is no such bound."""
    threshold = compared.threshold
    if compared.op == _BETWEEN and isinstance(threshold, Words):
        return threshold.values["low"], threshold.values["high"]
    if not isinstance(threshold, int | float):
        return None, None
    return (threshold, None) if compared.op in _OVER else (None, threshold) if compared.op in _UNDER else (None, None)


def margin(compared: Compared) -> float | None:
    """How much the value could change before the comparison came out otherwise; None where no number says.

    Negative for one that did not hold.
    """
    if isinstance(compared.value, str):
        return None
    low, high = bounds(compared)
    away = [compared.value - low] if low is not None else []
    away += [high - compared.value] if high is not None else []
    return round(min(away), 6) if away else None


def turns(compared: Compared) -> Words | str:
    """What would have to change for the comparison to come out otherwise; nothing where no number says."""
    left = margin(compared)
    if left is None:
        return ""
    low, high = bounds(compared)
    values = {"unit": compared.unit, "left": abs(float(left))}
    if left < 0:
        return Words("{left:g} {unit:name} short", **values)
    nearer_low = high is None or (low is not None and compared.value - low <= high - compared.value)
    if nearer_low:
        return Words("not under {bound:g} ({left:g} {unit:name} less)", bound=float(low), **values)
    return Words("not over {bound:g} ({left:g} {unit:name} more)", bound=float(high), **values)


def tightest(compared: tuple[Compared, ...]) -> int | None:
    """Which comparison was the nearest to coming out otherwise, as a share of its threshold; None if no number says."""
    shares = []
    for n, each in enumerate(compared):
        left, (low, high) = margin(each), bounds(each)
        scale = max(abs(bound) for bound in (low, high, 0.0) if bound is not None)
        if left is not None and scale > 0:
            shares.append((left / scale, n))
    return min(shares)[1] if shares else None


def expanded(store: AlertStore, alert: Alert, lang: str = "en") -> dict:
    """An alert as plain values in one language, with the names of its sources and the text of its input lines.

    Besides the fields of :class:`surveil.alert.Alert`: ``sentences`` by language; ``turns`` of each comparison, what
    would have changed it, and ``tightest``; ``others``, the other alerts of its incident.
    """
    names, told = store.source_names(), alert.in_language(lang)
    body = told.to_dict()
    del body["words"]
    body["sentences"] = {code: translated(alert.sentence, code)[:] for code in LANGUAGES}
    body["subjects"] = [{"mmsi": alert.mmsi, "name": alert.name or None}]
    evidence = body["evidence"]
    evidence["compared"] = _steps(alert.evidence.compared, evidence["compared"], lang)
    for almost, plain in zip(alert.evidence.almost, evidence["almost"], strict=True):
        (plain["lacked"],) = _steps((almost.lacked,), [plain["lacked"]], lang)
    for change, plain in zip(alert.history, body["history"], strict=True):
        plain["compared"] = _steps(change.compared, plain["compared"], lang)
    evidence["inputs"] = [
        {"source": names.get(row.source, str(row.source)), "line": row.line, "t_ms": row.t_ms,
         "raw": store.line(row.source, row.line)}
        for row in alert.evidence.inputs
    ]  # fmt: skip
    body["others"] = [
        {"id": a.id, "rule": a.rule, "state": a.state, "t_raised_ms": a.t_raised_ms,
         "sentence": translated(a.sentence, lang)[:]}
        for a in store.incident(alert.incident) if a.id != alert.id
    ]  # fmt: skip
    return body


def _steps(compared: tuple[Compared, ...], plain: list[dict], lang: str) -> list[dict]:
    """Comparisons as plain values, each with what would have changed it."""
    nearest = tightest(compared)
    return [
        {**values, "turns": translated(turns(each), lang)[:], "tightest": n == nearest}
        for n, (each, values) in enumerate(zip(compared, plain, strict=True))
    ]
