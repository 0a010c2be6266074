// The console: joins the picture, the chart, the alerts and the panels; keys, themes, the past, and whether it is live.
import * as alerts from "./alerts.js";
import { line, makeChart, point, polygon } from "./chart.js";
import { $, clock, day, h } from "./dom.js";
import { ellipse } from "./geo.js";
import { drawMini } from "./minimap.js";
import * as net from "./net.js";
import * as panels from "./panels.js";
import * as state from "./state.js";
import { lang, say, setLanguage, translatePage } from "./words.js";

const STALE_S = 4, DRAW_MS = 200, THEMES = ["day", "dusk", "night"], TRAIL = 40;
const root = document.documentElement, picked = new Set(), trails = new Map();
let chart = null, measure = null, past = null, dirty = true, drawnAt = 0, shownKeys = [], box = null;

const picture = () => past ?? net.picture;
const now = () => picture().status?.t_ms ?? 0;
const alertOf = () => picture().alerts.get(state.get("alert"));
/** Where an alert is now: at its target, which moves on, or where it was raised once that is gone. */
function placeOf(alert) {
  const target = picture().targets.get(alert?.target);
  if (target?.lon != null) return [target.lon, target.lat];
  return alert?.lon == null ? null : [alert.lon, alert.lat];
}

/** What tests and the curious may wait on: counters in the page itself. */
function tell() {
  const counts = { ...net.counters, targets: net.picture.targets.size, alerts: net.picture.alerts.size, shown: shownKeys.length, draws: tell.draws = (tell.draws ?? 0) + 1 };
  for (const [name, value] of Object.entries(counts)) root.dataset[name] = value;
  root.dataset.map = chart ? "gl" : measure ? "none" : "";
  root.dataset.t = now();
  root.dataset.alertAt = placeOf(alertOf()) ?? "";
}

function banners() {
  const silent = net.silentS(), stale = silent > STALE_S, status = picture().status, made = [];
  if (stale) made.push(["stale", `⚠ ${say("stale")} ${Math.floor(silent)} s`]);
  if (past) made.push(["past", `${say("notlive")} ${day(now())} ${clock(now())} UTC`]);
  for (const trouble of net.picture.status?.troubles ?? []) made.push(["trouble", `⚠ ${trouble}`]);
  const bad = (net.picture.status?.feeds ?? []).filter((f) => !["up", "connecting"].includes(f.state) && !(f.kind === "recording" && f.state === "down"));
  if (bad.length) made.push(["trouble", `⚠ ${say("feeds")}: ${bad.map((f) => `${f.name} ${say(f.state)}`).join(", ")}`]);
  if (status?.simulated) made.push(["sim", say("simulated")]);
  if (root.dataset.map === "none") made.push(["trouble", say("dull")]);
  root.classList.toggle("stale", stale);
  root.classList.toggle("past", Boolean(past));
  const stamp = JSON.stringify(made);
  if (stamp !== banners.stamp) $("banners").replaceChildren(...made.map(([kind, text]) => h("p", { class: kind }, text)));
  banners.stamp = stamp;
  $("mode").textContent = past || stale ? "" : say(status?.replaying ? "recording" : "live");
}

function draw() {
  dirty = false;
  drawnAt = performance.now();
  const { targets, status } = picture(), passes = panels.filterOf(now());
  const shown = [...targets.values()].filter((t) => t.lon != null && passes(t));
  shownKeys = shown.map((t) => t.key);
  const open = alerts.sorted(picture().alerts).filter((a) => !alerts.ended(a) || a.id === state.get("alert"));
  const target = targets.get(state.get("target"));
  const rings = open.map((alert) => ({ ...alert, at: placeOf(alert) })).filter((a) => a.at);
  chart?.draw(shown, rings, target ? new Set([...picked, target.key]) : picked, now());
  drawHelp();
  if (chart && !state.list("off").includes("trails")) {
    chart.set("trails", shown.filter((t) => trails.get(t.key)?.length > 1).map((t) => line(trails.get(t.key))));
  }
  $("clock").textContent = status?.t_ms ? `${day(now())} ${clock(now())} UTC` : "–";
  $("clock").title = status?.t_ms ? new Date(now()).toLocaleString("en-GB", { timeZone: "Europe/London", timeZoneName: "short" }) : "";
  $("count").textContent = `${shown.length} ${say("shown")} ${targets.size}${picked.size ? ` · ${picked.size} ${say("selection")}` : ""}`;
  alerts.drawList(picture().alerts, now());
  alerts.drawDetail(alertOf(), Boolean(past), tools);
  panels.drawTarget(target, now());
  panels.drawFeeds(net.picture.status);
  exporter();
  tell();
}
const tools = {
  now,
  show: (alert) => placeOf(alert) && chart?.map.easeTo({ center: placeOf(alert), zoom: Math.max(chart.map.getZoom(), 11) }),
  about: (evidence) => {
    helpers = evidence?.helpers ?? [];
    tools.drift(evidence?.forecast ?? []);
    drawHelp();
  },
  drift: (ellipses) => {
    forecast = ellipses;
    chart?.set("forecast", ellipses.flatMap((e) => [
      polygon(ellipse([e.lon, e.lat], e.major_m, e.minor_m, e.axis_deg)), point([e.lon, e.lat], { label: clock(e.t_ms, false) })]));
    tools.mini();
  },
  mini: () => {
    const at = placeOf(alertOf()), canvas = $("mini");
    if (!canvas || !at) return;
    const places = [...picture().targets.values()].filter((t) => t.lon != null).map((t) => [t.lon, t.lat]);
    drawMini(canvas, { land, at, targets: places, helpers: helpersNow().map((t) => [t.lon, t.lat]), forecast });
  },
};
let helpers = [], forecast = [], land = { features: [] };
const helpersNow = () => helpers.map((each) => picture().targets.get(String(each.mmsi))).filter((t) => t?.lon != null);
/** Lines from the alert to the craft that can be there first, where they are now. */
function drawHelp() {
  const from = placeOf(alertOf());
  chart?.set("help", from ? helpersNow().map((t) => line([from, [t.lon, t.lat]])) : []);
}
function loop() {
  if (dirty && performance.now() - drawnAt >= DRAW_MS) draw();
  requestAnimationFrame(loop);
}

