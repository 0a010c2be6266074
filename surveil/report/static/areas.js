// How each kind of area is drawn and which switch of the layer list shows it. First match wins.
const Areas = (() => {
  // Brown to teal, poor to good: told apart by colour-blind eyes, and unlike any colour of an alert.
  const HEARD = ["under 20", "20 to 40", "40 to 60", "60 to 80", "80 or more"].map((share, i) => ({
    kind: new RegExp(`^reception_${i}`),
    group: "reception",
    fill: `heard-${i}`,
    opacity: 0.42,
    legend: `Heard: ${share}\u00a0%`,
  }));

  const STYLES = [
    ...HEARD,
    { kind: /^centreline/, group: "tss", arrows: true },
    { kind: /^lane/, group: "tss", fill: "tss", opacity: 0.1, label: 9, legend: "Traffic lane, flow" },
    {
      kind: /^separation_crossing/,
      group: "tss",
      fill: "tss",
      opacity: 0.06,
      line: "tss",
      width: 1,
      dash: [2, 3],
    },
    { kind: /^separation/, group: "tss", fill: "tss", opacity: 0.3, legend: "Separation zone" },
    {
      kind: /^deep_water/,
      group: "tss",
      fill: "deep",
      opacity: 0.12,
      line: "deep",
      width: 1,
      dash: [8, 4],
      label: 9,
      legend: "Deep-water route",
    },
    {
      kind: /^precautionary/,
      group: "tss",
      fill: "tss",
      opacity: 0.05,
      line: "tss",
      width: 1.2,
      dash: [5, 4],
      label: 9.5,
      legend: "Precautionary area",
    },
    { kind: /^(itz|inshore)_limit/, group: "itz", line: "itz", width: 1.4, dash: [7, 4] },
    { kind: /^(itz|inshore)/, group: "itz", fill: "itz", opacity: 0.07, legend: "Inshore traffic zone" },
    { kind: /^(caldovrep|reporting)_area/, group: "reporting" },
    {
      kind: /^(caldovrep|reporting)/,
      group: "reporting",
      line: "report",
      width: 1.4,
      dash: [10, 3, 2, 3],
      legend: "Reporting line (CALDOVREP)",
    },
    {
      kind: /^territorial_sea_(line|boundary)/,
      group: "boundaries",
      line: "boundary",
      width: 1.8,
      legend: "Territorial-sea line",
    },
    {
      kind: /^median|^srr/,
      group: "boundaries",
      line: "boundary",
      width: 1.4,
      dash: [9, 4],
      legend: "Median, SRR line",
    },
    {
      kind: /^territorial_sea|^twelve|^contiguous/,
      group: "boundaries",
      line: "boundary",
      width: 0.8,
      dash: [2, 4],
    },
    {
      kind: /^anchorage/,
      group: "other",
      fill: "other",
      opacity: 0.07,
      line: "other",
      width: 1.1,
      dash: [4, 3],
      label: 9.5,
      legend: "Anchorage, other area",
    },
    { kind: /^ferry/, group: "ferry", line: "ferry", width: 1.1, dash: [2, 4], legend: "Ferry route" },
    { kind: /^coverage|^land/, group: "other" },
    { kind: /./, group: "other", line: "other", width: 1, dash: [4, 3] },
  ];

  const GROUPS = {
    land: "Land",
    reception: "Reception, as learned",
    tss: "Lanes and separation",
    itz: "Inshore zones",
    boundaries: "Boundaries",
    reporting: "Reporting lines",
    ferry: "Ferry routes",
    other: "Other areas",
    places: "Places",
    tracks: "Whole tracks",
    trails: "Trails",
    vessels: "Vessels",
    names: "Vessel names",
    alerts: "Alerts",
  };

  // Cells of the learned map as areas: what share of the reports expected there was heard.
  function receptionCells(reception) {
    if (!reception) return [];
    const { cell_deg: size, x, y, heard, expected } = reception;
    return x.map((column, i) => {
      const west = column * size - 180,
        south = y[i] * size - 90,
        east = west + size,
        north = south + size;
      const [had, due] = [heard[i], expected[i]].map((counts) => counts.reduce((sum, n) => sum + n, 0));
      const share = (h, e) => `${Math.round((100 * h) / e)} % of ${Format.number(e)}`;
      const classes = ["A", "B"].flatMap((name, k) =>
        expected[i][k] ? [`class ${name} ${share(heard[i][k], expected[i][k])}`] : [],
      );
      return {
        type: "Feature",
        properties: {
          kind: `reception_${Math.min(HEARD.length - 1, Math.floor((HEARD.length * had) / due))}`,
          name: `heard of reports due: ${classes.join("; ")}`,
        },
        geometry: {
          type: "Polygon",
          coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
        },
      };
    });
  }

  const styleIndex = (feature) =>
    STYLES.findIndex((style) => style.kind.test(String(feature.properties.kind ?? "?")));

  function styled(features) {
    return features
      .filter((f) => f.geometry)
      .map((feature) => {
        const index = styleIndex(feature);
        return { feature, index, style: STYLES[index], bounds: Model.boundsOf([feature]) };
      });
  }

  function inRing(ring, lon, lat) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i],
        [xj, yj] = ring[j];
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  }

  const inPolygon = (rings, lon, lat) =>
    inRing(rings[0], lon, lat) && !rings.slice(1).some((hole) => inRing(hole, lon, lat));

  function contains(item, lon, lat) {
    const { type, coordinates } = item.feature.geometry,
      b = item.bounds;
    if (lon < b[0] || lon > b[2] || lat < b[1] || lat > b[3]) return false;
    if (type === "Polygon") return inPolygon(coordinates, lon, lat);
    return type === "MultiPolygon" && coordinates.some((rings) => inPolygon(rings, lon, lat));
  }

  const shortName = (feature) =>
    String(feature.properties.name ?? feature.properties.kind).split(/ \(|, /)[0];

  function labelPoint(item) {
    const { type, coordinates } = item.feature.geometry;
    const ring = type === "Polygon" ? coordinates[0] : type === "MultiPolygon" ? coordinates[0][0] : null;
    if (!ring) return null;
    const rough = (i) => ring.reduce((sum, p) => sum + p[i], 0) / ring.length;
    const centre = [rough(0), rough(1)];
    if (contains(item, ...centre)) return centre;
    return widestCrossing(item, ring, centre[1]);
  }

  // Middle of the longest stretch of a parallel inside the ring: a place for the label of a crooked lane.
  function widestCrossing(item, ring, lat) {
    const cuts = [];
    ring.forEach(([x, y], i) => {
      const [u, v] = ring[(i + 1) % ring.length];
      if (y > lat !== v > lat) cuts.push(x + ((lat - y) / (v - y)) * (u - x));
    });
    cuts.sort((a, b) => a - b);
    let best = null;
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      if (!best || cuts[i + 1] - cuts[i] > best[1] - best[0]) best = [cuts[i], cuts[i + 1]];
    }
    return best && [(best[0] + best[1]) / 2, lat];
  }

  return { STYLES, GROUPS, HEARD, receptionCells, styled, contains, shortName, labelPoint };
})();
