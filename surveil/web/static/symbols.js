// A shape for each kind, so that colour is never the only sign. Drawn once a theme, north up, 44 px wide at ratio 2.
export const KINDS = ["cargo", "tanker", "passenger", "fishing", "pleasure", "service", "other", "contact", "device", "aircraft", "aton", "base"];
const SIZE = 44;
const HULL = new Path2D("M0,-15 L8.5,12 L0,7.5 L-8.5,12 Z"), SLIM = new Path2D("M0,-15 L5.5,11 L0,8 L-5.5,11 Z");
const INSIDE = {
  tanker: "M-5,4 L5,4", passenger: "M0,-7 L0,6", fishing: "M-3,1 A3,3 0 1 0 3,1 A3,3 0 1 0 -3,1 Z", service: "M-4,2 L4,2 M0,-3 L0,7",
};
const MARKS = {
  contact: "M0,-15 L15,0 L0,15 L-15,0 Z M0,-5 L0,5 M-5,0 L5,0",
  device: "M-14,0 A14,14 0 1 0 14,0 A14,14 0 1 0 -14,0 Z M-10,-10 L10,10 M10,-10 L-10,10",
  aircraft: "M0,-14 L0,12 M-13,-2 L13,-2 M-6,11 L6,11",
  aton: "M0,-8 L8,0 L0,8 L-8,0 Z", base: "M-7,-7 L7,-7 L7,7 L-7,7 Z",
};

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function canvas(draw) {
  const made = document.createElement("canvas");
  made.width = made.height = SIZE;
  const pen = made.getContext("2d");
  pen.translate(SIZE / 2, SIZE / 2);
  pen.lineJoin = "round";
  draw(pen);
  return pen.getImageData(0, 0, SIZE, SIZE);
}
function outlined(pen, path, width, own) {
  pen.strokeStyle = color("halo"); pen.lineWidth = width + 4; pen.stroke(path);
  pen.strokeStyle = own; pen.lineWidth = width; pen.stroke(path);
}
function ship(pen, kind, still) {
  const own = color(`k-${kind}`), path = kind === "pleasure" ? SLIM : HULL;
  if (still) { pen.scale(0.62, 0.62); pen.globalAlpha = 0.85; }
  pen.strokeStyle = color("halo"); pen.lineWidth = 4; pen.stroke(path);
  pen.fillStyle = own; pen.fill(path);
  pen.strokeStyle = color("halo"); pen.lineWidth = 2.5;
  if (INSIDE[kind]) pen.stroke(new Path2D(INSIDE[kind]));
}
/** Image data by name, in the colours of the theme: a kind, and a kind with "-still". */
export function images() {
  const made = {};
  for (const kind of KINDS) {
    const mark = MARKS[kind];
    for (const still of [false, true]) {
      made[`${kind}${still ? "-still" : ""}`] = canvas((pen) =>
        mark ? outlined(pen, new Path2D(mark), kind === "contact" || kind === "device" ? 4 : 3, color(`k-${kind}`)) : ship(pen, kind, still));
    }
  }
  return made;
}
const SEVERITIES = {
  distress: "M-6,-13 L6,-13 L13,-6 L13,6 L6,13 L-6,13 L-13,6 L-13,-6 Z", high: "M0,-13 L13,11 L-13,11 Z",
  medium: "M0,-13 L13,0 L0,13 L-13,0 Z", low: "M-9,-9 L9,-9 L9,9 L-9,9 Z", info: "M-9,0 A9,9 0 1 0 9,0 A9,9 0 1 0 -9,0 Z",
};
export function severityIcon(severity) {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "-16 -16 32 32");
  svg.setAttribute("class", `severity s-${severity}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SEVERITIES[severity] ?? SEVERITIES.info);
  svg.append(path);
  return svg;
}
export { color };
