// The alert list by risk to life, one alert whole, and what people do to it.
import { $, clock, day, h, position, span } from "./dom.js";
import { call, counters, may, session } from "./net.js";
import { severityIcon } from "./symbols.js";
import * as state from "./state.js";
import { lang, say } from "./words.js";

const SEVERITIES = ["distress", "high", "medium", "low", "info"];
const ENDED = new Set(["closed", "retracted"]);
export const ACTS = { a: "acknowledge", s: "silence", c: "close", r: "reopen", n: "note", g: "assign" };
const NEEDS_WHY = new Set(["silence", "close", "note"]);

export const ended = (alert) => ENDED.has(alert.state);
export function sorted(alerts) {
  const all = state.get("ended") === "1";
  return [...alerts.values()].filter((a) => all || !ended(a)).sort((a, b) =>
    ended(a) - ended(b) || b.risk_to_life - a.risk_to_life || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    a.t_raised_ms - b.t_raised_ms || (a.id < b.id ? -1 : 1));
}

const tags = (alert, now) => [
  h("b", { class: `s-${alert.severity}` }, say(alert.severity)),
  h("span", { class: `state ${alert.state}` }, say(alert.state) + (alert.state === "silenced" && alert.until_ms ? ` ${say("until")} ${clock(alert.until_ms, false)}` : "")),
  h("span", {}, `${say("risk")} ${alert.risk_to_life.toFixed(2)}`),
  h("span", {}, `${clock(alert.t_start_ms, false)} · ${span((alert.t_end_ms ?? now) - alert.t_start_ms)}`),
  alert.assigned ? h("span", {}, `${say("assigned")} ${alert.assigned}`) : null,
];

const drawn = new Map();
/** Draw the list; entries that have not changed stay, so that focus and scroll stay too. */
export function drawList(alerts, now) {
  const shown = sorted(alerts), list = $("list");
  const nodes = shown.map((alert) => {
    const stamp = `${lang()}|${alert.steps}|${alert.state}|${alert.assigned}|${alert.sentence[lang()]}|${Math.floor((now ?? 0) / 60000)}`;
    const old = drawn.get(alert.id);
    const node = old?.stamp === stamp ? old.node : fill(old?.node ?? entry(alert.id), alert, now);
    drawn.set(alert.id, { stamp, node });
    const picked = alert.id === state.get("alert");
    node.classList.toggle("picked", picked);
    node.firstChild.setAttribute("aria-current", picked ? "true" : "false");
    return node;
  });
  if (!nodes.length || nodes.length !== list.children.length || nodes.some((node, i) => list.children[i] !== node)) {
    const focused = document.activeElement;
    list.replaceChildren(...(nodes.length ? nodes : [h("li", { class: "none" }, say("none"))]));
    if (list.contains(focused)) focused.focus();
  }
  const open = shown.filter((a) => a.state === "open").length;
  $("n-alerts").textContent = `${open}/${shown.length}`;
  document.title = `${open ? `(${open}) ` : ""}surveil`;
}
function entry(id) {
  return h("li", { "data-id": id }, h("button", { class: "card", onclick: () => state.set({ alert: id }) }));
}
function fill(node, alert, now) {
  node.className = ended(alert) ? "ended" : alert.state;
  node.firstChild.replaceChildren(severityIcon(alert.severity), h("span", { class: "tags" }, tags(alert, now)), h("span", { class: "what" }, alert.sentence[lang()]));
  return node;
}

export function step(alerts, by) {
  const ids = sorted(alerts).map((a) => a.id);
  if (!ids.length) return;
  const at = ids.indexOf(state.get("alert"));
  const id = ids[at < 0 ? (by > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by))];
  state.set({ alert: id });
  $("list").querySelector(`[data-id="${id}"]`)?.scrollIntoView({ block: "nearest" });
}