function remember(message) {
  const names = message.type === "whole" ? net.picture.targets.values() : net.asTargets(Object.keys(net.picture.targets.values().next().value ?? {}), message.targets);
  if (message.type === "whole") trails.clear();
  for (const { key, lon, lat } of names) {
    if (lon == null) continue;
    const trail = trails.get(key) ?? [];
    trail.push([lon, lat]);
    if (trail.length > TRAIL) trail.shift();
    trails.set(key, trail);
  }
  for (const key of message.gone ?? []) trails.delete(key);
}

let known = null, audio = null;
function sound() {
  const open = [...net.picture.alerts.values()].filter((a) => a.state === "open").map((a) => a.id);
  const fresh = known && open.some((id) => !known.has(id));
  known = new Set(open);
  if (!fresh || $("b-sound").getAttribute("aria-pressed") !== "true") return;
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = 880;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  } catch { /* a machine without sound shows it all the same */ }
}

async function track() {
  const target = state.get("target");
  if (!target || past) return chart?.set("track", []);
  const [mmsi, hull] = target.split("#");
  try {
    const found = await net.call(`targets/${mmsi}/track?hull=${hull ? hull - 1 : 0}`);
    chart?.set("track", found.lon.length > 1 ? [line(found.lon.map((lon, i) => [lon, found.lat[i]]))] : []);
  } catch { chart?.set("track", []); }
}

/** How well what is there is heard, while that layer is shown. */
async function reception() {
  if (!chart || state.list("off").includes("reception")) return;
  const { features } = await net.call("reception").catch(() => ({ features: [] }));
  chart.set("reception", features.map((f) => ({ ...f, properties: { ...f.properties, label: `${Math.round(f.properties.share * 100)} %` } })));
  root.dataset.reception = features.length;
}

let asking = 0;
async function showPast() {
  const t = state.get("t"), mine = ++asking;
  if (!t) { past = null; $("replay").hidden = true; } else {
    const { span_ms: span } = await net.call("past");
    if (!span) return state.set({ t: "" });
    $("replay").hidden = false;
    Object.assign($("slider"), { min: span[0], max: span[1], value: t === "last" ? span[1] : t });
    const found = await net.call(`past/${Math.min(span[1], Math.max(span[0], +$("slider").value))}`).catch(() => null);
    if (mine !== asking) return;
    if (found) past = net.unpack(found);
    $("past").textContent = past ? `${day(now())} ${clock(now())} UTC` : "–";
  }
  $("b-replay").setAttribute("aria-pressed", Boolean(t));
  root.dataset.past = past ? now() : "";
  draw();  // at once: what is said to be past, or live, must be
  banners();
}

function exporter() {
  const keys = picked.size ? [...picked] : state.get("target") ? [state.get("target")] : shownKeys.length < net.picture.targets.size ? shownKeys.slice(0, 1000) : [];
  const query = `keys=${encodeURIComponent(keys.join(","))}${past ? `&t_ms=${now()}` : ""}`;
  if (exporter.query === `${query}${lang()}`) return;
  exporter.query = `${query}${lang()}`;
  $("count").dataset.query = query;
  $("exports").replaceChildren(`${say("export")}: `, ...["geojson", "kml", "gpx", "csv"].flatMap((format) =>
    [h("a", { href: `/api/export?format=${format}&${query}`, download: true }, format), " "]));
}

