// What moves with time, and labels, on a canvas over either map. It also answers what is under the pointer.
const Overlay = (() => {
  const ARROW_STEP_PX = 90,
    VESSEL_NAMES_ZOOM = 9;
  const PLACE_ZOOM = { port: 7.5, mrcc: 9, headland: 9, beach: 10.2, bank: 9.4 };
  const OTHER_PLACE_ZOOM = 10.6;
  const CROWD = 300,
    CROWD_ZOOM = 10; // more vessels than that, seen from that far, are drawn smaller
  const URGENT = new Set(["small", "device"]);

  function create(container, model, areas) {
    const canvas = Dom.h("canvas", { class: "layer overlay", "aria-hidden": "true" });
    container.append(canvas);
    // Drawn by the processor: beside WebGL in software, a canvas on the "GPU" took 2 s a frame for 1,500 vessels.
    const ctx = canvas.getContext("2d", { willReadFrequently: true });
    const labels = areas
      .filter((a) => a.style.label)
      .map((a) => ({ ...a, at: Areas.labelPoint(a) }))
      .filter((a) => a.at);
    const flows = areas
      .filter((a) => a.style.arrows)
      .map((a) => ({ lines: linesOf(a), group: a.style.group }));
    let hits = [],
      boxes = [];

    function resize() {
      const ratio = window.devicePixelRatio || 1;
      canvas.width = container.clientWidth * ratio;
      canvas.height = container.clientHeight * ratio;
      canvas.style.width = `${container.clientWidth}px`;
      canvas.style.height = `${container.clientHeight}px`;
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    }

    const onScreen = ([x, y], margin = 20) =>
      x > -margin && y > -margin && x < container.clientWidth + margin && y < container.clientHeight + margin;

    function drawArrows(map, palette) {
      ctx.strokeStyle = palette.arrow;
      ctx.lineWidth = 1.8;
      ctx.lineCap = "round";
      ctx.lineJoin = "round";
      for (const { lines } of flows) {
        for (const line of lines)
          alongLine(
            line.map(([lon, lat]) => map.project(lon, lat)),
            ARROW_STEP_PX,
            (x, y, angle) => {
              if (onScreen([x, y])) drawArrow(x, y, angle);
            },
          );
      }
    }

    function drawArrow(x, y, angle) {
      ctx.save();
      ctx.translate(x, y);
      ctx.rotate(angle);
      ctx.beginPath();
      ctx.moveTo(-14, 0);
      ctx.lineTo(12, 0);
      ctx.moveTo(5, -6);
      ctx.lineTo(12, 0);
      ctx.lineTo(5, 6);
      ctx.stroke();
      ctx.restore();
    }

    function drawCoverage(map, palette) {
      const edge = model.landBounds;
      if (!edge) return;
      const [x0, y0] = map.project(edge[0], edge[3]),
        [x1, y1] = map.project(edge[2], edge[1]);
      ctx.strokeStyle = palette.coast;
      ctx.lineWidth = 1;
      ctx.setLineDash([3, 5]);
      ctx.strokeRect(x0, y0, x1 - x0, y1 - y0);
      ctx.setLineDash([]);
    }

    function drawTrail(map, track, t, trail_ms, palette, strong) {
      ctx.strokeStyle = palette[`kind-${track.kind}`];
      ctx.lineWidth = strong ? 3 : 2;
      ctx.globalAlpha = 0.9;
      ctx.setLineDash(Symbols.DASHES[track.kind] ?? []);
      for (const s of track.segments) {
        if (s.t[0] > t || s.t.at(-1) < t - trail_ms) continue;
        const points = trailPoints(s, t - trail_ms, t).map(([lon, lat]) => map.project(lon, lat));
        ctx.beginPath();
        points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
        ctx.stroke();
      }
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
    }

    function drawVessels(map, scene, palette) {
      const { t, selected, hovered, visible } = scene,
        trail_ms = scene.trail * 60e3,
        present = [];
      const crowded = model.tracks.length > CROWD && map.view().zoom < CROWD_ZOOM;
      for (const track of model.tracks) {
        if (visible("trails")) drawTrail(map, track, t, trail_ms, palette, track.mmsi === selected);
        const at = visible("vessels") ? Model.positionAt(track, t) : null;
        if (at) present.push({ track, at, xy: map.project(at.lon, at.lat) });
      }
      for (const { track, at, xy } of present.filter((v) => onScreen(v.xy))) {
        const chosen = track.mmsi === selected || track.mmsi === hovered;
        Symbols.drawVessel(ctx, ...xy, track.kind, at, palette, {
          chosen,
          size: crowded && !URGENT.has(track.kind) ? 0.7 : 1,
        });
        hits.push({ x: xy[0], y: xy[1], track });
        boxes.push([xy[0] - 8, xy[1] - 8, xy[0] + 8, xy[1] + 8]);
      }
      return present;
    }

    function drawAlerts(map, scene, palette) {
      for (const alert of [...model.alerts].reverse()) {
        if (alert.lon == null || alert.lat == null || !scene.listed(alert)) continue;
        const xy = map.project(alert.lon, alert.lat);
        if (!onScreen(xy)) continue;
        Symbols.drawAlert(ctx, ...xy, alert.severity, palette, {
          raised: alert.t_raised_ms <= scene.t,
          selected: alert.id === scene.alert,
        });
        hits.push({ x: xy[0], y: xy[1], alert });
        boxes.push([xy[0] - 12, xy[1] - 12, xy[0] + 12, xy[1] + 12]);
      }
    }

    // Draws a text unless it would cover another or a symbol.
    function label(text, x, y, { colour, halo, font, align = "left", force = false }) {
      ctx.font = font;
      ctx.textAlign = align;
      ctx.textBaseline = "middle";
      const width = ctx.measureText(text).width,
        left = align === "center" ? x - width / 2 : x;
      const box = [left - 2, y - 7, left + width + 2, y + 7];
      if (!force && boxes.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1]))
        return;
      boxes.push(box);
      ctx.lineJoin = "round";
      ctx.lineWidth = 3.5;
      ctx.strokeStyle = halo;
      ctx.strokeText(text, x, y);
      ctx.fillStyle = colour;
      ctx.fillText(text, x, y);
    }

    function drawVesselNames(present, scene, zoom, palette) {
      for (const { track, xy } of present) {
        const chosen = track.mmsi === scene.selected || track.mmsi === scene.hovered;
        const always = chosen || (URGENT.has(track.kind) && model.tracks.length <= CROWD);
        if (!onScreen(xy) || !(always || (scene.visible("names") && zoom >= VESSEL_NAMES_ZOOM))) continue;
        label(Format.vessel(track), xy[0] + (chosen ? 19 : 12), xy[1], {
          colour: palette.text,
          halo: palette.halo,
          font: palette.font("600 11px"),
          force: chosen,
        });
      }
    }

    function drawPlaces(map, zoom, palette) {
      const style = { halo: palette.halo, font: palette.font("11.5px") };
      for (const place of model.places) {
        if (zoom < (PLACE_ZOOM[place.kind] ?? OTHER_PLACE_ZOOM)) continue;
        const [x, y] = map.project(place.lon, place.lat);
        if (!onScreen([x, y])) continue;
        ctx.beginPath();
        ctx.arc(x, y, place.kind === "port" ? 2.6 : 1.8, 0, 7);
        ctx.fillStyle = palette.place;
        ctx.fill();
        label(place.name.replace(/ \(.*\)$/, ""), x + 6, y, { ...style, colour: palette.place });
      }
    }

    function drawAreaNames(map, scene, zoom, palette) {
      for (const { feature, style, at } of labels) {
        if (zoom < style.label || !scene.visible(style.group)) continue;
        const xy = map.project(...at);
        if (onScreen(xy))
          label(Areas.shortName(feature), ...xy, {
            colour: palette.arealabel,
            halo: palette.halo,
            font: palette.font("italic 11px"),
            align: "center",
          });
      }
    }

    function draw(map, scene, palette) {
      const zoom = map.view().zoom;
      hits = [];
      boxes = [];
      ctx.clearRect(0, 0, container.clientWidth, container.clientHeight);
      if (scene.visible("land")) drawCoverage(map, palette);
      if (scene.visible("tss")) drawArrows(map, palette);
      const present = drawVessels(map, scene, palette);
      if (scene.visible("alerts")) drawAlerts(map, scene, palette);
      drawVesselNames(present, scene, zoom, palette);
      if (scene.visible("places")) drawPlaces(map, zoom, palette);
      drawAreaNames(map, scene, zoom, palette);
    }

    // The nearest symbol within reach of a pixel; alerts before vessels.
    function pick(x, y, reach = 14) {
      let best = null,
        nearest = reach;
      for (const hit of hits) {
        const away = Math.hypot(hit.x - x, hit.y - y) - (hit.alert ? 3 : 0);
        if (away <= nearest) {
          best = hit;
          nearest = away;
        }
      }
      return best;
    }

    resize();
    return { canvas, draw, resize, pick };
  }

  function linesOf(item) {
    const { type, coordinates } = item.feature.geometry;
    return type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : [];
  }

  function trailPoints(s, from, to) {
    const first = Math.max(0, Model.lastAtOrBefore(s.t, from)),
      last = Model.lastAtOrBefore(s.t, to);
    const points = [];
    for (let i = first; i <= last; i++) points.push([s.lon[i], s.lat[i]]);
    if (s.t[first] < from && first + 1 < s.t.length) points[0] = between(s, first, from);
    if (last + 1 < s.t.length) points.push(between(s, last, to));
    return points;
  }

  function between(s, i, t) {
    const f = (t - s.t[i]) / (s.t[i + 1] - s.t[i]);
    return [s.lon[i] + f * (s.lon[i + 1] - s.lon[i]), s.lat[i] + f * (s.lat[i + 1] - s.lat[i])];
  }

  function alongLine(points, step, visit) {
    let due = step / 2;
    for (let i = 0; i + 1 < points.length; i++) {
      const [x0, y0] = points[i],
        [x1, y1] = points[i + 1],
        length = Math.hypot(x1 - x0, y1 - y0);
      for (; due < length; due += step) {
        visit(x0 + ((x1 - x0) * due) / length, y0 + ((y1 - y0) * due) / length, Math.atan2(y1 - y0, x1 - x0));
      }
      due -= length;
    }
  }

  return { create };
})();
