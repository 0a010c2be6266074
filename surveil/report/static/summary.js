// The head, the account of the run and the foot.
const Summary = (() => {
  const { h } = Dom;
  const entries = (object) => Object.entries(object ?? {});

  function banner(root, model) {
    root.hidden = !model.simulated;
    if (model.simulated)
      root.replaceChildren(
        h("b", {}, "SIMULATED"),
        " Scenario with invented vessels. Nothing on this page happened.",
      );
  }

  function figure(value, name) {
    return h("div", { class: "figure" }, h("b", {}, value), h("span", {}, name));
  }

  function head(root, model, controls) {
    const s = model.summary ?? {},
      [t0, t1] = model.span;
    root.replaceChildren(
      h(
        "div",
        { class: "name" },
        h("h1", {}, model.title || "surveil report"),
        h(
          "p",
          {},
          t1 > t0
            ? `${Format.dateTime(t0)} to ${Format.dateTime(t1)} · ${Format.duration(t1 - t0)}`
            : "No time span",
        ),
      ),
      h(
        "div",
        { class: "figures" },
        figure(Format.count(s.vessels ?? model.tracks.length), "vessels"),
        figure(Format.count(s.lines_read), "lines read"),
        figure(Format.count(refusedTotal(s)), "refused"),
        figure(Format.count(model.alerts.length), "alerts"),
      ),
      controls,
    );
  }

  const refusedTotal = (s) => (s.refused ? entries(s.refused).reduce((sum, [, n]) => sum + n, 0) : null);

  function share(n, all) {
    return all ? `${((100 * n) / all).toFixed(n / all < 0.01 ? 2 : 1)}%` : "—";
  }

  function lines(s) {
    const rows = [
      ["Lines read", Format.count(s.lines_read), ""],
      ["Decoded", Format.count(s.decoded), share(s.decoded, s.lines_read)],
      ["Not AIS", Format.count(s.not_ais), share(s.not_ais, s.lines_read)],
      ...entries(s.refused)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, n]) => [`Refused: ${Format.words(reason)}`, Format.count(n), share(n, s.lines_read)]),
    ];
    return Dom.table("What became of each line", ["Line", "Count", "Share"], rows, "numbers");
  }

  function counts(caption, column, pairs) {
    return (
      pairs.length > 0 &&
      Dom.table(
        caption,
        [column, "Alerts"],
        pairs.map(([name, n]) => [Format.words(name), Format.count(n)]),
        "numbers",
      )
    );
  }

  function seconds(s) {
    const rows = entries(s.seconds).filter(([stage]) => stage !== "total"),
      all = s.seconds?.total ?? rows.reduce((sum, [, t]) => sum + t, 0);
    return (
      rows.length > 0 &&
      Dom.table(
        `Where the time went: ${all.toFixed(1)} s`,
        ["Stage", "Seconds", "Share"],
        rows
          .sort(([, a], [, b]) => b - a)
          .map(([stage, t]) => [Format.words(stage), t.toFixed(2), share(t, all)]),
        "numbers",
      )
    );
  }

  function run(root, model) {
    const s = model.summary ?? {};
    const known = Model.SEVERITIES.filter((name) => s.severities?.[name]).map((name) => [
      name,
      s.severities[name],
    ]);
    root.replaceChildren(
      h("h2", {}, "The run"),
      (s.problems ?? []).length > 0 &&
        h(
          "div",
          { class: "problems" },
          h("h3", {}, "Problems"),
          h(
            "ul",
            {},
            s.problems.map((p) => h("li", {}, p)),
          ),
        ),
      h(
        "div",
        { class: "grid" },
        s.lines_read != null && lines(s),
        counts("By severity", "Severity", known),
        counts(
          "By rule",
          "Rule",
          entries(s.alerts).sort(([, a], [, b]) => b - a),
        ),
        seconds(s),
        h(
          "div",
          {},
          h("h3", {}, "Sources"),
          h(
            "ul",
            { class: "mono" },
            (model.sources ?? []).map((name) => h("li", {}, name)),
          ),
        ),
      ),
    );
  }

  function foot(root, model) {
    const credit = new Map();
    for (const { properties: p } of [...model.areas.features, ...model.land.features]) {
      if (p.source) credit.set(`${p.source}${p.licence ? ` (${p.licence})` : ""}`, true);
    }
    root.replaceChildren(
      h(
        "p",
        {},
        h("b", {}, "Not for navigation."),
        " Coast and traffic separation © OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright).",
      ),
      credit.size > 0 &&
        h(
          "details",
          {},
          h("summary", {}, "Sources of the areas"),
          h(
            "ul",
            {},
            [...credit.keys()].map((text) => h("li", {}, text)),
          ),
        ),
      h(
        "p",
        {},
        `Written by ${model.generated_by ?? "surveil"}. Map drawn by MapLibre GL JS, BSD-3-Clause. This page asks nothing of the network.`,
      ),
    );
  }

  return { banner, head, run, foot };
})();
