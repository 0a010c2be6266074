// A plain canvas map: the small map of an alert's page, and the main one where WebGL is missing.
const CanvasMap = (() => {
  const MIN_ZOOM = 0.5,
    MAX_ZOOM = 17;

  // Shapes once, in units of the world about an origin near the data, so that float32 paths stay exact to metres.
  function shapes(model, areas, origin) {
    const trace = (path, line, close) => {
      line.forEach(([lon, lat], i) => {
        const x = Mercator.x(lon) - origin.x,
          y = Mercator.y(lat) - origin.y;
        if (i) path.lineTo(x, y);
        else path.moveTo(x, y);
      });
      if (close) path.closePath();
    };
    const outline = ({ type, coordinates }) => {
      const path = new Path2D();
      if (type === "LineString") trace(path, coordinates, false);
      if (type === "MultiLineString" || type === "Polygon")
        coordinates.forEach((line) => trace(path, line, type === "Polygon"));
      if (type === "MultiPolygon") coordinates.flat().forEach((ring) => trace(path, ring, true));
      return path;
    };
    return {
      land: model.land.features.map((f) => outline(f.geometry)),
      areas: areas.map((item) => ({
        path: outline(item.feature.geometry),
        style: item.style,
        filled: item.feature.geometry.type.endsWith("Polygon"),
      })),
      tracks: model.tracks.map((track) => {
        const path = new Path2D();
        for (const s of track.segments)
          trace(
            path,
            s.lon.map((lon, i) => [lon, s.lat[i]]),
            false,
          );
        return { path, kind: track.kind, mmsi: track.mmsi };
      }),
    };
  }

  function create(container, model, areas, options) {
    const canvas = Dom.h("canvas", { class: "layer", "aria-hidden": "true" });
    container.prepend(canvas);
    const ctx = canvas.getContext("2d");
    const middle = [(model.bounds[0] + model.bounds[2]) / 2, (model.bounds[1] + model.bounds[3]) / 2];
    const origin = { x: Mercator.x(middle[0]), y: Mercator.y(middle[1]) };
    const drawn = shapes(model, areas, origin);
    let { palette, visible } = options,
      selected = null,
      size = { width: 1, height: 1 },
      scheduled = false;
    let view = { lon: middle[0], lat: middle[1], zoom: 8 };

    function project(lon, lat) {
      const scale = Mercator.worldPx(view.zoom);
      let dx = Mercator.x(lon) - Mercator.x(view.lon);
      if (dx > 0.5) dx -= 1;
      else if (dx < -0.5) dx += 1;
      return [
        dx * scale + size.width / 2,
        (Mercator.y(lat) - Mercator.y(view.lat)) * scale + size.height / 2,
      ];
    }

    function unproject(x, y) {
      const scale = Mercator.worldPx(view.zoom);
      return [
        Mercator.lon(Mercator.x(view.lon) + (x - size.width / 2) / scale),
        Mercator.lat(Mercator.y(view.lat) + (y - size.height / 2) / scale),
      ];
    }

    function stroke(path, scale, colour, width, dash, alpha = 1) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width / scale;
      ctx.globalAlpha = alpha;
      ctx.setLineDash((dash ?? []).map((d) => d / scale));
      ctx.stroke(path);
    }

    function fillPath(path, colour, alpha) {
      ctx.fillStyle = colour;
      ctx.globalAlpha = alpha;
      ctx.fill(path, "evenodd");
    }

    function drawAreas(scale) {
      for (const { path, style, filled } of drawn.areas) {
        if (!visible(style.group)) continue;
        if (filled && style.fill) fillPath(path, palette[style.fill], style.opacity);
        if (style.line) stroke(path, scale, palette[style.line], style.width, style.dash, 0.9);
      }
    }

    function drawTracks(scale) {
      for (const { path, kind, mmsi } of drawn.tracks) {
        const chosen = mmsi === selected;
        if (!chosen && !visible("tracks")) continue;
        stroke(
          path,
          scale,
          palette[`kind-${kind}`],
          chosen ? 2.4 : 1.1,
          Symbols.DASHES[kind],
          chosen ? 0.95 : model.trackOpacity,
        );
      }
    }

    function draw() {
      scheduled = false;
      const ratio = window.devicePixelRatio || 1,
        scale = Mercator.worldPx(view.zoom);
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.globalAlpha = 1;
      ctx.fillStyle = palette.sea;
      ctx.fillRect(0, 0, size.width, size.height);
      const [x, y] = project(Mercator.lon(origin.x), Mercator.lat(origin.y));
      ctx.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
      if (visible("land")) for (const path of drawn.land) fillPath(path, palette.land, 1);
      drawAreas(scale);
      if (visible("land")) for (const path of drawn.land) stroke(path, scale, palette.coast, 1);
      drawTracks(scale);
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
      options.onFrame();
    }

    function redraw() {
      if (!scheduled) {
        scheduled = true;
        requestAnimationFrame(draw);
      }
    }

    function setView(next) {
      view = {
        lon: next.lon,
        lat: Math.max(-85, Math.min(85, next.lat)),
        zoom: Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, next.zoom)),
      };
      redraw();
    }

    function resize() {
      size = { width: container.clientWidth || 1, height: container.clientHeight || 1 };
      const ratio = window.devicePixelRatio || 1;
      canvas.width = size.width * ratio;
      canvas.height = size.height * ratio;
      redraw();
    }

    function zoomAbout(x, y, by) {
      const [lon, lat] = unproject(x, y),
        zoom = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, view.zoom + by));
      const scale = Mercator.worldPx(zoom);
      setView({
        zoom,
        lon: Mercator.lon(Mercator.x(lon) - (x - size.width / 2) / scale),
        lat: Mercator.lat(Mercator.y(lat) - (y - size.height / 2) / scale),
      });
      options.onMove();
    }

    function panBy(dx, dy) {
      const [lon, lat] = unproject(size.width / 2 - dx, size.height / 2 - dy);
      setView({ ...view, lon, lat });
      options.onMove();
    }

    const release = CanvasGestures.attach(container, { zoomAbout, panBy, wheel: options.wheel });
    resize();
    return {
      kind: "canvas",
      canvas,
      project,
      unproject,
      setView,
      resize,
      redraw,
      drawNow: draw,
      view: () => ({ ...view }),
      size: () => size,
      fit: (box, closest) => setView(Mercator.fit(box, size.width, size.height, closest)),
      zoomBy: (by) => zoomAbout(size.width / 2, size.height / 2, by),
      setPalette: (next) => {
        palette = next;
        redraw();
      },
      setVisible: (next) => {
        visible = next;
        redraw();
      },
      select: (mmsi) => {
        selected = mmsi;
        redraw();
      },
      destroy: () => {
        release();
        canvas.remove();
      },
    };
  }

  return { create };
})();