function theme() {
  root.dataset.theme = THEMES.includes(state.get("theme")) ? state.get("theme") : "dusk";
  $("b-theme").textContent = say(root.dataset.theme);
  chart?.retheme();
  tools.mini();
}
async function language() {
  await setLanguage(state.get("lang"));
  translatePage();
  $("b-lang").textContent = lang() === "fr" ? "English" : "Français";
  $("b-theme").textContent = say(root.dataset.theme);
  panels.drawFilters();
  panels.drawLayers();
  dirty = true;
}
function panel(id) {
  state.set({ open: state.get("open") === id ? "" : id });
}
function openPanels() {
  for (const id of ["filters", "layers", "feeds", "audit"]) {
    $(id).hidden = state.get("open") !== id;
    $(`b-${id}`).setAttribute("aria-expanded", String(!$(id).hidden));
  }
  if (!$("audit").hidden) panels.drawAudit();
  if (state.get("open") && !$(state.get("open"))?.hidden) $(state.get("open"))?.querySelector("input,button")?.focus();
}
function choose(target) {
  state.set({ target: target.key });
  $("found").hidden = true;
  $("query").blur();
  if (target.lon != null) chart?.map.easeTo({ center: [target.lon, target.lat], zoom: Math.max(chart.map.getZoom(), 11) });
}
function leave() {
  if (measure?.on) return measure.toggle(false);
  if (picked.size) { picked.clear(); chart?.set("box", []); dirty = true; return; }
  const first = ["open", "target", "alert", "t"].find((name) => state.get(name));
  if (first) state.set({ [first]: "" });
}
const home = () => chart?.map.easeTo({ center: [1.45, 51.0], zoom: 9.3 });
const cycle = () => state.set({ theme: THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % 3] });
const report = () => open(`/api/handover?lang=${lang()}`, "_blank", "noopener");
const togglePast = () => state.set({ t: state.get("t") ? "" : "last" });
const toggleSound = () => $("b-sound").setAttribute("aria-pressed", String($("b-sound").getAttribute("aria-pressed") !== "true"));

