// The chart: coast, lanes and places from the server, targets and alerts over them. Nothing is fetched from elsewhere.
import { ahead, ellipse, hull } from "./geo.js";
import { color, images } from "./symbols.js";
import * as state from "./state.js";
import { say } from "./words.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const SOURCES = ["geo", "reception", "box", "ellipses", "forecast", "help", "trails", "track", "hulls", "vectors", "alerts", "targets", "measure"];
/** Layers that may be switched off, and what they are made of. */
export const GROUPS = {
  lanes: ["zones", "zone-lines"], lines: ["lines", "line-names"], places: ["places", "place-names"], trails: ["trails"],
  vectors: ["vectors"], ellipses: ["ellipses", "ellipse-lines"], forecast: ["forecast", "forecast-lines", "forecast-times"], helpers: ["help"], names: ["names"],
  reception: ["reception", "reception-shares"],
};
const feature = (type, coordinates, properties = {}) => ({ type: "Feature", properties, geometry: { type, coordinates } });
const collection = (features) => ({ type: "FeatureCollection", features });
const kinds = (...names) => ["in", ["get", "kind"], ["literal", names]];
const text = (field, size, more = {}) => ({ "text-field": ["get", field], "text-font": ["sans-serif"], "text-size": size, ...more });
const ink = (name) => ({ "text-color": color(name), "text-halo-color": color("halo"), "text-halo-width": 1.4 });

function layers() {
  const line = (id, source, name, width, more = {}) =>
    ({ id, source, type: "line", paint: { "line-color": color(name), "line-width": width, ...more.paint }, ...(more.filter && { filter: more.filter }) });
  const fill = (id, source, name, opacity, filter) =>
    ({ id, source, type: "fill", paint: { "fill-color": color(name), "fill-opacity": opacity }, ...(filter && { filter }) });
  const zone = kinds("lane", "separation_zone", "inshore_zone", "deep_water_route", "precautionary_area", "anchorage");
  return [
    { id: "sea", type: "background", paint: { "background-color": color("sea") } },
    { ...fill("reception", "reception", "heard", 1), paint: { "fill-color": color("heard"), "fill-opacity": ["interpolate", ["linear"], ["get", "share"], 0, 0.05, 1, 0.45] } },
    { ...fill("zones", "geo", "zone", 0.1, zone), paint: { "fill-color": ["match", ["get", "kind"], "separation_zone", color("zone"), "lane", color("lane"), color("inshore")],
      "fill-opacity": ["match", ["get", "kind"], "separation_zone", 0.3, 0.1] } },
    line("zone-lines", "geo", "zone", 0.8, { filter: zone, paint: { "line-opacity": 0.6 } }),
    fill("forecast", "forecast", "k-contact", 0.1), line("forecast-lines", "forecast", "k-contact", 1, { paint: { "line-dasharray": [3, 3] } }),
    fill("land", "geo", "land", 1, kinds("land")),  // over the forecast, which knows none
    line("coast", "geo", "coast", 1.2, { filter: kinds("land") }),
    line("lines", "geo", "line", 1, { filter: kinds("median_line", "territorial_sea_line", "srr_line", "reporting_line", "ferry_route", "inshore_limit"), paint: { "line-dasharray": [6, 4] } }),
    { id: "line-names", source: "geo", type: "symbol", minzoom: 9.5, filter: kinds("median_line", "territorial_sea_line", "srr_line", "reporting_line"),
      layout: text("name", 10, { "symbol-placement": "line" }), paint: ink("quiet") },
    { id: "reception-shares", source: "reception", type: "symbol", minzoom: 9, layout: text("label", 10), paint: ink("quiet") },
    { id: "places", source: "geo", type: "circle", minzoom: 8, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 2, "circle-color": color("quiet") } },
    { id: "place-names", source: "geo", type: "symbol", filter: ["all", ["==", ["geometry-type"], "Point"], kinds("port", "headland", "mrcc", "harbour", "bank")], minzoom: 8.5,
      layout: text("name", 11, { "text-anchor": "left", "text-offset": [0.5, 0] }), paint: ink("quiet") },
    fill("box", "box", "pick", 0.12), line("box-line", "box", "pick", 1.5),
    { id: "forecast-times", source: "forecast", type: "symbol", filter: ["==", ["geometry-type"], "Point"], layout: text("label", 11), paint: ink("k-contact") },
    line("help", "help", "k-service", 1.5, { paint: { "line-dasharray": [1, 2] } }),
    fill("ellipses", "ellipses", "k-contact", 0.12), line("ellipse-lines", "ellipses", "k-contact", 1.5, { paint: { "line-dasharray": [4, 2] } }),
    line("trails", "trails", "trail", 1.2), line("track", "track", "pick", 2),
    fill("hulls", "hulls", "hull", 0.55),
    line("vectors", "vectors", "trail", 1.2),
    { id: "alerts", source: "alerts", type: "circle", paint: { "circle-radius": 17, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": ["case", ["get", "picked"], 5, 2.5],
      "circle-stroke-color": ["match", ["get", "severity"], "distress", color("s-distress"), "high", color("s-high"), "medium", color("s-medium"), "low", color("s-low"), color("s-info")] } },
    { id: "targets", source: "targets", type: "symbol", layout: { "icon-image": ["get", "icon"], "icon-rotate": ["get", "turn"], "icon-rotation-alignment": "map",
      "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 7, 0.7, 9, 1.05, 13, 1.4], "symbol-sort-key": ["get", "rank"] }, paint: { "icon-opacity": ["case", ["get", "old"], 0.4, 1] } },
    { id: "picked", source: "targets", type: "circle", filter: ["get", "picked"], paint: { "circle-radius": 13, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": color("pick"), "circle-stroke-width": 2 } },
    { id: "names", source: "targets", type: "symbol", minzoom: 9.2, layout: text("label", 11, { "text-anchor": "left", "text-offset": [1.1, 0.1], "symbol-sort-key": ["-", 0, ["get", "rank"]] }), paint: ink("strong") },
    line("measure", "measure", "pick", 2, { filter: ["==", ["geometry-type"], "LineString"] }),
    { id: "measure-text", source: "measure", type: "symbol", filter: ["==", ["geometry-type"], "Point"], layout: text("label", 13, { "text-offset": [0, -1], "text-allow-overlap": true }), paint: ink("strong") },
  ];
}

/** Makes the map; null where the browser has no WebGL 2. */
export async function makeChart(node, land) {
  if (!document.createElement("canvas").getContext("webgl2")) return null;
  const maplibre = await import("/static/vendor/maplibre-gl.mjs");
  maplibre.setWorkerUrl("/static/vendor/maplibre-gl-worker.mjs");
  const data = Object.fromEntries(SOURCES.map((name) => [name, name === "geo" ? land : EMPTY]));
  const style = () => ({
    version: 8, layers: layers(),
    sources: Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: data[name], ...(name === "geo" && { tolerance: 0.2 }) }])),
  });
  const map = new maplibre.Map({
    container: node, style: style(), center: [+state.get("lon"), +state.get("lat")], zoom: +state.get("z"), attributionControl: false,
    boxZoom: false, fadeDuration: 0, pitchWithRotate: false, dragRotate: false, maxPitch: 0, minZoom: 5, maxZoom: 17,
  });
  map.touchZoomRotate.disableRotation();
  const addImages = () => {
    for (const [name, image] of Object.entries(images())) {
      if (map.hasImage(name)) map.removeImage(name);
      map.addImage(name, image, { pixelRatio: 2 });
    }
  };
  let styled = true;
  const showGroups = () => {
    if (!styled) return;  // a style that is loading shows them when it is there
    const off = state.list("off");
    for (const [group, ids] of Object.entries(GROUPS)) {
      for (const id of ids) map.setLayoutProperty(id, "visibility", off.includes(group) ? "none" : "visible");
    }
  };
  await new Promise((ready) => map.once("load", ready));
  addImages();
  showGroups();
  const set = (name, features) => { data[name] = collection(features); if (styled) map.getSource(name).setData(data[name]); };
  return {
    map, set, showGroups,
    retheme() {
      styled = false;
      map.setStyle(style(), { diff: false });
      map.once("style.load", () => {
        styled = true;
        addImages();
        showGroups();
        for (const name of SOURCES) map.getSource(name)?.setData(data[name]);
      });
    },
    draw: (targets, alerts, picked, now) => draw(set, map, targets, alerts, picked, now),
  };
}

