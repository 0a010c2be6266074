// All that the page shows is in the address: what is copied to another desk opens the same.
const DEFAULTS = {
  lon: "1.45", lat: "51.0", z: "9.3", theme: "dusk", lang: "en", alert: "", target: "", q: "", t: "", kinds: "", cls: "",
  vmin: "", vmax: "", age: "", ended: "", off: "trails,reception", open: "",
};
const state = { ...DEFAULTS };
const listeners = [];

export const get = (name) => state[name];
export const list = (name) => (state[name] ? state[name].split(",") : []);
export const onChange = (listener) => listeners.push(listener);

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(DEFAULTS)) state[name] = given.get(name) ?? DEFAULTS[name];
}
function write() {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  history.replaceState(null, "", changed.length ? `#${new URLSearchParams(changed)}` : location.pathname);
}
/** Change some values; tells listeners which. */
export function set(values) {
  const names = Object.keys(values).filter((name) => state[name] !== String(values[name] ?? ""));
  if (!names.length) return;
  for (const name of names) state[name] = String(values[name] ?? "");
  write();
  for (const listener of listeners) listener(new Set(names));
}
export function start() {
  read();
  addEventListener("hashchange", () => {
    read();
    for (const listener of listeners) listener(new Set(Object.keys(DEFAULTS)));
  });
}