let asked = "";
/** Show one alert whole beside the list; `past` is one of then, which can no longer be acted upon. */
export async function drawDetail(alert, past, tools) {
  const panel = $("detail"), id = alert?.id ?? "";
  panel.hidden = !id;
  if (!id) { asked = ""; tools.about(null); return; }
  const stamp = `${id}|${alert.steps}|${alert.state}|${lang()}|${past}|${session.role}`;
  if (stamp === asked) return;
  asked = stamp;
  let whole;
  try { whole = await call(`alerts/${id}?lang=${lang()}`); } catch { whole = null; }
  if (stamp !== asked) return;
  tools.about(whole?.evidence);
  if (!past && whole?.evidence.forecast.length) refreshDrift(alert, tools);
  panel.replaceChildren(
    h("div", { class: "tags" }, h("button", { onclick: () => state.set({ alert: "" }) }, `← ${say("back")}`), tags(alert, tools.now())),
    h("h3", {}, severityIcon(alert.severity), alert.sentence[lang()]),
    alert.simulated ? h("p", { class: "sim" }, say("simulated")) : null,
    h("div", { class: "acts" }, past || !may() ? null : actsFor(alert).map(([key, kind]) =>
      h("button", { "data-act": kind, title: `${say(kind)} (${key})`, onclick: () => ask(alert, kind) }, `${say(kind)} `, h("kbd", {}, key))),
    h("button", { onclick: () => tools.show(alert), title: "z" }, `${say("show")} `, h("kbd", {}, "z"))),
    whole ? h("canvas", { id: "mini", class: "mini", role: "img", "aria-label": `${say("minimap")} ${alert.lon == null ? "" : position(alert.lon, alert.lat)}` }) : null,
    whole ? evidence(whole) : null,
  );
  tools.mini();
}
const actsFor = (alert) => Object.entries(ACTS).filter(([, kind]) =>
  kind === "reopen" ? alert.state !== "open" : !(ended(alert) && ["acknowledge", "silence", "close"].includes(kind)) && !(kind === "acknowledge" && alert.state === "acknowledged"));

