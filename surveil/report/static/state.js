// What is being looked at, kept in the address so that a view can be sent to a colleague.
const State = (() => {
  const DEFAULTS = {
    alert: null,
    t: null,
    view: null,
    vessel: null,
    trail: 30,
    speed: 60,
    theme: "dark",
    rule: "",
    text: "",
    severities: [],
    off: ["names", "reception"],
  };

  const asNumber = (text) => (text != null && text !== "" && Number.isFinite(+text) ? +text : null);
  const asList = (text) => (text ? text.split(".").filter(Boolean) : []);

  function parseView(text) {
    const numbers = (text ?? "").split(",").map(asNumber);
    return numbers.length === 3 && numbers.every((n) => n != null)
      ? { lon: numbers[0], lat: numbers[1], zoom: numbers[2] }
      : null;
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function parse(hash) {
    const [path, query] = hash.replace(/^#/, "").split("?");
    const q = new URLSearchParams(query ?? "");
    const alert = path.match(/^\/alert\/(.+)$/);
    return {
      alert: alert ? decoded(alert[1]) : null,
      t: asNumber(q.get("t")),
      view: parseView(q.get("at")),
      vessel: asNumber(q.get("vessel")),
      trail: asNumber(q.get("trail")) ?? DEFAULTS.trail,
      speed: asNumber(q.get("speed")) ?? DEFAULTS.speed,
      theme: q.get("theme") === "light" ? "light" : "dark",
      rule: q.get("rule") ?? "",
      text: q.get("text") ?? "",
      severities: asList(q.get("severity")),
      off: q.has("off") ? asList(q.get("off")) : [...DEFAULTS.off],
    };
  }

  function format(state, alert = state.alert) {
    const q = new URLSearchParams();
    const put = (key, value, usual) => {
      if (value != null && String(value) !== String(usual)) q.set(key, value);
    };
    put("t", state.t == null ? null : Math.round(state.t), null);
    if (state.view) {
      const { lon, lat, zoom } = state.view;
      put("at", `${lon.toFixed(4)},${lat.toFixed(4)},${zoom.toFixed(2)}`);
    }
    for (const key of ["vessel", "trail", "speed", "theme", "rule", "text"])
      put(key, state[key], DEFAULTS[key]);
    put("severity", state.severities.join("."), "");
    put("off", state.off.join("."), DEFAULTS.off.join("."));
    const query = q.toString();
    return `#/${alert == null ? "" : `alert/${encodeURIComponent(alert)}`}${query ? `?${query}` : ""}`;
  }

  return { parse, format };
})();
