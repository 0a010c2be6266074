// Elements, never markup from text: whatever the air says is shown, not run.
export const $ = (id) => document.getElementById(id);

/** h("p", {class: "x", onclick: f}, "text", child): attributes, handlers and children; null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const two = (n) => String(n).padStart(2, "0");
export function clock(t, seconds = true) {
  if (t == null) return "–";
  const d = new Date(t);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${seconds ? `:${two(d.getUTCSeconds())}` : ""}`;
}
export const day = (t) => (t == null ? "" : new Date(t).toISOString().slice(0, 10));
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
}
export function position(lon, lat) {
  const part = (v, width, plus, minus) => {
    const a = Math.abs(v), degrees = Math.floor(a);
    return `${String(degrees).padStart(width, "0")}°${((a - degrees) * 60).toFixed(2).padStart(5, "0")}′${v < 0 ? minus : plus}`;
  };
  return `${part(lat, 2, "N", "S")} ${part(lon, 3, "E", "W")}`;
}
