"""The report of a watch: a page that prints, and needs nothing else when it is kept as a file."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable

from surveil.alert import MACHINE, Alert, Change, urgency
from surveil.live.picture import FeedHealth, Snapshot
from surveil.words import Words, translated

_STYLE = """
body{font:11pt/1.45 system-ui,sans-serif;max-width:48em;margin:2em auto;padding:0 1em;color:#111;background:#fff}
h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.6em 0 .4em;border-bottom:2px solid #111}
.sim{border:3px solid #a00;color:#a00;padding:.4em .8em;font-weight:700}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25em .5em;border-bottom:1px solid #bbb}th{font-size:.85em}
article{margin:0 0 1em;break-inside:avoid}article p{margin:.15em 0}.quiet{color:#555}
.sign{margin-top:3em;display:flex;gap:3em}.sign span{flex:1;border-top:1px solid #111;padding-top:.3em}
@media print{body{margin:0;max-width:none}}
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode() + "'"
)  # fmt: skip


class _Page:
    """Writes one report in one language."""

    def __init__(self, lang: str):
        self.lang = lang

    def say(self, english: str) -> str:
        return html.escape(translated(english, self.lang))

    def clock(self, t_ms: int) -> str:
        """UTC and the local time of the watch."""
        return html.escape(translated(Words("{t:clock}", t=t_ms), self.lang)) if t_ms > 0 else "–"

    def table(self, heads: Iterable[str], rows: list[Iterable[str]]) -> str:
        if not rows:
            return f"<p>{self.say('None.')}</p>"
        head = "".join(f"<th>{self.say(text)}</th>" for text in heads)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def alerts(self, alerts: list[Alert]) -> str:
        return "".join(self.alert(a) for a in alerts) or f"<p>{self.say('None.')}</p>"

    def alert(self, alert: Alert) -> str:
        said = alert.in_language(self.lang)
        assigned = f", {self.say('assigned to')} {html.escape(alert.assigned)}" if alert.assigned else ""
        return (
            f"<article><p><b>{self.say(alert.severity)}, {self.say(alert.state)}</b>{assigned} "
            f'<span class="quiet">{self.say("risk to life")} {alert.risk_to_life:.2f}, {self.say("since")} '
            f"{self.clock(alert.t_start_ms)}, {alert.id}</span></p><p>{html.escape(said.sentence)}</p></article>"
        )

    def acts(self, alerts: list[Alert], since_ms: int) -> str:
        done = [(c, a) for a in alerts for c in a.history if c.by != MACHINE and c.t_ms >= since_ms]
        done.sort(key=lambda pair: pair[0].t_ms)
        return self.table(("Time", "Who", "What", "Alert", "Why"), [self._act(*pair) for pair in done])

    def _act(self, change: Change, alert: Alert) -> tuple[str, ...]:
        whose = html.escape(f"{alert.name or alert.mmsi} ({alert.id})")
        return self.clock(change.t_ms), html.escape(change.by), self.say(change.event), whose, html.escape(change.why)

    def feeds(self, feeds: tuple[FeedHealth, ...]) -> str:
        rows = [
            (html.escape(f.name), f"{self.say(f.state)} {html.escape(f.cause)}",
             "–" if f.lag_s is None else f"{f.lag_s:.0f} s", str(f.gaps), f"{f.refused} / {f.lines}")
            for f in feeds
        ]  # fmt: skip
        return self.table(("Name", "State", "Lag", "Losses", "Refused"), rows)


def page(now: Snapshot, length_ms: int, lang: str, by: str) -> str:
    """The watch that ends now, ``length_ms`` long, as HTML in ``lang``."""
    write, since_ms = _Page(lang), now.t_ms - length_ms
    alerts = sorted(now.alerts.values(), key=urgency)
    open_ = [a for a in alerts if not a.ended]
    ended = [a for a in alerts if a.ended and a.history[-1].t_ms >= since_ms]
    say = write.say
    made_by = f", {say('made by')} {html.escape(by)}" if by else ""
    parts = [
        f"<h1>{say('Hand-over of the watch')}</h1>",
        f"<p>{say('From')} {write.clock(since_ms)} {say('to')} {write.clock(now.t_ms)}{made_by}</p>",
        f'<p class="sim">{say("SIMULATED: nothing in this report happened")}</p>' if now.simulated else "",
        f"<h2>{say('Incidents still open')} ({len(open_)})</h2>", write.alerts(open_),
        f"<h2>{say('What was done')}</h2>", write.acts(alerts, since_ms),
        f"<h2>{say('Ended during this watch')} ({len(ended)})</h2>", write.alerts(ended),
        f"<h2>{say('Feeds')}</h2>", write.feeds(now.feeds),
        *([f"<h2>{say('Troubles')}</h2>"] if now.troubles else []), *(f"<p>{html.escape(t)}</p>" for t in now.troubles),
        f'<p class="sign"><span>{say("Handed over by")}</span><span>{say("Taken over by")}</span></p>',
    ]  # fmt: skip
    title = say("Hand-over of the watch")
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )
