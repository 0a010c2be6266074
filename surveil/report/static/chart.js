// A map with its overlay, scale, cursor and buttons: the main one and the small one of an alert's page.
const Chart = (() => {
  const NM_M = 1852;
  const SCALES_NM = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const COLOURS = [
    "sea",
    "land",
    "coast",
    "tss",
    "deep",
    "itz",
    "report",
    "boundary",
    "other",
    "ferry",
    "arrow",
    "place",
    "arealabel",
    ...Areas.HEARD.map((style) => style.fill),
    "text",
    "halo",
    "mark",
    "markline",
    ...Model.SEVERITIES.map((s) => `sev-${s}`),
    ...Object.keys(Model.KINDS).map((k) => `kind-${k}`),
  ];

  function palette() {
    const css = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries(
      COLOURS.map((name) => [name, css.getPropertyValue(`--${name}`).trim()]),
    );
    const family = css.getPropertyValue("--sans").trim();
    return { ...colours, font: (size) => `${size} ${family}` };
  }

  function scaleBar(node, map) {
    const perPx = Mercator.metresPerPx(map.view().lat, map.view().zoom);
    const nm = SCALES_NM.findLast((s) => (s * NM_M) / perPx <= 130) ?? SCALES_NM[0];
    node.style.width = `${((nm * NM_M) / perPx).toFixed(1)}px`;
    node.textContent = `${nm} nm`;
  }

  function landNote(model, map) {
    const { width, height } = map.size(),
      box = model.landBounds;
    const [west, north] = map.unproject(0, 0),
      [east, south] = map.unproject(width, height);
    return box && east > box[0] && west < box[2] && north > box[1] && south < box[3]
      ? ""
      : "No coastline data here";
  }

  // parts: {kind: "gl" | "canvas", wheel, onPick, onHover, onView, scene: () => what to draw}
  async function create(container, model, areas, parts) {
    const scale = Dom.h("div", { class: "scale", title: "Scale at the middle of the map, nautical miles" });
    const cursor = Dom.h("div", { class: "cursor", "aria-hidden": "true" }),
      note = Dom.h("div", { class: "nocoast" });
    const tip = Dom.h("div", { class: "tip", role: "status", hidden: true });
    let colours = palette(),
      map = null;
    const overlay = Overlay.create(container, model, areas);
    const chart = { frames: 0 };

    function frame() {
      if (!map) return;
      overlay.draw(map, parts.scene(), colours);
      scaleBar(scale, map);
      note.textContent = landNote(model, map);
      chart.frames += 1;
    }

    const options = {
      palette: colours,
      visible: (group) => parts.scene().visible(group),
      wheel: parts.wheel,
      onFrame: frame,
      onMove: () => parts.onView?.(map.view()),
      startView: parts.startView,
    };
    map =
      parts.kind === "gl"
        ? await GlMap.create(container, model, areas, options)
        : CanvasMap.create(container, model, areas, options);
    if (parts.kind !== "gl") map.setView(parts.startView(container));
    container.append(
      note,
      zoomButtons(() => map),
      Dom.h("div", { class: "readout" }, scale, cursor),
      tip,
    );
    watchPointer(container, () => map, overlay, areas, { cursor, tip, ...parts });
    const resize = () => {
      overlay.resize();
      map.resize();
      frame();
    };
    const observer = new ResizeObserver(resize);
    observer.observe(container);
    const unprint = () => container.querySelector(":scope > .printed")?.remove();
    const print = () => {
      unprint();
      if (container.clientWidth) container.append(picture(chart, container, model, areas, parts.scene()));
    };
    window.addEventListener("beforeprint", print);
    window.addEventListener("afterprint", unprint);
    return Object.assign(chart, {
      map,
      redraw: frame,
      recolour: () => {
        colours = palette();
        map.setPalette(colours);
        frame();
      },
      destroy: () => {
        observer.disconnect();
        window.removeEventListener("beforeprint", print);
        map.destroy();
        container.replaceChildren();
      },
    });
  }

  // A still picture for paper, in the light colours: a WebGL canvas prints blank once the page is laid out anew.
  function picture(chart, container, model, areas, scene) {
    const stage = Dom.h("div", { class: "stage" }),
      root = document.documentElement,
      theme = root.dataset.theme;
    stage.style.width = `${container.clientWidth}px`;
    stage.style.height = `${container.clientHeight}px`;
    root.dataset.theme = "light";
    document.body.append(stage);
    const colours = palette();
    const map = CanvasMap.create(stage, model, areas, {
      palette: colours,
      visible: scene.visible,
      wheel: false,
      onFrame() {},
      onMove() {},
    });
    const overlay = Overlay.create(stage, model, areas);
    map.setView(chart.map.view());
    map.select(scene.selected);
    map.drawNow();
    overlay.draw(map, scene, colours);
    map.canvas.getContext("2d").setTransform(1, 0, 0, 1, 0, 0);
    map.canvas.getContext("2d").drawImage(overlay.canvas, 0, 0);
    const image = Dom.h("img", { class: "printed", alt: "", src: map.canvas.toDataURL() });
    stage.remove();
    root.dataset.theme = theme;
    return image;
  }

  function zoomButtons(map) {
    const button = (text, label, by) =>
      Dom.h(
        "button",
        { type: "button", "aria-label": label, title: label, onclick: () => map().zoomBy(by) },
        text,
      );
    return Dom.h("div", { class: "zoom" }, button("+", "Zoom in", 1), button("−", "Zoom out", -1));
  }

  function watchPointer(container, map, overlay, areas, { cursor, tip, onPick, onHover, describe, scene }) {
    const visible = (group) => group !== "reception" || scene().visible(group);
    let pressed = null;
    const at = (event) => {
      const box = container.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    container.addEventListener("pointermove", (event) => {
      if (event.target.closest("button, .panel")) return;
      const [x, y] = at(event),
        [lon, lat] = map().unproject(x, y),
        hit = event.buttons ? null : overlay.pick(x, y);
      const under = areas
        .filter((a) => a.style.group !== "boundaries" && visible(a.style.group) && Areas.contains(a, lon, lat))
        .map((a) => Areas.shortName(a.feature));
      cursor.replaceChildren(
        Dom.h("b", {}, Format.position(lon, lat)),
        under.length ? ` ${under.slice(0, 2).join(", ")}` : "",
      );
      showTip(tip, hit && describe(hit), x, y, container);
      container.style.setProperty("cursor", hit ? "pointer" : "");
      onHover?.(hit);
    });
    container.addEventListener("pointerleave", () => {
      tip.hidden = true;
      onHover?.(null);
    });
    container.addEventListener("pointerdown", (event) => {
      pressed = at(event);
    });
    container.addEventListener("click", (event) => {
      const [x, y] = at(event);
      if (
        !pressed ||
        event.target.closest("button, a, label, .panel") ||
        Math.hypot(x - pressed[0], y - pressed[1]) > 5
      )
        return;
      onPick?.(overlay.pick(x, y, event.pointerType === "touch" ? 24 : 14));
    });
  }

  function showTip(tip, content, x, y, container) {
    tip.hidden = !content;
    if (!content) return;
    tip.replaceChildren(...content);
    const left = Math.min(x + 16, container.clientWidth - tip.offsetWidth - 8);
    const top = y + 16 + tip.offsetHeight > container.clientHeight ? y - tip.offsetHeight - 12 : y + 16;
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  return { create };
})();
