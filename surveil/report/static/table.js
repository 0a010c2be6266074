// The alert list: most urgent first, filtered by rule, severity and words, walked with the arrow keys.
const AlertTable = (() => {
  const { h } = Dom;

  function matcher(state) {
    const wanted = state.text.trim().toLowerCase();
    return (alert) =>
      (!state.rule || alert.rule === state.rule) &&
      (!state.severities.length || state.severities.includes(alert.severity)) &&
      (!wanted || haystack(alert).includes(wanted));
  }

  const haystack = (alert) =>
    [
      alert.id,
      alert.rule,
      alert.severity,
      alert.state,
      alert.incident ?? "",
      alert.sentence,
      ...alert.subjects.flatMap((s) => [s.mmsi, s.name ?? ""]),
    ]
      .join(" ")
      .toLowerCase();

  function riskBar(risk) {
    const level = h("i");
    level.style.width = `${Math.round(100 * (risk ?? 0))}%`;
    return h("span", { class: "bar", "aria-hidden": "true" }, level);
  }

  const countBy = (alerts, key) =>
    alerts.reduce((n, alert) => n.set(alert[key], (n.get(alert[key]) ?? 0) + 1), new Map());

  function create(root, model, state, { onFilter, onFocus, href }) {
    const body = h("tbody"),
      shown = h("span", { class: "shown", role: "status" });
    const rules = [...countBy(model.alerts, "rule")].sort(([a], [b]) => (a < b ? -1 : 1));
    const bySeverity = countBy(model.alerts, "severity");

    function chip(severity) {
      return h(
        "button",
        {
          type: "button",
          class: `chip sev-${severity}`,
          "aria-pressed": String(state.severities.includes(severity)),
          onclick: (event) => {
            const on = state.severities.includes(severity);
            state.severities = on
              ? state.severities.filter((s) => s !== severity)
              : [...state.severities, severity];
            event.currentTarget.setAttribute("aria-pressed", String(!on));
            refresh();
          },
        },
        Symbols.alertIcon(severity, 15),
        `${severity} ${bySeverity.get(severity)}`,
      );
    }

    function filters() {
      return h(
        "form",
        { class: "filters", onsubmit: (event) => event.preventDefault() },
        h(
          "div",
          { class: "chips", role: "group", "aria-label": "Severity" },
          Model.SEVERITIES.filter((s) => bySeverity.has(s)).map(chip),
        ),
        h(
          "select",
          {
            "aria-label": "Rule",
            onchange: (event) => {
              state.rule = event.target.value;
              refresh();
            },
          },
          h("option", { value: "" }, "All rules"),
          rules.map(([rule, n]) =>
            h("option", { value: rule, selected: rule === state.rule }, `${Format.words(rule)} (${n})`),
          ),
        ),
        h("input", {
          type: "search",
          placeholder: "Name, MMSI, words",
          "aria-label": "Search alerts",
          value: state.text,
          oninput: (event) => {
            state.text = event.target.value;
            refresh();
          },
        }),
      );
    }

    function row(alert) {
      return h(
        "tr",
        {
          role: "row",
          class: `sev-${alert.severity}`,
          "data-id": alert.id,
          onmouseenter: () => onFocus(alert),
          onmouseleave: () => onFocus(null),
          onclick: (event) => {
            if (!event.target.closest("a")) location.hash = href(alert);
          },
        },
        h(
          "td",
          { role: "cell", class: "severity" },
          Symbols.alertIcon(alert.severity, 20),
          h("span", {}, alert.severity),
        ),
        h(
          "td",
          { role: "cell", class: "risk" },
          riskBar(alert.risk_to_life),
          `${Format.percent(alert.risk_to_life)} risk to life`,
        ),
        h(
          "td",
          { role: "cell", class: "when" },
          h("small", {}, Format.day(alert.t_raised_ms)),
          h("time", {}, Format.time(alert.t_raised_ms)),
        ),
        h(
          "td",
          { role: "cell", class: "what" },
          h(
            "div",
            { class: "tags" },
            Format.words(alert.rule),
            h("span", { class: `state ${alert.state}` }, alert.state),
            alert.simulated && h("span", { class: "sim" }, "simulated"),
          ),
          h(
            "a",
            { href: href(alert), onfocus: () => onFocus(alert), onblur: () => onFocus(null) },
            alert.sentence,
          ),
        ),
      );
    }

    function walk(event) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const links = [...body.querySelectorAll("a")],
        here = links.indexOf(document.activeElement);
      if (!by || here < 0) return;
      event.preventDefault();
      links[Math.max(0, Math.min(links.length - 1, here + by))].focus();
    }

    function render() {
      const alerts = model.alerts.filter(matcher(state));
      body.replaceChildren(...alerts.map(row));
      if (!alerts.length)
        body.append(
          h(
            "tr",
            {},
            h(
              "td",
              { colspan: 4, class: "none" },
              model.alerts.length
                ? "No alert matches the filter."
                : "No alerts: no rule found its condition met in this input.",
            ),
          ),
        );
      shown.textContent =
        alerts.length === model.alerts.length
          ? `${alerts.length}`
          : `${alerts.length} of ${model.alerts.length}`;
    }

    function refresh() {
      render();
      onFilter();
    }

    body.addEventListener("keydown", walk);
    root.replaceChildren(
      h("h2", {}, "Alerts ", shown),
      model.alerts.length ? filters() : "",
      h(
        "div",
        { class: "scroll" },
        h(
          "table",
          { role: "table" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["Severity", "Risk to life", "Raised, UTC", "What"].map((name) =>
                h("th", { scope: "col" }, name),
              ),
            ),
          ),
          body,
        ),
      ),
    );
    render();
    return { render };
  }

  return { create, matcher };
})();