/** Minutes without a report after which a target is drawn faint and has no vector: three of the longest class A intervals. */
const OLD_MIN = 9;
const turn = (t) => t.heading_deg ?? t.cog_deg ?? 0;
const UPRIGHT = new Set(["contact", "device", "aton", "base"]);

function draw(set, map, targets, alerts, picked, now) {
  const old = (t) => now - t.t_ms > OLD_MIN * 60000;
  const near = map.getZoom() >= 13, alerted = new Set(alerts.map((a) => a.target));
  set("targets", targets.map((t) => feature("Point", [t.lon, t.lat], {
    key: t.key, label: t.name || (t.mmsi < 0 ? `${say("darkcontact")} ${-t.mmsi}` : ""), picked: picked.has(t.key), old: old(t),
    icon: `${t.kind}${(t.sog_kn ?? 0) < 0.5 ? "-still" : ""}`, turn: UPRIGHT.has(t.kind) ? 0 : turn(t),
    rank: (t.kind === "contact" ? 2 : 0) + (alerted.has(t.key) ? 4 : 0) + ((t.sog_kn ?? 0) >= 0.5 ? 1 : 0),
  })));
  set("vectors", targets.filter((t) => !old(t) && t.sog_kn >= 0.5 && t.cog_deg != null).map((t) =>
    feature("LineString", [[t.lon, t.lat], ahead([t.lon, t.lat], t.cog_deg, t.sog_kn / 10)])));
  set("ellipses", targets.filter((t) => t.major_m).map((t) =>
    feature("Polygon", [ellipse([t.lon, t.lat], t.major_m, t.minor_m, t.axis_deg, 2.45)])));
  set("hulls", near ? targets.filter((t) => t.length_m && t.heading_deg != null).map((t) =>
    feature("Polygon", [hull([t.lon, t.lat], t.length_m, t.beam_m || t.length_m / 6, t.heading_deg)])) : []);
  set("alerts", alerts.toReversed().map((a) =>
    feature("Point", a.at, { id: a.id, severity: a.severity, picked: a.id === state.get("alert") })));
}

export const line = (points, properties) => feature("LineString", points, properties);
export const point = (at, properties) => feature("Point", at, properties);
export const polygon = (ring) => feature("Polygon", [ring]);
