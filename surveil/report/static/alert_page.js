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
      ["Id", h("span", { class: "mono" }, alert.id)],
    ]);
  }

  function comparison(evidence) {
    const rows = (evidence.compared ?? []).map((c) => [
      c.what,
      h("b", {}, Format.number(c.value)),
      SIGNS[c.op] ?? c.op,
      Format.number(c.threshold),
      c.unit || "",
      c.source || "no source given",
    ]);
    return rows.length
      ? Dom.table(
          "Compared",
          ["What", "Value", "Test", "Threshold", "Unit", "Source of the threshold"],
          rows,
          "compared",
        )
      : h("p", {}, "No number was compared for this alert.");
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
          { class: e.event },
          h("time", {}, Format.dateTime(e.t_ms)),
          h("b", {}, e.event),
          h("span", {}, e.sentence),
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
      h("div", { class: "scroll" }, inputs(evidence)),
      h("h2", {}, "History"),
      history(alert),
    );
    return map;
  }

  return { render };
})();
