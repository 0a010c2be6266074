// The panels about the map: filters, layers, search, one target, feeds, measuring, help.
import { GROUPS, line, point } from "./chart.js";
import { $, clock, day, h, position, span } from "./dom.js";
import { bearing, distanceNm } from "./geo.js";
import { call } from "./net.js";
import { KINDS } from "./symbols.js";
import * as state from "./state.js";
import { labelled, table } from "./alerts.js";
import { say } from "./words.js";

const CLASSES = { 1: "A", 2: "B", 0: "other" };
const kindName = (kind) => say(kind === "contact" ? "darkcontact" : kind);
const classOf = (t) => (t.ais_class === 1 || t.ais_class === 2 ? String(t.ais_class) : "0");

/** Whether a target passes the filters; devices in distress always do. */
export function filterOf(now) {
  const kinds = new Set(state.list("kinds")), classes = new Set(state.list("cls"));
  const [low, high, age] = ["vmin", "vmax", "age"].map((name) => (state.get(name) === "" ? null : +state.get(name)));
  return (t) => t.kind === "device" || (
    (!kinds.size || kinds.has(t.kind)) && (!classes.size || classes.has(classOf(t))) &&
    (low == null || (t.sog_kn ?? 0) >= low) && (high == null || (t.sog_kn ?? 0) <= high) &&
    (age == null || now - t.t_ms <= age * 60000));
}

function chooser(name, options, nameOf) {
  const chosen = new Set(state.list(name));
  return h("fieldset", {}, h("legend", {}, say(name === "cls" ? "class" : "kind")), options.map((option) => {
    const box = h("input", { type: "checkbox", checked: chosen.has(option) });
    box.addEventListener("change", () => {
      box.checked ? chosen.add(option) : chosen.delete(option);
      state.set({ [name]: [...chosen].join(",") });
    });
    return h("label", {}, box, ` ${nameOf(option)}`);
  }));
}
function figure(name, label) {
  const field = h("input", { type: "number", min: 0, step: "any", value: state.get(name) });
  field.addEventListener("input", () => state.set({ [name]: field.value }));
  return labelled(label, field);
}
export function drawFilters() {
  $("filters").replaceChildren(
    h("h2", {}, say("filters")), chooser("kinds", KINDS, kindName), chooser("cls", Object.keys(CLASSES), (key) => (key === "0" ? say("other") : CLASSES[key])),
    h("div", { class: "figures" }, figure("vmin", `${say("speed")} ${say("from")}`), figure("vmax", `${say("speed")} ${say("to")}`), figure("age", say("age"))),
    h("button", { onclick: () => { state.set({ kinds: "", cls: "", vmin: "", vmax: "", age: "" }); drawFilters(); } }, say("reset")));
}
export function drawLayers() {
  const off = new Set(state.list("off"));
  $("layers").replaceChildren(h("h2", {}, say("layers")), ...Object.keys(GROUPS).map((group) => {
    const box = h("input", { type: "checkbox", checked: !off.has(group) });
    box.addEventListener("change", () => { box.checked ? off.delete(group) : off.add(group); state.set({ off: [...off].join(",") }); });
    return h("label", {}, box, ` ${say(group)}`, group === "reception" ? h("small", { class: "quiet" }, ` ${say("shares")}`) : null);
  }));
}

export function search(targets, query) {
  const wanted = query.trim().toUpperCase();
  if (!wanted) return [];
  const found = [];
  for (const t of targets.values()) {
    const texts = [t.name, t.callsign, String(t.mmsi)];
    const rank = Math.min(...texts.map((text) => (text === wanted ? 0 : text.startsWith(wanted) ? 1 : text.includes(wanted) ? 2 : 9)));
    if (rank < 9) found.push([rank, t]);
  }
  return found.sort((a, b) => a[0] - b[0] || a[1].name.localeCompare(b[1].name)).slice(0, 12).map(([, t]) => t);
}
export function drawFound(targets, choose) {
  const found = search(targets, $("query").value);
  $("found").hidden = !found.length;
  $("found").replaceChildren(...found.map((t) => h("li", {}, h("button", { type: "button", onclick: () => choose(t) },
    h("b", {}, titleOf(t)), ` ${t.mmsi < 0 ? "" : t.mmsi} ${t.callsign} ${kindName(t.kind)}`))));
  return found;
}
export const titleOf = (t) => t.name || (t.mmsi < 0 ? `${say("contact")} ${-t.mmsi}` : t.key);

