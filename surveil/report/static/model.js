// The data of the report, decoded, and what can be asked of it at an instant.
const Model = (() => {
  const SEVERITIES = ["distress", "high", "medium", "low", "info"];
  const QUIET_MS = 6 * 60e3; // twice the longest interval of a vessel at anchor (M.1371-5 annex 1, table 1)
  const HOLD_MS = 15 * 60e3; // how long a vessel stays on the map after it was last heard; assumed

  const KINDS = {
    small: "Small craft",
    device: "Distress device",
    cargo: "Cargo",
    tanker: "Tanker",
    passenger: "Passenger, high-speed",
    fishing: "Fishing",
    pleasure: "Sail, pleasure",
    service: "Tug, pilot, SAR, official",
    other: "Other or not said",
  };

  function kindOf(track) {
    const type = track.ship_type ?? 0;
    if (track.ais_class === "distress device") return "device";
    if (track.small_craft === "yes") return "small";
    if (type === 30) return "fishing";
    if (type === 36 || type === 37) return "pleasure";
    if ((type >= 31 && type <= 35) || (type >= 50 && type <= 59)) return "service";
    return { 4: "passenger", 6: "passenger", 7: "cargo", 8: "tanker" }[Math.floor(type / 10)] ?? "other";
  }

  function running(deltas, unit) {
    let sum = 0;
    return deltas.map((delta) => (sum += delta) / unit);
  }

  const tenths = (values) => values.map((value) => (value == null ? null : value / 10));

  function decodeSegment(s) {
    return {
      t: running(s.t, 1),
      lon: running(s.x, 1e5),
      lat: running(s.y, 1e5),
      sog: tenths(s.v),
      cog: tenths(s.c),
    };
  }

  function decodeTrack(track) {
    const segments = track.segments.map(decodeSegment).sort((a, b) => a.t[0] - b.t[0]);
    return { ...track, kind: kindOf(track), segments };
  }

  function byUrgency(a, b) {
    const rank = (alert) =>
      (SEVERITIES.indexOf(alert.severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);
    return (
      (b.risk_to_life ?? 0) - (a.risk_to_life ?? 0) ||
      rank(a) - rank(b) ||
      a.t_start_ms - b.t_start_ms ||
      (a.id < b.id ? -1 : 1)
    );
  }

  function spanOf(data, tracks) {
    const given = (data.span ?? []).filter((t) => t != null);
    if (given.length === 2) return given;
    let low = Infinity,
      high = -Infinity;
    const see = (t) => {
      if (t != null) {
        low = Math.min(low, t);
        high = Math.max(high, t);
      }
    };
    for (const track of tracks)
      for (const s of track.segments) {
        see(s.t[0]);
        see(s.t.at(-1));
      }
    for (const alert of data.alerts) {
      see(alert.t_start_ms);
      see(alert.t_raised_ms);
    }
    return low <= high ? [low, high] : [0, 0];
  }

  function eachPosition(coordinates, visit) {
    if (typeof coordinates[0] === "number") visit(coordinates[0], coordinates[1]);
    else for (const part of coordinates) eachPosition(part, visit);
  }

  function boundsOf(features) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const f of features) eachPosition(f.geometry.coordinates, (lon, lat) => extend(box, lon, lat));
    return box[0] <= box[2] ? box : null;
  }

  function extend(box, lon, lat) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }

  // Where nearly all positions lie, and every alert: one wild position must not shrink the strait to a dot.
  function positionsBounds(model) {
    const sorted = (axis) =>
      Float64Array.from(model.tracks.flatMap((track) => track.segments.flatMap((s) => s[axis]))).sort();
    const lon = sorted("lon"),
      lat = sorted("lat"),
      out = Math.floor(lon.length / 200),
      last = lon.length - 1 - out;
    const box = lon.length
      ? [lon[out], lat[out], lon[last], lat[last]]
      : [Infinity, Infinity, -Infinity, -Infinity];
    for (const a of model.alerts) if (a.lon != null && a.lat != null) extend(box, a.lon, a.lat);
    return box[0] <= box[2] ? box : null;
  }

  const DEFAULT_BOUNDS = [0.9, 50.75, 2.2, 51.45]; // the Dover Strait, when there is nothing else to show

  function load(data) {
    const tracks = data.tracks.map(decodeTrack);
    const alerts = [...data.alerts].sort(byUrgency);
    const model = {
      ...data,
      tracks,
      alerts,
      span: spanOf(data, tracks),
      landBounds: boundsOf(data.land.features),
    };
    model.bounds = positionsBounds(model) ?? boundsOf(data.areas.features) ?? DEFAULT_BOUNDS;
    model.trackOpacity = 0.45 * Math.min(1, Math.sqrt(120 / Math.max(1, tracks.length)));
    model.trackByMmsi = new Map(tracks.map((track) => [track.mmsi, track]));
    model.alertById = new Map(alerts.map((alert) => [alert.id, alert]));
    return model;
  }

  // Index of the last sample at or before t; -1 if none.
  function lastAtOrBefore(times, t) {
    let low = 0,
      high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= t) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function sampleAt(segment, t) {
    const i = lastAtOrBefore(segment.t, t),
      last = segment.t.length - 1,
      j = Math.min(i + 1, last);
    const f = j === i ? 0 : (t - segment.t[i]) / (segment.t[j] - segment.t[i]);
    const mix = (values) => values[i] + f * (values[j] - values[i]);
    return {
      lon: mix(segment.lon),
      lat: mix(segment.lat),
      sog: segment.sog[i],
      cog: segment.cog[i],
      silence_ms: i === last ? t - segment.t[last] : 0,
      segment,
      i,
    };
  }

  // Where a vessel is at t: between two reports on the straight line, after the last one held for a while.
  function positionAt(track, t) {
    let found = null;
    for (const segment of track.segments) if (segment.t[0] <= t) found = segment;
    const sample = found && sampleAt(found, t);
    return sample && sample.silence_ms <= HOLD_MS ? sample : null;
  }

  function alertsOf(model, mmsi) {
    return model.alerts.filter((alert) => alert.subjects.some((subject) => subject.mmsi === mmsi));
  }

  return { SEVERITIES, KINDS, QUIET_MS, load, positionAt, lastAtOrBefore, alertsOf, boundsOf };
})();
