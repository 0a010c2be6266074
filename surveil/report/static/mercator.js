// Web Mercator as MapLibre has it: the world is one unit wide, 512 px at zoom 0.
const Mercator = (() => {
  const TILE_PX = 512,
    MAX_LAT = 85.051129,
    EARTH_M = 40075016.686; // circumference at the equator, WGS84

  const x = (lon) => (lon + 180) / 360;
  const y = (lat) => {
    const phi = (Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * Math.PI) / 180;
    return 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI);
  };
  const lon = (wx) => wx * 360 - 180;
  const lat = (wy) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * wy))) * 180) / Math.PI;
  const worldPx = (zoom) => TILE_PX * 2 ** zoom;
  const metresPerPx = (latitude, zoom) => (EARTH_M * Math.cos((latitude * Math.PI) / 180)) / worldPx(zoom);

  // Centre and zoom at which a box fits; a single point is shown at the closest zoom.
  function fit(box, width, height, closest = 12.5) {
    const pad = Math.min(40, width / 8, height / 8);
    const dx = x(box[2]) - x(box[0]),
      dy = y(box[1]) - y(box[3]);
    const px = Math.min((width - 2 * pad) / Math.max(dx, 1e-9), (height - 2 * pad) / Math.max(dy, 1e-9));
    const zoom = Math.max(0.5, Math.min(closest, Math.log2(Math.max(px, 1) / TILE_PX)));
    return { lon: (box[0] + box[2]) / 2, lat: lat((y(box[1]) + y(box[3])) / 2), zoom };
  }

  return { x, y, lon, lat, worldPx, metresPerPx, fit };
})();