const KEYS = {
  j: [() => alerts.step(picture().alerts, 1), "next"], k: [() => alerts.step(picture().alerts, -1), "next"],
  z: [() => tools.show(alertOf()), "follow"], "/": [() => $("query").focus(), "search"], f: [() => panel("filters"), "filters"],
  y: [() => panel("layers"), "layers"], e: [() => panel("feeds"), "feeds"], u: [() => net.session.role === "admin" && panel("audit"), "audit"], m: [() => measure?.toggle(), "measure"], p: [togglePast, "replay"],
  h: [report, "handover"], t: [cycle, "day"], l: [() => state.set({ lang: lang() === "fr" ? "en" : "fr" }), "Français / English"],
  q: [toggleSound, "sound"], 0: [home, "home"], Escape: [leave, "leave"], "?": [() => showHelp(), "help"],
};
function showHelp() {
  const acts = Object.entries(alerts.ACTS).map(([key, kind]) => [key, say(kind)]);
  panels.help([...acts, ...Object.entries(KEYS).map(([key, [, text]]) => [key, text === "day" ? THEMES.map(say).join(" / ") : say(text)])]);
}
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (event.target.matches?.("input,select,textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const kind = alerts.ACTS[event.key], alert = alertOf();
  if (kind) { if (alert && !past) { event.preventDefault(); alerts.ask(alert, kind); } return; }
  const found = KEYS[event.key];
  if (!found) return;
  event.preventDefault();
  found[0]();
}

function wireMap() {
  const { map } = chart;
  map.on("moveend", () => { const c = map.getCenter(); state.set({ lon: c.lng.toFixed(4), lat: c.lat.toFixed(4), z: map.getZoom().toFixed(2) }); });
  map.on("zoomend", () => { dirty = true; });
  const at = (event, layer) => map.queryRenderedFeatures([[event.point.x - 8, event.point.y - 8], [event.point.x + 8, event.point.y + 8]], { layers: [layer] });
  map.on("click", (event) => {
    if (measure.on) return measure.add([event.lngLat.lng, event.lngLat.lat]);
    const target = at(event, "targets").at(0), alert = at(event, "alerts").at(0);
    if (alert) state.set({ alert: alert.properties.id });
    state.set({ target: target?.properties.key ?? (alert ? state.get("target") : "") });
  });
  map.on("mousemove", (event) => {
    const target = picture().targets.get(at(event, "targets").at(0)?.properties.key), tip = $("hover");
    tip.hidden = !target;
    map.getCanvas().style.cursor = target ? "pointer" : "";
    if (!target) return;
    tip.textContent = `${panels.titleOf(target)} ${target.sog_kn ?? "–"} ${say("knots")}`;
    tip.style.transform = `translate(${event.point.x + 14}px, ${event.point.y + 10}px)`;
  });
  const canvas = map.getCanvasContainer(), spot = (event) => map.unproject([event.clientX - canvas.getBoundingClientRect().left, event.clientY - canvas.getBoundingClientRect().top]);
  canvas.addEventListener("mousedown", (event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    map.dragPan.disable();
    box = spot(event);
  }, true);
  addEventListener("mousemove", (event) => box && chart.set("box", [polygon(corners(box, spot(event)))]));
  addEventListener("mouseup", (event) => {
    if (!box) return;
    const [[w, s], , [e, n]] = corners(box, spot(event));
    box = null;
    map.dragPan.enable();
    picked.clear();
    for (const key of shownKeys) {
      const t = picture().targets.get(key);
      if (t && t.lon >= w && t.lon <= e && t.lat >= s && t.lat <= n) picked.add(key);
    }
    dirty = true;
  });
}
const corners = (a, b) => {
  const [w, e] = [Math.min(a.lng, b.lng), Math.max(a.lng, b.lng)], [s, n] = [Math.min(a.lat, b.lat), Math.max(a.lat, b.lat)];
  return [[w, s], [e, s], [e, n], [w, n], [w, s]];
};

function wire() {
  const clicks = {
    "b-filters": () => panel("filters"), "b-layers": () => panel("layers"), "b-feeds": () => panel("feeds"), "b-audit": () => panel("audit"), "b-measure": () => measure?.toggle(), "b-replay": togglePast,
    "b-report": report, "b-theme": cycle, "b-lang": KEYS.l[0], "b-sound": toggleSound, "b-help": showHelp, "b-live": () => state.set({ t: "" }),
    "b-logout": async () => { await net.call("logout", {}); location.reload(); },
  };
  for (const [id, run] of Object.entries(clicks)) $(id).addEventListener("click", run);
  $("query").addEventListener("input", () => { state.set({ q: $("query").value }); panels.drawFound(picture().targets, choose); });
  $("search").addEventListener("submit", (event) => { event.preventDefault(); const [first] = panels.drawFound(picture().targets, choose); if (first) choose(first); });
  $("ended").addEventListener("change", () => state.set({ ended: $("ended").checked ? "1" : "" }));
  $("slider").addEventListener("input", () => state.set({ t: $("slider").value }));
  addEventListener("keydown", onKey);
  state.onChange((names) => {
    if (names.has("lang")) language();
    if (names.has("theme")) theme();
    if (names.has("off")) { chart?.showGroups(); reception(); }
    if (names.has("open")) openPanels();
    if (names.has("t")) showPast();
    if (names.has("target")) track();
    if (names.has("alert") && state.get("alert") && matchMedia("(max-width: 760px)").matches) $("detail").scrollIntoView();
    dirty = true;
  });
}

function loginForm() {
  const dialog = $("dialog"), error = h("p", { class: "error", role: "alert" });
  const form = h("form", { method: "dialog" }, h("h2", {}, `surveil: ${say("login")}`), error,
    alerts.labelled(say("name"), h("input", { name: "name", required: true, autocomplete: "username" })),
    alerts.labelled(say("password"), h("input", { name: "password", type: "password", required: true, autocomplete: "current-password" })),
    h("button", { type: "submit", class: "main" }, say("login")));
  return new Promise((done) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        Object.assign(net.session, await net.call("login", Object.fromEntries(new FormData(form))));
        dialog.close();
        done();
      } catch (failed) { error.textContent = failed.message; }
    });
    dialog.replaceChildren(form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.setAttribute("aria-label", say("login"));
    dialog.showModal();
  });
}

async function start() {
  state.start();
  $("query").value = state.get("q");
  $("ended").checked = state.get("ended") === "1";
  await language();
  theme();
  openPanels();
  wire();
  try { await net.begin(); } catch (error) { if (error.status !== 401) throw error; await loginForm(); }
  $("b-logout").hidden = !net.session.accounts;
  $("b-audit").hidden = net.session.role !== "admin";
  alerts.setNow(() => net.picture.status?.t_ms ?? 0);
  net.onPicture((message) => { remember(message); sound(); dirty = true; banners(); });
  net.connect(() => location.reload());
  setInterval(banners, 500);
  setInterval(() => tools.mini(), 5000);
  setInterval(reception, 60000);
  loop();  // list, clock and counts at once: on a slow machine the chart takes seconds
  land = await (await fetch("/api/map")).json();
  const made = await makeChart($("map"), land).catch((error) => { console.warn(error); return null; });
  [chart, measure] = [made, new panels.Measure(made)];
  if (chart) wireMap();
  reception();
  if (state.get("t")) showPast();
  track();
  draw();
  root.dataset.ready = "1";
}
start();
