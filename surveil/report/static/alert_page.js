// One alert whole: the sentence, the numbers behind it, the input it rests on, and what became of it.
const AlertPage = (() => {
  const { h } = Dom;
  const SIGNS = { "<=": "≤", ">=": "≥", "==": "=", "!=": "≠" };

  function neighbours(alert, alerts, href) {
    const i = alerts.indexOf(alert);
    const link = (other, text) => other && h("a", { href: href(other) }, text);
    return h(
      "span",
      { class: "neighbours" },
      link(alerts[i - 1], "← more urgent"),
      `${i + 1} of ${alerts.length}`,
      link(alerts[i + 1], "less urgent →"),
    );
  }

  function facts(alert) {
    const when = (t) => t != null && [Format.dateTime(t), h("small", {}, ` ${Format.local(t)}`)];
    return Dom.definitions([
      [
        "Subjects",
        alert.subjects.map((s) =>
          h("div", {}, s.name?.trim() ? `${s.name.trim()} · MMSI ${s.mmsi}` : `MMSI ${s.mmsi}`),
        ),
      ],
      ["Position", h("span", { class: "mono" }, Format.position(alert.lon, alert.lat))],
      ["Began", when(alert.t_start_ms)],
      ["Raised", when(alert.t_raised_ms)],
      ["Ended", alert.t_end_ms == null ? "not ended in this input" : when(alert.t_end_ms)],
      ["Silenced until", alert.state === "silenced" ? when(alert.until_ms) : null],
      ["Assigned to", alert.assigned],
      ["Id", h("span", { class: "mono" }, alert.id)],
      ["Incident", alert.incident && h("span", { class: "mono" }, alert.incident)],
    ]);
  }

  function comparison(evidence) {
    const rows = (evidence.compared ?? []).map((c) => [
      c.what,
      h("b", {}, Format.number(c.value)),
      SIGNS[c.op] ?? c.op,
      Format.number(c.threshold),
      c.unit || "",
      c.tightest ? h("b", {}, c.turns) : c.turns || "",
      c.source || "no source given",
    ]);
    return rows.length
      ? Dom.table(
          "Compared",
          ["What", "Value", "Test", "Threshold", "Unit", "What would change it", "Source of the threshold"],
          rows,
          "compared",
        )
      : h("p", {}, "No number was compared for this alert.");
  }

  // Other rules that did not fire for the target at that time, and what they lacked.
  function almost(evidence) {
    const rows = (evidence.almost ?? []).map((a) => [
      Format.words(a.rule),
      Format.dateTime(a.t_start_ms),
      `${a.lacked.what} ${Format.number(a.lacked.value)} ${a.lacked.unit}`,
      a.lacked.turns,
    ]);
    return rows.length > 0 && Dom.table("Almost said of it", ["Rule", "Since", "Has", "Lacks"], rows, "almost");
  }

  // What the risk to life is made of: each part multiplies its odds.
  function danger(evidence) {
    const rows = (evidence.risk ?? []).map((p) => [
      p.what,
      h("b", {}, `${Format.number(p.value)} ${p.unit}`),
      `× ${Format.number(p.factor)}`,
      p.source,
    ]);
    return rows.length > 0 && Dom.table("Risk to life", ["What", "Value", "Odds", "Source"], rows, "danger");
  }

  // Who can be there first, at full speed in a straight line.
  function helpers(evidence) {
    const rows = (evidence.helpers ?? []).map((c) => [
      `${c.name} ${c.mmsi}`,
      c.kind,
      `${Math.round(c.intercept_s / 60)} min`,
      `${Format.number(Math.round(c.distance_m / 185.2) / 10)} nm at ${Format.number(c.speed_kn)} kn`,
    ]);
    return rows.length > 0 && Dom.table("Who can be there", ["Craft", "Kind", "In", "Distance"], rows, "helpers");
  }

  // Ellipses that hold the target with a chance of 95 %.
  function ahead(evidence) {
    const rows = (evidence.forecast ?? []).map((e) => [
      Format.dateTime(e.t_ms),
      `${e.lat.toFixed(4)}, ${e.lon.toFixed(4)}`,
      `± ${(e.major_m / 1852).toFixed(1)} × ${(e.minor_m / 1852).toFixed(1)} nm`,
    ]);
    return rows.length > 0 && Dom.table("Where it will be (95 %)", ["At", "Middle", "Ellipse"], rows, "ahead");
  }

  // Beaches from which its way, traced back, may have begun.
  function origins(evidence) {
    const rows = (evidence.origins ?? []).map((o) => [o.beach, `${Math.round(o.share * 100)} %`, Format.dateTime(o.t_ms)]);
    return rows.length > 0 && Dom.table("Where it may have set out", ["Beach", "Chance", "About"], rows, "origins");
  }

  function others(alert, href) {
    const rows = (alert.others ?? []).map((o) =>
      h(
        "li",
        {},
        h("time", {}, Format.dateTime(o.t_raised_ms)),
        h("b", {}, o.state),
        h("span", {}, h("a", { href: href(o) }, o.sentence)),
      ),
    );
    return rows.length ? [h("h2", {}, "Other alerts of the incident"), h("ol", { class: "history" }, rows)] : [];
  }

  // The sentence in the languages that the page is not in.
  function alsoSaid(alert) {
    return Object.entries(alert.sentences ?? {})
      .filter(([, sentence]) => sentence !== alert.sentence)
      .map(([lang, sentence]) => h("p", { class: "also", lang }, sentence));
  }

  function told(change) {
    const why = change.why ? `: ${change.why}` : "";
    return change.by && change.by !== "surveil" ? `${change.by}${why}` : `${change.sentence}${why}`;
  }

  function inputs(evidence) {
    const rows = (evidence.inputs ?? []).map((i) => [
      `${i.source}:${i.line}`,
      Format.dateTime(i.t_ms),
      i.raw == null ? h("em", {}, "text of the line not kept") : h("code", {}, i.raw),
    ]);
    return rows.length
      ? Dom.table("Input lines", ["File:line", "Time", "As received"], rows, "inputs mono")
      : h("p", {}, "No input line is recorded for this alert.");
  }

  function history(alert) {
    return h(
      "ol",
      { class: "history" },
      (alert.history ?? []).map((e) =>
        h(
          "li",
          { class: e.event === "open" && "open" },
          h("time", {}, Format.dateTime(e.t_ms)),
          h("b", {}, e.event),
          h(
            "span",
            {},
            told(e),
            (e.compared ?? [])
              .filter((c) => c.turns)
              .map((c) => h("small", {}, ` ${c.what} ${Format.number(c.value)} ${c.unit}: ${c.turns}.`)),
          ),
        ),
      ),
    );
  }

  function render(root, model, alert, { href, home, there }) {
    if (!alert) {
      root.replaceChildren(
        h("p", {}, h("a", { href: home }, "← Map and all alerts")),
        h("h1", { tabindex: -1 }, "No alert of that id in this report"),
      );
      return null;
    }
    const map = h("div", {
      class: "map mini",
      tabindex: 0,
      role: "application",
      "aria-label": `Map about ${Format.position(alert.lon, alert.lat)}`,
    });
    const evidence = alert.evidence ?? {};
    root.replaceChildren(
      h(
        "nav",
        { class: "crumbs" },
        h("a", { href: home, class: "back" }, "← Map and all alerts"),
        neighbours(alert, model.alerts, href),
      ),
      h(
        "header",
        { class: `sev-${alert.severity}` },
        h(
          "div",
          { class: "tags" },
          Symbols.alertIcon(alert.severity, 26),
          h("b", { class: "severity" }, alert.severity),
          Format.words(alert.rule),
          h("span", { class: `state ${alert.state}` }, alert.state),
          h("span", {}, `risk to life ${Format.percent(alert.risk_to_life)}`),
          alert.simulated && h("span", { class: "sim" }, "simulated"),
        ),
        h("h1", { tabindex: -1 }, alert.sentence),
        alsoSaid(alert),
      ),
      h(
        "div",
        { class: "columns" },
        h(
          "div",
          {},
          facts(alert),
          h("h2", {}, "Grounds"),
          h("p", { class: "ground" }, evidence.ground || "No ground recorded."),
          h("h2", {}, "Known false alarms of this rule"),
          h("p", {}, evidence.known_false_alarms || "None recorded."),
        ),
        h(
          "figure",
          {},
          map,
          h(
            "figcaption",
            {},
            `At ${Format.dateTime(alert.t_raised_ms)}, with the hour before it. `,
            h("a", { href: there }, "Show on the main map"),
          ),
        ),
      ),
      h("h2", {}, "Evidence"),
      h("div", { class: "scroll" }, comparison(evidence)),
      h("div", { class: "scroll" }, almost(evidence)),
      h("div", { class: "scroll" }, danger(evidence), helpers(evidence), ahead(evidence), origins(evidence)),
      h("div", { class: "scroll" }, inputs(evidence)),
      h("h2", {}, "History"),
      history(alert),
      ...others(alert, href),
    );
    return map;
  }

  return { render };
})();
