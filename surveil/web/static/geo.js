// Distances and bearings on the sphere, in nautical miles and degrees; rings for ellipses and hulls.
const R_NM = 6371008.8 / 1852, RAD = Math.PI / 180;

export function distanceNm([lon1, lat1], [lon2, lat2]) {
  const a = Math.sin(((lat2 - lat1) * RAD) / 2) ** 2 +
    Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(((lon2 - lon1) * RAD) / 2) ** 2;
  return 2 * R_NM * Math.asin(Math.sqrt(a));
}
export function bearing([lon1, lat1], [lon2, lat2]) {
  const dlon = (lon2 - lon1) * RAD;
  const y = Math.sin(dlon) * Math.cos(lat2 * RAD);
  const x = Math.cos(lat1 * RAD) * Math.sin(lat2 * RAD) - Math.sin(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.cos(dlon);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}
/** A point east and north of another, in metres; good for some tens of miles. */
export const offset = ([lon, lat], eastM, northM) => [lon + eastM / (111195 * Math.cos(lat * RAD)), lat + northM / 111195];

export function ellipse(at, majorM, minorM, axisDeg, times = 1) {
  const ring = [], sin = Math.sin(axisDeg * RAD), cos = Math.cos(axisDeg * RAD);
  for (let i = 0; i <= 48; i++) {
    const a = majorM * times * Math.cos((i * Math.PI) / 24), b = minorM * times * Math.sin((i * Math.PI) / 24);
    ring.push(offset(at, a * sin + b * cos, a * cos - b * sin));
  }
  return ring;
}
/** A ship's outline to scale, about its middle. */
export function hull(at, lengthM, beamM, headingDeg) {
  const sin = Math.sin(headingDeg * RAD), cos = Math.cos(headingDeg * RAD), l = lengthM / 2, b = beamM / 2;
  return [[l, 0], [l * 0.7, b], [-l, b], [-l, -b], [l * 0.7, -b], [l, 0]].map(([ahead, right]) =>
    offset(at, ahead * sin + right * cos, ahead * cos - right * sin));
}
export function ahead(at, courseDeg, miles) {
  return offset(at, miles * 1852 * Math.sin(courseDeg * RAD), miles * 1852 * Math.cos(courseDeg * RAD));
}