export function drawTarget(t, now) {
  $("target").hidden = !t;
  if (!t) return;
  const degrees = (v) => (v == null ? say("nodata") : `${String(Math.round(v) % 360).padStart(3, "0")}°`);
  const facts = [
    ["MMSI", t.mmsi < 0 ? null : t.key], [say("kind"), kindName(t.kind)], [say("callsign"), t.callsign], [say("destination"), t.destination],
    ["SOG", t.sog_kn == null ? say("nodata") : `${t.sog_kn.toFixed(1)} ${say("knots")}`], [say("course"), degrees(t.cog_deg)], [say("heading"), degrees(t.heading_deg)],
    [say("length"), t.length_m ? `${t.length_m} m` : null], [say("dark"), t.p_dark == null ? null : t.p_dark.toFixed(2)],
    [say("heard"), `${clock(t.t_ms)} (${span(now - t.t_ms)})`], ["", t.lon == null ? null : position(t.lon, t.lat)],
  ];
  $("target").replaceChildren(h("h2", {}, titleOf(t), " ", h("button", { class: "x", "aria-label": say("done"), onclick: () => state.set({ target: "" }) }, "×")),
    h("dl", {}, facts.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))])));
}

export function drawFeeds(status) {
  if ($("feeds").hidden || !status) return;
  const rows = status.feeds.map((f) => [f.name, h("span", { class: `feed ${f.state}` }, say(f.state), f.cause ? `: ${f.cause}` : ""), f.lag_s == null ? "–" : `${f.lag_s.toFixed(1)} s`,
    Math.round(f.rate_s), f.gaps, `${f.refused}/${f.lines}`]);
  const pairs = (values) => h("dl", { class: "pairs" }, Object.entries(values).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, typeof value === "number" ? String(Math.round(value * 100) / 100) : value)]));
  $("feeds").replaceChildren(h("h2", {}, say("feeds")), table([say("name"), say("state"), say("lag"), say("rate"), say("gaps"), say("refused")], rows),
    ...(status.troubles.length ? [h("h2", {}, say("troubles")), ...status.troubles.map((text) => h("p", { class: "error" }, text))] : []),
    h("h2", {}, say("timings")), pairs(status.timings), h("h2", {}, say("counters")), pairs(status.counters));
}

/** What was done by whom, the latest first; `before` is the number of a line that is shown already. */
export async function drawAudit(before = null) {
  const lines = await call(`audit?limit=100${before ? `&before=${before}` : ""}`).catch((error) => error.message);
  if (typeof lines === "string") return $("audit").replaceChildren(h("h2", {}, say("audit")), h("p", { class: "error" }, lines));
  const rows = lines.map((l) => [`${day(l.t_ms)} ${clock(l.t_ms)}`, l.who, l.address, say(l.what), l.detail]);
  $("audit").replaceChildren(h("h2", {}, say("audit")), !lines.length ? h("p", {}, say("nothing")) : table([`${say("time")} UTC`, say("who"), say("address"), say("what"), say("detail")], rows),
    h("div", { class: "acts" }, before ? h("button", { onclick: () => drawAudit() }, say("latest")) : null,
      lines.length === 100 ? h("button", { onclick: () => drawAudit(lines.at(-1).seq) }, say("older")) : null));
}

/** Measures along clicked points: miles, bearing, and time at a speed. */
export class Measure {
  constructor(chart) { this.chart = chart; this.on = false; this.points = []; this.speed = 10; }
  toggle(on = !this.on) {
    this.on = on;
    this.points = [];
    $("b-measure").setAttribute("aria-pressed", on);
    $("measured").hidden = !on;
    document.body.classList.toggle("measuring", on);
    if (on) this.panel();
    this.draw();
  }
  panel() {
    const speed = h("input", { type: "number", min: 0.1, step: "any", value: this.speed });
    speed.addEventListener("input", () => { this.speed = +speed.value || this.speed; this.draw(); });
    $("measured").replaceChildren(h("p", {}, say("measuring")), h("output", { id: "length" }), labelled(`${say("at")} ${say("knots")}`, speed));
  }
  add(at) { this.points.push(at); this.draw(); }
  draw() {
    const p = this.points, legs = p.slice(1).map((to, i) => ({ to, miles: distanceNm(p[i], to), degrees: bearing(p[i], to) }));
    const total = legs.reduce((sum, leg) => sum + leg.miles, 0), says = (leg) => `${leg.miles.toFixed(2)} nm ${String(Math.round(leg.degrees) % 360).padStart(3, "0")}°`;
    this.chart?.set("measure", p.length > 1 ? [line(p), ...legs.map((leg) => point(leg.to, { label: says(leg) }))] : p.map((at) => point(at, { label: "×" })));
    if (this.on) $("length").textContent = legs.length ? `${says(legs.at(-1))} · ${total.toFixed(2)} nm · ${span((total / this.speed) * 3600000)}` : "–";
  }
}

export function help(keys) {
  const dialog = $("dialog");
  dialog.replaceChildren(h("h2", {}, say("help")), h("dl", { class: "keys" }, keys.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
    h("p", {}, say("box")), h("button", { onclick: () => dialog.close() }, say("done")));
  dialog.setAttribute("aria-label", say("help"));
  dialog.showModal();
}