function table(heads, rows) {
  return h("div", { class: "scroll", tabindex: "0" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
}
const number = (value) => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value ?? "–");

function evidence(alert) {
  const { ground, compared, known_false_alarms: known, helpers, risk, forecast, origins } = alert.evidence;
  return h("div", {},
    h("p", {}, ground),
    risk.length ? h("section", {}, h("h4", {}, `${say("risk")} ${alert.risk_to_life.toFixed(2)}`), table(["", say("found"), say("odds"), say("source")],
      risk.map((part) => [part.what, `${number(part.value)} ${part.unit}`, `× ${number(part.factor)}`, part.source]))) : null,
    helpers.length ? h("section", {}, h("h4", {}, say("helpers")), table([say("helper"), say("distance"), say("there")],
      helpers.map((each) => [`${each.name || each.mmsi} (${each.kind})`, `${(each.distance_m / 1852).toFixed(1)} nm ${Math.round(each.bearing_deg).toString().padStart(3, "0")}°`, each.intercept_s == null ? "–" : span(each.intercept_s * 1000)]))) : null,
    h("div", { id: "drift" }, driftTables(forecast, origins)),
    compared.length ? h("section", {}, h("h4", {}, say("evidence")), table(["", say("found"), say("limit"), say("source")],
      compared.map((c) => [c.what, `${number(c.value)} ${c.unit}`, c.threshold == null ? "–" : `${c.op} ${number(c.threshold)} ${c.unit}`, c.source]))) : null,
    h("section", {}, h("h4", {}, say("timeline")), h("ol", { class: "timeline" }, alert.history.map((c) =>
      h("li", {}, h("time", {}, clock(c.t_ms)), " ", h("b", {}, say(c.event)), c.by === "surveil" ? null : ` ${c.by}`, c.why ? `: ${c.why}` : null,
        c.by === "surveil" ? h("span", { class: "quiet" }, ` ${c.sentence}`) : null)))),
    known ? h("section", {}, h("h4", {}, say("false")), h("p", {}, known)) : null,
  );
}

function driftTables(forecast, origins) {
  return [
    forecast.length ? h("section", {}, h("h4", {}, say("where")), table([say("time"), say("middle"), "±"],
      forecast.map((e) => [clock(e.t_ms, false), position(e.lon, e.lat), `${(e.major_m / 1852).toFixed(1)} × ${(e.minor_m / 1852).toFixed(1)} nm`]))) : null,
    origins.length ? h("section", {}, h("h4", {}, say("origin")), table([say("beach"), say("chance"), say("time")],
      origins.map((o) => [o.beach, `${Math.round(o.share * 100)} %`, clock(o.t_ms, false)]))) : null,
  ].filter(Boolean);
}
const DRIFT_MS = 60000;
let refreshing = 0;
/** Where it will be and may be from, by its last report: asked now, and each minute while the alert is shown. */
async function refreshDrift(alert, tools) {
  clearTimeout(refreshing);
  const found = await call(`alerts/${alert.id}/drift`).catch(() => null);
  if (state.get("alert") !== alert.id || state.get("t")) return;
  if (found) { tools.drift(found.forecast); $("drift")?.replaceChildren(...driftTables(found.forecast, found.origins)); }
  refreshing = setTimeout(refreshDrift, DRIFT_MS, alert, tools);
}

const labelled = (text, control) => h("label", {}, h("span", {}, text), control);
const remembered = () => localStorage.getItem("surveil-name") ?? "";

/** Ask what an act needs, then do it. Acknowledging asks nothing once the name is known. */
export function ask(alert, kind) {
  if (!may()) return;
  const named = session.accounts || remembered();
  if (kind === "acknowledge" && named) return act(alert, kind, {}).catch((error) => problem(alert, kind, error));
  problem(alert, kind, null);
}
function problem(alert, kind, error) {
  const dialog = $("dialog"), why = h("input", { name: "why", maxlength: 500, required: NEEDS_WHY.has(kind) });
  const form = h("form", { method: "dialog" },
    h("h2", {}, say(kind)), h("p", {}, alert.sentence[lang()]), h("p", { class: "error", role: "alert" }, error?.message ?? ""),
    session.accounts ? null : labelled(say("by"), h("input", { name: "by", required: true, maxlength: 64, value: remembered() })),
    kind === "assign" ? labelled(say("whom"), h("input", { name: "assigned", required: true, maxlength: 64 })) : null,
    kind === "silence" ? labelled(say("minutes"), h("input", { name: "minutes", type: "number", min: 1, max: 1440, value: 30, required: true })) : null,
    labelled(say("why"), why),
    h("div", { class: "acts" }, h("button", { type: "submit", class: "main" }, say("do")), h("button", { type: "button", onclick: () => dialog.close() }, say("cancel"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    if (given.by) localStorage.setItem("surveil-name", given.by);
    try { await act(alert, kind, given); dialog.close(); } catch (failed) { form.querySelector(".error").textContent = failed.message; }
  });
  dialog.replaceChildren(form);
  dialog.setAttribute("aria-label", say(kind));
  if (!dialog.open) dialog.showModal();
  (form.querySelector("input:invalid") ?? why).focus();
}
async function act(alert, kind, given) {
  const body = { kind, why: given.why ?? "", by: given.by ?? remembered() };
  if (kind === "silence") body.until_ms = Math.max(silenceFrom(), alert.t_raised_ms) + given.minutes * 60000;
  if (kind === "assign") body.assigned = given.assigned;
  await call(`alerts/${alert.id}/acts`, body);
  counters.acts += 1;
}
let silenceFrom = () => 0;
/** Silence is in event time. */
export const setNow = (now) => { silenceFrom = now; };
export { day, labelled, table };
