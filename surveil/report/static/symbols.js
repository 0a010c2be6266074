// Shapes of alerts and vessels, the same on both maps, in tables and in the legend. A shape never depends on
// colour alone. Paths are in pixels about (0,0), north up.
const Symbols = (() => {
  const ALERTS = {
    distress: "M-4.6,-11 L4.6,-11 L11,-4.6 L11,4.6 L4.6,11 L-4.6,11 L-11,4.6 L-11,-4.6 Z",
    high: "M0,-10.5 L10.5,8.5 L-10.5,8.5 Z",
    medium: "M0,-10 L10,0 L0,10 L-10,0 Z",
    low: "M-7,-7 L7,-7 L7,7 L-7,7 Z",
    info: "M-7,0 A7,7 0 1 0 7,0 A7,7 0 1 0 -7,0 Z",
  };
  const MARKS = {
    distress: "M-5.5,-5.5 L5.5,5.5 M5.5,-5.5 L-5.5,5.5",
    high: "M0,-4.5 L0,2.5 M0,5.2 L0,6",
    medium: "M0,-4.5 L0,1.5 M0,4 L0,4.8",
    low: "M-3.5,0 L3.5,0",
    info: "M0,-1 L0,4 M0,-4 L0,-3.4",
  };
  const VESSELS = {
    moving: "M0,-9 L5.2,7 L0,4 L-5.2,7 Z",
    still: "M-3.6,0 A3.6,3.6 0 1 0 3.6,0 A3.6,3.6 0 1 0 -3.6,0 Z",
    device: "M-8,0 A8,8 0 1 0 8,0 A8,8 0 1 0 -8,0 Z M-5.6,-5.6 L5.6,5.6 M5.6,-5.6 L-5.6,5.6",
  };
  const DASHES = { small: [6, 4], device: [2, 3], pleasure: [1, 3] };
  const paths = new Map();

  function path(text) {
    if (!paths.has(text)) paths.set(text, new Path2D(text));
    return paths.get(text);
  }

  const known = (severity) => (severity in ALERTS ? severity : "info");

  function alertIcon(severity, size = 18) {
    const s = known(severity);
    return Dom.svg(
      "svg",
      { class: `icon sev-${s}`, viewBox: "-12 -12 24 24", width: size, height: size, "aria-hidden": "true" },
      Dom.svg("path", { d: ALERTS[s], class: "shape" }),
      Dom.svg("path", { d: MARKS[s], class: "mark" }),
    );
  }

  function vesselIcon(kind, size = 18) {
    const shape = kind === "device" ? VESSELS.device : VESSELS.moving;
    return Dom.svg(
      "svg",
      {
        class: `icon kind-${kind}`,
        viewBox: "-12 -12 24 24",
        width: size,
        height: size,
        "aria-hidden": "true",
      },
      Dom.svg("path", { d: shape, class: "shape" }),
    );
  }

  function lineIcon(kind) {
    return Dom.svg(
      "svg",
      { class: `icon kind-${kind}`, viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" },
      Dom.svg("path", { d: "M1,6 L33,6", class: "line", "stroke-dasharray": (DASHES[kind] ?? []).join(" ") }),
    );
  }

  function drawAlert(ctx, x, y, severity, palette, { raised, selected }) {
    const s = known(severity),
      shape = path(ALERTS[s]);
    ctx.save();
    ctx.translate(x, y);
    if (selected) ring(ctx, 17, palette.text);
    ctx.lineJoin = "round";
    ctx.lineWidth = 4.5;
    ctx.strokeStyle = palette.halo;
    ctx.stroke(shape);
    ctx.fillStyle = raised ? palette[`sev-${s}`] : palette.halo;
    ctx.fill(shape);
    ctx.lineWidth = 1.8;
    ctx.strokeStyle = raised ? palette.markline : palette[`sev-${s}`];
    ctx.stroke(shape);
    ctx.lineWidth = 2.2;
    ctx.lineCap = "round";
    ctx.strokeStyle = raised ? palette.mark : palette[`sev-${s}`];
    ctx.stroke(path(MARKS[s]));
    ctx.restore();
  }

  function ring(ctx, radius, colour) {
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.lineWidth = 2;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }

  function vesselShape(kind, at) {
    if (kind === "device") return VESSELS.device;
    return at.cog == null || (at.sog ?? 1) < 0.5 ? VESSELS.still : VESSELS.moving;
  }

  // Small craft are open shapes with a heavy outline, others filled; one no longer heard is faint and open.
  function drawVessel(ctx, x, y, kind, at, palette, { chosen, size }) {
    const shape = path(vesselShape(kind, at)),
      colour = palette[`kind-${kind}`],
      silent = at.silence_ms > Model.QUIET_MS;
    ctx.save();
    ctx.translate(x, y);
    if (chosen) ring(ctx, 14, palette.text);
    ctx.scale(size, size);
    if (kind !== "device") ctx.rotate(((at.cog ?? 0) * Math.PI) / 180);
    if (silent) ctx.globalAlpha = 0.65;
    const open = silent || kind === "small" || kind === "device";
    ctx.lineJoin = "round";
    ctx.lineWidth = open ? 5 : 3;
    ctx.strokeStyle = palette.halo;
    ctx.stroke(shape);
    ctx.fillStyle = open ? palette.halo : colour;
    ctx.fill(shape);
    if (open) {
      ctx.lineWidth = silent ? 1.4 : 2.4;
      ctx.strokeStyle = colour;
      ctx.stroke(shape);
    }
    ctx.restore();
  }

  return { DASHES, alertIcon, vesselIcon, lineIcon, drawAlert, drawVessel };
})();
