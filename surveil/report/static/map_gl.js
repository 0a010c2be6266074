// The main map on MapLibre GL, unpacked from this very page; create() fails where WebGL is missing.
const GlMap = (() => {
  const START_TIMEOUT_MS = 15e3; // a software renderer may need seconds; a broken one never says so

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(Dom.byId(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return URL.createObjectURL(new Blob([await new Response(stream).text()], { type: "text/javascript" }));
  }

  let library = null;
  async function loadLibrary() {
    const [main, worker] = await Promise.all([unpack("maplibre"), unpack("maplibre-worker")]);
    const maplibre = await import(main);
    maplibre.setWorkerUrl(worker);
    maplibre.setWorkerCount(1);
    return maplibre;
  }

  function requireWebGl() {
    const gl = document.createElement("canvas").getContext("webgl2");
    if (!gl) throw new Error("this browser offers no WebGL 2");
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  const collection = (features) => ({ type: "FeatureCollection", features });

  function trackFeatures(model) {
    return collection(
      model.tracks.map((track) => ({
        type: "Feature",
        properties: { kind: track.kind, mmsi: track.mmsi },
        geometry: {
          type: "MultiLineString",
          coordinates: track.segments
            .map((s) => s.lon.map((lon, i) => [lon, s.lat[i]]))
            .filter((line) => line.length > 1),
        },
      })),
    );
  }

  function areaFeatures(areas) {
    return collection(areas.map(({ feature, index }) => ({ ...feature, properties: { style: index } })));
  }

  const dashed = (dash, width) => (dash ? { "line-dasharray": dash.map((d) => d / width) } : {});
  const shown = (visible, group) => ({ visibility: visible(group) ? "visible" : "none" });

  function areaLayers(palette, visible) {
    return Areas.STYLES.flatMap((style, i) => {
      const base = { source: "areas", layout: shown(visible, style.group) },
        own = ["==", ["get", "style"], i];
      const polygon = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
      return [
        style.fill && {
          ...base,
          id: `fill-${i}`,
          type: "fill",
          filter: ["all", own, polygon],
          paint: {
            "fill-color": palette[style.fill],
            "fill-opacity": style.opacity,
            "fill-antialias": false,
          },
        },
        style.line && {
          ...base,
          id: `line-${i}`,
          type: "line",
          filter: own,
          paint: {
            "line-color": palette[style.line],
            "line-width": style.width,
            "line-opacity": 0.9,
            ...dashed(style.dash, style.width),
          },
        },
      ].filter(Boolean);
    });
  }

  function trackLayers(palette, visible, selected, opacity) {
    const layer = (kind, id, filter, width, alpha, layout) => ({
      id: `${id}-${kind}`,
      type: "line",
      source: "tracks",
      filter: ["all", ["==", ["get", "kind"], kind], filter],
      layout,
      paint: {
        "line-color": palette[`kind-${kind}`],
        "line-width": width,
        "line-opacity": alpha,
        ...dashed(Symbols.DASHES[kind], width),
      },
    });
    return Object.keys(Model.KINDS).flatMap((kind) => [
      layer(kind, "track", true, 1.1, opacity, shown(visible, "tracks")),
      layer(kind, "chosen", ["==", ["get", "mmsi"], selected ?? -1], 2.4, 0.95, {}),
    ]);
  }

  function layers({ palette, visible, selected, trackOpacity }) {
    const land = { source: "land", layout: shown(visible, "land") };
    return [
      { id: "sea", type: "background", paint: { "background-color": palette.sea } },
      { ...land, id: "land", type: "fill", paint: { "fill-color": palette.land } },
      ...areaLayers(palette, visible),
      { ...land, id: "coast", type: "line", paint: { "line-color": palette.coast, "line-width": 1 } },
      ...trackLayers(palette, visible, selected, trackOpacity),
    ];
  }

  function style(model, areas, look) {
    const source = (data) => ({ type: "geojson", data, tolerance: 0.2 });
    return {
      version: 8,
      layers: layers(look),
      sources: {
        land: source(model.land),
        areas: source(areaFeatures(areas)),
        tracks: source(trackFeatures(model)),
      },
    };
  }

  function loaded(map) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the map library did not start")), START_TIMEOUT_MS);
      map.once("load", () => {
        clearTimeout(timer);
        resolve();
      });
      map.once("error", (event) => {
        clearTimeout(timer);
        reject(event.error ?? new Error("map error"));
      });
    });
  }

  async function create(container, model, areas, options) {
    requireWebGl();
    const maplibre = await (library ??= loadLibrary());
    const holder = Dom.h("div", { class: "layer" });
    container.prepend(holder);
    const look = {
      palette: options.palette,
      visible: options.visible,
      selected: null,
      trackOpacity: model.trackOpacity,
    };
    const map = new maplibre.Map({
      container: holder,
      style: style(model, areas, look),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 17,
      renderWorldCopies: false,
      fadeDuration: 0,
      trackResize: false,
      canvasContextAttributes: { antialias: true, preserveDrawingBuffer: true }, // printing reads the drawn buffer
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    const start = options.startView(holder);
    map.jumpTo({ center: [start.lon, start.lat], zoom: start.zoom });
    try {
      await loaded(map);
    } catch (error) {
      map.remove();
      holder.remove();
      throw error;
    }
    return handle(map, holder, look, options);
  }

  function handle(map, holder, look, options) {
    const restyle = (change) => {
      Object.assign(look, change);
      for (const layer of layers(look)) {
        for (const [name, value] of Object.entries(layer.paint)) map.setPaintProperty(layer.id, name, value);
        if (layer.layout) map.setLayoutProperty(layer.id, "visibility", layer.layout.visibility ?? "visible");
        if (layer.id.startsWith("chosen")) map.setFilter(layer.id, layer.filter);
      }
    };
    const jump = (view) => map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
    const size = () => ({ width: holder.clientWidth || 1, height: holder.clientHeight || 1 });
    map.on("render", options.onFrame);
    map.on("moveend", options.onMove);
    return {
      kind: "gl",
      size,
      setView: jump,
      project: (lon, lat) => {
        const p = map.project([lon, lat]);
        return [p.x, p.y];
      },
      unproject: (x, y) => map.unproject([x, y]).toArray(),
      view: () => ({ lon: map.getCenter().lng, lat: map.getCenter().lat, zoom: map.getZoom() }),
      resize: () => map.resize(),
      redraw: () => map.triggerRepaint(),
      fit: (box, closest) => jump(Mercator.fit(box, size().width, size().height, closest)),
      zoomBy: (by) => map.easeTo({ zoom: map.getZoom() + by, duration: 150 }),
      setPalette: (palette) => restyle({ palette }),
      setVisible: (visible) => restyle({ visible }),
      select: (selected) => restyle({ selected }),
      destroy: () => {
        map.remove();
        holder.remove();
      },
    };
  }

  return { create };
})();
