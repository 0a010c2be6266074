// What is known of a vessel, in a line and in a panel.
const Vessel = (() => {
  const CRAFT = { yes: "small craft", no: "not a small craft", unknown: "size unknown" };

  function motion(at) {
    if (!at) return "not heard at this time";
    const heard = at.silence_ms > 60e3 ? ` · last heard ${Format.duration(at.silence_ms)} before` : "";
    return `${Format.knots(at.sog)} · ${Format.course(at.cog)}${heard}`;
  }

  function kindText(track) {
    const type =
      track.ship_type_text || (track.ship_type ? `type ${track.ship_type}` : Model.KINDS[track.kind]);
    const length = track.length_m ? ` · ${Math.round(track.length_m)} m` : "";
    const station = /^[AB]$/.test(track.ais_class ?? "")
      ? `class ${track.ais_class}`
      : track.ais_class || "class unknown";
    return `${type} · ${station}${length}`;
  }

  function tip(track, t) {
    return [
      Dom.h("b", {}, Format.vessel(track)),
      track.name?.trim() ? Dom.h("div", {}, `MMSI ${track.mmsi}`) : "",
      Dom.h("div", {}, kindText(track)),
      Dom.h("div", {}, motion(Model.positionAt(track, t))),
    ];
  }

  function panel(model, track, t, { close, alertHref }) {
    const at = Model.positionAt(track, t),
      alerts = Model.alertsOf(model, track.mmsi);
    return [
      Dom.h(
        "button",
        { type: "button", class: "close", "aria-label": "Close vessel panel", onclick: close },
        "×",
      ),
      Dom.h("h2", {}, Symbols.vesselIcon(track.kind), Format.vessel(track)),
      Dom.definitions([
        ["MMSI", String(track.mmsi)],
        ["Flag", track.flag],
        ["Kind", kindText(track)],
        [
          "Small craft",
          `${CRAFT[track.small_craft] ?? "unknown"}${track.small_craft_ground ? `: ${track.small_craft_ground}` : ""}`,
        ],
        ["SOG · COG", motion(at)],
        ["Position", at && Format.position(at.lon, at.lat)],
        [
          "Heard",
          track.segments.length
            ? `${Format.dateTime(track.segments[0].t[0])} to ${Format.dateTime(track.segments.at(-1).t.at(-1))}`
            : null,
        ],
      ]),
      alerts.length > 0 &&
        Dom.h(
          "ul",
          { class: "links" },
          alerts.map((alert) =>
            Dom.h(
              "li",
              {},
              Symbols.alertIcon(alert.severity, 14),
              Dom.h("a", { href: alertHref(alert) }, alert.sentence),
            ),
          ),
        ),
      track.events?.length > 0 &&
        Dom.h(
          "ul",
          { class: "links" },
          track.events.map((event) =>
            Dom.h("li", {}, `${Format.day(event.t_ms)} ${Format.time(event.t_ms)} UTC: ${event.sentence}`),
          ),
        ),
    ].filter(Boolean);
  }

  function finder(model, onFind) {
    const title = (track) => `${Format.vessel(track)} · ${track.mmsi}`;
    const byTitle = new Map(model.tracks.map((track) => [title(track), track]));
    return Dom.h(
      "label",
      { class: "find" },
      Dom.h("input", {
        type: "search",
        list: "vessels",
        placeholder: "Find vessel",
        "aria-label": "Find vessel by name or MMSI",
        oninput: (event) => {
          const track = byTitle.get(event.target.value);
          if (track) onFind(track);
        },
      }),
      Dom.h(
        "datalist",
        { id: "vessels" },
        [...byTitle.keys()].sort().map((value) => Dom.h("option", { value })),
      ),
    );
  }

  // The last known position up to t, else the first.
  function whereabouts(track, t) {
    const segment = track.segments.findLast((s) => s.t[0] <= t) ?? track.segments[0];
    const i = segment && Math.max(0, Model.lastAtOrBefore(segment.t, t));
    return segment && { lon: segment.lon[i], lat: segment.lat[i] };
  }

  return { tip, panel, finder, whereabouts };
})();
