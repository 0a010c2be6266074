// Play, speed, trail and the slider with a mark for each alert.
const Timebar = (() => {
  const SPEEDS = [1, 10, 60, 300, 900, 3600];
  const TRAILS = [
    [10, "10 min"],
    [30, "30 min"],
    [120, "2 h"],
    [1e6, "whole"],
  ];
  const MIN_FRAME_MS = 30;

  function create(root, model, state, { onTime, onSetting, listed }) {
    const [t0, t1] = model.span,
      { h } = Dom;
    const utc = h("div", { class: "utc" }),
      local = h("div", { class: "local" });
    const play = h("button", { type: "button", class: "play", onclick: toggle });
    const slider = h("input", {
      type: "range",
      min: 0,
      max: Math.max(1, Math.ceil((t1 - t0) / 1000)),
      step: 1,
      "aria-label": "Time, UTC",
      oninput: () => {
        pause();
        go(t0 + slider.value * 1000);
      },
    });
    const marks = h("div", { class: "marks", "aria-hidden": "true" });
    const now = h("div", { class: "needle", "aria-hidden": "true" });
    let timer = null,
      last = 0;

    function select(label, key, choices) {
      return h(
        "label",
        {},
        label,
        h(
          "select",
          { onchange: (event) => onSetting(key, +event.target.value) },
          choices.map(([value, text]) => h("option", { value, selected: state[key] === value }, text)),
        ),
      );
    }

    function show() {
      const t = state.t;
      utc.replaceChildren(h("b", {}, Format.time(t)), ` UTC  ${Format.isoDate(t)}`);
      local.textContent = Format.local(t);
      slider.value = (t - t0) / 1000;
      slider.setAttribute("aria-valuetext", Format.dateTime(t));
      now.style.left = `${t1 > t0 ? ((t - t0) / (t1 - t0)) * 100 : 0}%`;
      play.textContent = timer ? "❚❚" : "▶";
      play.setAttribute("aria-label", timer ? "Pause" : "Play");
    }

    function go(t) {
      state.t = Math.max(t0, Math.min(t1, t));
      show();
      onTime();
    }

    function step(stamp) {
      if (!timer) return;
      if (stamp - last >= MIN_FRAME_MS) {
        const elapsed = Math.min(250, stamp - last);
        last = stamp;
        if (state.t >= t1) return pause();
        go(state.t + elapsed * state.speed);
      }
      timer = requestAnimationFrame(step);
    }

    function toggle() {
      if (timer) return pause();
      if (state.t >= t1) state.t = t0;
      last = performance.now();
      timer = requestAnimationFrame(step);
      show();
    }

    function pause() {
      if (timer) cancelAnimationFrame(timer);
      timer = null;
      show();
    }

    function refreshMarks() {
      const along = (t) => (t1 > t0 ? ((t - t0) / (t1 - t0)) * 100 : 0);
      marks.replaceChildren(
        now,
        ...model.alerts.filter(listed).map((alert) => {
          const mark = h("i", { class: `sev-${alert.severity}` });
          mark.style.left = `${along(alert.t_raised_ms)}%`;
          return mark;
        }),
      );
    }

    const jump = (text, label, ms) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": label,
          title: label,
          onclick: () => {
            pause();
            go(state.t + ms);
          },
        },
        text,
      );
    root.replaceChildren(
      h(
        "div",
        { class: "buttons" },
        jump("−1m", "Back one minute", -60e3),
        play,
        jump("+1m", "On one minute", 60e3),
      ),
      h("div", { class: "clock" }, utc, local),
      h(
        "div",
        { class: "selects" },
        select(
          "Speed",
          "speed",
          SPEEDS.map((s) => [s, `×${s}`]),
        ),
        select("Trail", "trail", TRAILS),
      ),
      h(
        "div",
        { class: "slide" },
        marks,
        slider,
        h("div", { class: "ends" }, h("span", {}, Format.dateTime(t0)), h("span", {}, Format.dateTime(t1))),
      ),
    );
    refreshMarks();
    show();
    return { toggle, pause, go, show, refreshMarks };
  }

  return { create };
})();
