// A small map beside an alert: coast, lanes, who is near, where the craft may go, and a scale. North is up.
import { offset, ellipse } from "./geo.js";
import { color } from "./symbols.js";

const SOON = 2, NM_M = 1852, LEAST_NM = 4, MOST_NM = 30, LANES = new Set(["lane", "separation_zone", "inshore_zone"]);

/** Rings of the features near a place; found once for each place, since there are many points. */
function near(land, box) {
  const touches = (ring) => {
    let [w, s, e, n] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of ring) { w = Math.min(w, x); e = Math.max(e, x); s = Math.min(s, y); n = Math.max(n, y); }
    return e >= box[0] && w <= box[2] && n >= box[1] && s <= box[3];
  };
  const polygons = (g) => (g.type === "Polygon" ? [g.coordinates] : g.type === "MultiPolygon" ? g.coordinates : []);
  const of = (wanted) => land.features.filter((f) => wanted(f.properties.kind)).flatMap((f) =>
    polygons(f.geometry).filter((rings) => touches(rings[0])));
  return { land: of((kind) => kind === "land"), lanes: of((kind) => LANES.has(kind)) };
}

/** Half the width of what is to be seen, in miles: the forecast of the next hours and the first to help, within reason. */
function reach(at, points) {
  const far = Math.max(0, ...points.map(([lon, lat]) => Math.hypot((lon - at[0]) * Math.cos((at[1] * Math.PI) / 180), lat - at[1]) * 60));
  return Math.min(MOST_NM, Math.max(LEAST_NM, far * 1.15));
}

/** Draw; `at` is the alert's place, the others are places and ellipses of its evidence, `targets` of the picture. */
export function drawMini(canvas, { land, at, targets, helpers, forecast }) {
  const width = canvas.clientWidth, height = canvas.clientHeight, sharp = devicePixelRatio || 1;
  if (!width || !at) return;
  canvas.width = width * sharp;
  canvas.height = height * sharp;
  const half = reach(at, [...helpers.slice(0, 1), ...forecast.slice(0, SOON).map((e) => [e.lon, e.lat])]), miles = (2 * half) / height;
  const [east, north] = offset(at, half * NM_M, half * NM_M), wide = ((east - at[0]) * width) / height;
  const x = ([lon]) => ((lon - at[0]) / wide + 1) * (width / 2), y = ([, lat]) => (1 - (lat - at[1]) / (north - at[1])) * (height / 2);
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const path = (rings) => {
    pen.beginPath();
    for (const ring of rings) { for (const [i, p] of ring.entries()) pen[i ? "lineTo" : "moveTo"](x(p), y(p)); pen.closePath(); }
  };
  const shape = (rings, fill, stroke, opacity) => {
    path(rings);
    pen.globalAlpha = opacity;
    if (fill) { pen.fillStyle = color(fill); pen.fill("evenodd"); }
    pen.globalAlpha = 1;
    if (stroke) { pen.strokeStyle = color(stroke); pen.lineWidth = 1; pen.stroke(); }
  };
  const dot = (p, name, size) => { pen.beginPath(); pen.arc(x(p), y(p), size, 0, 7); pen.fillStyle = color(name); pen.fill(); };
  pen.fillStyle = color("sea");
  pen.fillRect(0, 0, width, height);
  const shown = near(land, [at[0] - wide, 2 * at[1] - north, at[0] + wide, north]);
  for (const rings of shown.lanes) shape(rings, "zone", "zone", 0.12);
  for (const e of forecast) shape([ellipse([e.lon, e.lat], e.major_m, e.minor_m, e.axis_deg)], "k-contact", "k-contact", 0.1);
  for (const rings of shown.land) shape(rings, "land", "coast", 1);  // over the forecast, which knows none
  for (const p of targets) dot(p, "quiet", 2);
  pen.setLineDash([3, 3]);
  for (const p of helpers) { pen.strokeStyle = color("k-service"); pen.beginPath(); pen.moveTo(x(at), y(at)); pen.lineTo(x(p), y(p)); pen.stroke(); }
  pen.setLineDash([]);
  for (const p of helpers) dot(p, "k-service", 4);
  pen.strokeStyle = color("s-distress"); pen.lineWidth = 3;
  pen.beginPath(); pen.arc(x(at), y(at), 9, 0, 7); pen.stroke();
  dot(at, "strong", 3);
  scale(pen, height, miles);
}

function scale(pen, height, miles) {
  const length = [1, 2, 5, 10, 20].find((nm) => nm / miles >= 50) ?? 20, wide = length / miles;
  pen.strokeStyle = color("strong"); pen.fillStyle = color("strong"); pen.lineWidth = 2;
  pen.beginPath(); pen.moveTo(8, height - 14); pen.lineTo(8, height - 8); pen.lineTo(8 + wide, height - 8); pen.lineTo(8 + wide, height - 14); pen.stroke();
  pen.font = "12px sans-serif";
  pen.fillText(`${length} nm`, 14 + wide, height - 8);
}
