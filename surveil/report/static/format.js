// Times, positions and numbers as a watch officer writes them.
const Format = (() => {
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const clocks = new Map();

  function clock(zone, withDate, withZone) {
    const key = `${zone}${withDate}${withZone}`;
    if (!clocks.has(key)) {
      clocks.set(
        key,
        new Intl.DateTimeFormat("en-GB", {
          timeZone: zone,
          hour: "2-digit",
          minute: "2-digit",
          second: "2-digit",
          hourCycle: "h23",
          ...(withDate && { day: "2-digit", month: "short", year: "numeric" }),
          ...(withZone && { timeZoneName: "short" }),
        }),
      );
    }
    return clocks.get(key);
  }

  const time = (t, zone = "UTC") => (t == null ? "—" : clock(zone, false, false).format(t));
  const zoned = (t, zone) => clock(zone, false, true).format(t);
  const dateTime = (t) => (t == null ? "—" : `${isoDate(t)} ${time(t)} UTC`);
  const isoDate = (t) => new Date(t).toISOString().slice(0, 10);
  const day = (t) => (t == null ? "" : `${isoDate(t).slice(8)} ${MONTHS[+isoDate(t).slice(5, 7) - 1]}`);
  const local = (t) => `${zoned(t, "Europe/London")} · ${zoned(t, "Europe/Paris")}`;

  function duration(ms) {
    const s = Math.round(ms / 1000);
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${String(Math.floor(s / 60) % 60).padStart(2, "0")} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
  }

  function degreesMinutes(value, width, positive, negative) {
    const thousandths = Math.round(Math.abs(value) * 60000);
    const degrees = String(Math.floor(thousandths / 60000)).padStart(width, "0");
    const minutes = ((thousandths % 60000) / 1000).toFixed(3).padStart(6, "0");
    return `${degrees}°${minutes}′${value < 0 ? negative : positive}`;
  }

  function position(lon, lat) {
    if (lon == null || lat == null) return "position not known";
    const wrapped = ((((lon + 180) % 360) + 360) % 360) - 180;
    return `${degreesMinutes(lat, 2, "N", "S")} ${degreesMinutes(wrapped, 3, "E", "W")}`;
  }

  const count = (n) => (n == null ? "—" : n.toLocaleString("en-GB"));
  const knots = (v) => (v == null ? "SOG not sent" : `${v.toFixed(1)} kn`);
  const course = (c) => (c == null ? "COG not sent" : `${String(Math.round(c) % 360).padStart(3, "0")}°`);
  const words = (name) => String(name).replaceAll("_", " ").replaceAll("-", " ");
  const percent = (p) => (p == null ? "—" : `${Math.round(p * 100)}%`);

  function number(value) {
    if (typeof value !== "number") return value == null ? "—" : String(value);
    return Number.isInteger(value) && Math.abs(value) < 1e5
      ? String(value)
      : String(Number(value.toPrecision(6)));
  }

  const vessel = (subject) => subject.name?.trim() || `MMSI ${subject.mmsi}`;

  return {
    time,
    zoned,
    dateTime,
    isoDate,
    day,
    local,
    duration,
    position,
    count,
    knots,
    course,
    words,
    percent,
    number,
    vessel,
  };
})();
