// Joins the parts and follows the address: "#/" is the map, "#/alert/ID" an alert's page.
(() => {
  const { h, byId } = Dom;
  const model = Model.load(JSON.parse(byId("data").textContent));
  const areas = Areas.styled([...Areas.receptionCells(model.reception), ...model.areas.features]);
  const state = State.parse(location.hash);
  state.t = state.t == null ? model.span[1] : Math.max(model.span[0], Math.min(model.span[1], state.t));
  window.surveilReport = { frames: () => main?.frames ?? 0 };
  let main = null,
    mini = null,
    focused = null,
    hovered = null,
    listed = AlertTable.matcher(state),
    savedHash = location.hash;

  const visible = (group) => !state.off.includes(group);
  const href = (alert) => State.format(state, alert.id);
  const mainScene = () => ({
    t: state.t,
    trail: state.trail,
    visible,
    listed,
    selected: state.vessel,
    hovered,
    alert: focused?.id,
  });

  let saving = null;
  function save() {
    saving ??= setTimeout(() => {
      saving = null;
      savedHash = State.format(state);
      if (savedHash !== location.hash) history.replaceState(null, "", savedHash);
      for (const link of document.querySelectorAll("[data-id] a"))
        link.setAttribute("href", href(model.alertById.get(link.closest("[data-id]").dataset.id)));
    }, 500); // browsers refuse more than some 100 changes of address in 30 s
  }

  function describe(hit, t = state.t) {
    if (hit.track) return Vessel.tip(hit.track, t);
    return [
      h("b", {}, `${hit.alert.severity} · ${Format.words(hit.alert.rule)}`),
      h("div", {}, hit.alert.sentence),
      h("div", {}, Format.dateTime(hit.alert.t_raised_ms)),
    ];
  }

  const panel = h("aside", { class: "panel vessel", hidden: true, "aria-label": "Vessel" });
  function showVessel() {
    const track = model.trackByMmsi.get(state.vessel);
    panel.hidden = !track;
    if (track)
      panel.replaceChildren(
        ...Vessel.panel(model, track, state.t, { close: () => selectVessel(null), alertHref: href }),
      );
  }

  function selectVessel(mmsi) {
    state.vessel = mmsi;
    main?.map.select(mmsi);
    showVessel();
    main?.redraw();
    save();
  }

  function findVessel(track) {
    const place = Vessel.whereabouts(track, state.t);
    selectVessel(track.mmsi);
    if (place) main.map.setView({ ...place, zoom: Math.max(10, main.map.view().zoom) });
  }

  function pick(hit) {
    if (hit?.alert) location.hash = href(hit.alert);
    else selectVessel(hit?.track?.mmsi ?? null);
  }

  const timebar = Timebar.create(byId("timebar"), model, state, {
    listed: (alert) => listed(alert),
    onTime: () => {
      main?.redraw();
      if (state.vessel != null) showVessel();
      save();
    },
    onSetting: (key, value) => {
      state[key] = value;
      main?.redraw();
      save();
    },
  });
  AlertTable.create(byId("alerts"), model, state, {
    href,
    onFilter: () => {
      listed = AlertTable.matcher(state);
      timebar.refreshMarks();
      main?.redraw();
      save();
    },
    onFocus: (alert) => {
      focused = alert;
      main?.redraw();
    },
  });

  function setTheme(theme) {
    state.theme = theme;
    document.documentElement.dataset.theme = theme;
    main?.recolour();
    mini?.recolour();
  }

  const theme = h("button", {
    type: "button",
    class: "theme",
    onclick: () => {
      setTheme(state.theme === "dark" ? "light" : "dark");
      theme.textContent = themeText();
      save();
    },
  });
  const themeText = () => (state.theme === "dark" ? "Light theme" : "Dark theme");

  function toggles() {
    const used = new Set([
      "land",
      "places",
      "tracks",
      "trails",
      "vessels",
      "names",
      "alerts",
      ...areas.map((a) => a.style.group),
    ]);
    return Object.entries(Areas.GROUPS)
      .filter(([group]) => used.has(group))
      .map(([group, name]) =>
        h(
          "label",
          {},
          h("input", {
            type: "checkbox",
            checked: visible(group),
            onchange: (event) => {
              state.off = event.target.checked ? state.off.filter((g) => g !== group) : [...state.off, group];
              main?.map.setVisible(visible);
              legendList.replaceChildren(...legend().flat());
              main?.redraw();
              save();
            },
          }),
          name,
        ),
      );
  }

  function legend() {
    const kinds = Object.entries(Model.KINDS).filter(
      ([kind]) => kind === "small" || model.tracks.some((track) => track.kind === kind),
    );
    const styles = Areas.STYLES.filter(
      (style) =>
        style.legend &&
        (style.group !== "reception" || visible("reception")) &&
        areas.some((a) => a.style === style),
    );
    return [
      kinds.map(([kind, name]) => h("div", {}, Symbols.vesselIcon(kind, 16), Symbols.lineIcon(kind), name)),
      h("div", { class: "hollow" }, "Open and faint: not heard for 6 to 15 min"),
      Model.SEVERITIES.map((s) => h("div", {}, Symbols.alertIcon(s, 16), `${s} alert`)),
      h("div", { class: "hollow" }, "Open alert: raised after the time shown"),
      styles.map((style) => h("div", {}, swatch(style), style.legend)),
    ];
  }

  const legendList = h("div", { class: "list legend" }, legend());

  function swatch(style) {
    const dash = (style.dash ?? []).join(" ");
    return Dom.svg(
      "svg",
      { class: "swatch", viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" },
      style.fill &&
        Dom.svg("rect", {
          x: 1,
          y: 1,
          width: 32,
          height: 10,
          class: `fill-${style.fill}`,
          "fill-opacity": Math.max(0.25, style.opacity * 2),
        }),
      style.line &&
        Dom.svg("path", {
          d: style.fill ? "M1,1 H33 V11 H1 Z" : "M1,6 H33",
          class: `line-${style.line}`,
          "stroke-dasharray": dash,
        }),
    );
  }

  function mapFurniture() {
    const roomy = matchMedia("(min-width: 1600px)").matches;
    return [
      panel,
      h(
        "div",
        { class: "panel layers" },
        model.tracks.length > 0 && Vessel.finder(model, findVessel),
        h("details", {}, h("summary", {}, "Layers"), h("div", { class: "list" }, toggles())),
        h(
          "details",
          { open: roomy },
          h("summary", {}, "Legend"),
          legendList,
        ),
      ),
      h("div", { class: "credit" }, "© OpenStreetMap contributors, ODbL · Not for navigation"),
    ];
  }

  const startView = (holder) =>
    state.view ?? Mercator.fit(model.bounds, holder.clientWidth || 800, holder.clientHeight || 500);
  const mapParts = (kind) => ({
    kind,
    wheel: true,
    startView,
    describe,
    scene: mainScene,
    onPick: pick,
    onView: (view) => {
      state.view = view;
      save();
    },
    onHover: (hit) => {
      const mmsi = hit?.track?.mmsi ?? null;
      if (mmsi !== hovered) {
        hovered = mmsi;
        main?.redraw();
      }
    },
  });

  async function openMainMap() {
    const container = byId("map");
    try {
      main = await Chart.create(container, model, areas, mapParts("gl"));
    } catch (error) {
      container.replaceChildren();
      main = await Chart.create(container, model, areas, mapParts("canvas"));
      container.append(h("p", { class: "degraded", role: "status" }, `Plain map: ${error.message}.`));
    }
    if (main.map.kind === "canvas") container.tabIndex = 0; // MapLibre's own canvas takes the keys otherwise
    container.append(...mapFurniture());
    main.map.select(state.vessel);
    showVessel();
    main.redraw();
    document.documentElement.dataset.map = main.map.kind; // says which map it is, and that it stands
  }

  // The main map at the place and time of an alert, its vessel chosen.
  function thereAndThen(alert, mmsi = alert.subjects[0]?.mmsi) {
    const view = alert.lon == null ? state.view : { lon: alert.lon, lat: alert.lat, zoom: 10.5 };
    return State.format({ ...state, t: alert.t_raised_ms, view, vessel: mmsi }, null);
  }

  async function openAlert(id) {
    const alert = model.alertById.get(id),
      root = byId("alert-page");
    const holder = AlertPage.render(root, model, alert, {
      href,
      home: State.format(state, null),
      there: alert && thereAndThen(alert),
    });
    if (holder) {
      const at =
        alert.lon == null
          ? Mercator.fit(model.bounds, 500, 360)
          : { lon: alert.lon, lat: alert.lat, zoom: 10 };
      mini = await Chart.create(holder, model, areas, {
        kind: "canvas",
        wheel: false,
        startView: () => at,
        describe: (hit) => describe(hit, alert.t_raised_ms),
        onPick: (hit) => {
          if (hit?.track) location.hash = thereAndThen(alert, hit.track.mmsi);
        },
        scene: () => ({
          t: alert.t_raised_ms,
          trail: 60,
          visible: (group) => group !== "tracks" && (group !== "reception" || visible(group)),
          alert: id,
          selected: alert.subjects[0]?.mmsi,
          listed: (other) => other.id === id,
        }),
      });
      holder.append(h("div", { class: "credit" }, "© OpenStreetMap contributors, ODbL"));
    }
    window.scrollTo(0, 0);
    root.querySelector("h1").focus({ preventScroll: true });
    document.title = alert ? alert.sentence : model.title;
  }

  async function route() {
    mini?.destroy();
    mini = null;
    const onAlert = state.alert != null;
    timebar.pause();
    for (const id of ["watch", "summary"]) byId(id).hidden = onAlert;
    byId("alert-page").hidden = !onAlert;
    if (onAlert) return openAlert(state.alert);
    document.title = model.title || "surveil report";
    if (main) selectVessel(state.vessel);
    else await openMainMap();
    main.redraw();
  }

  const settings = (s) => JSON.stringify([s.theme, s.rule, s.text, s.severities, s.off, s.trail, s.speed]);
  window.addEventListener("hashchange", () => {
    if (location.hash === savedHash) return;
    savedHash = location.hash;
    const next = State.parse(location.hash);
    if (settings(next) !== settings(state)) return location.reload(); // an address pasted or an older entry: start from it
    if (next.t == null) next.t = state.t;
    const moved = JSON.stringify(next.view) !== JSON.stringify(state.view);
    Object.assign(state, next);
    if (moved && state.view) main?.map.setView(state.view);
    timebar.show();
    route();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && !event.target.closest("input, select, button, a, summary")) {
      event.preventDefault();
      timebar.toggle();
    }
    if (event.key === "Escape" && state.vessel != null) selectVessel(null);
  });

  Summary.banner(byId("banner"), model);
  theme.textContent = themeText();
  Summary.head(byId("head"), model, theme);
  Summary.run(byId("summary"), model);
  Summary.foot(byId("foot"), model);
  setTheme(state.theme);
  route();
})();
