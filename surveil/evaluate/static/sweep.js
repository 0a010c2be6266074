"use strict";
// Fills the tables of what one point alerts and another does not. All text is set as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const MOST_ROWS = 500;

const time = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

function change(points, from, to) {
  const before = points.includes(from), after = points.includes(to);
  return before === after ? null : after ? "gained" : "lost";
}

function fill(id, rows) {
  const body = document.querySelector(`#${id} tbody`);
  body.replaceChildren(...rows.slice(0, MOST_ROWS).map((cells) => {
    const row = document.createElement("tr");
    row.className = cells[0];
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
  body.closest("section").hidden = rows.length === 0;
}

function count(rows, words, outcome) {
  const of = rows.filter((row) => outcome === undefined || row[2] === outcome);
  const gained = of.filter((row) => row[0] === "gained").length;
  return `${words}: ${gained} gained, ${of.length - gained} lost`;
}

function compare() {
  const [from, to] = ["from", "to"].map((id) => Number(document.getElementById(id).value));
  const boats = data.boats
    .map(([night, name, kind, launched, points]) => [change(points, from, to), name, kind, time(launched), data.nights[night]])
    .filter((row) => row[0]);
  const alerts = data.incidents
    .map(([night, rule, outcome, what, raised, said, points]) =>
      [change(points, from, to), rule, outcome, what, time(raised), data.nights[night], said])
    .filter((row) => row[0]);
  fill("boats", boats);
  fill("alerts", alerts);
  const parts = [count(boats, "boats"), count(alerts, "right alerts", "right"), count(alerts, "false alerts", "false")];
  if (alerts.length > MOST_ROWS) parts.push(`the first ${MOST_ROWS} of ${alerts.length} alerts are shown`);
  if (data.incidents.length < data.incidents_in_all)
    parts.push(`this page holds ${data.incidents.length} of the ${data.incidents_in_all} that differ between any points`);
  document.getElementById("counts").textContent = parts.join("; ") + ".";
}

for (const [id, chosen] of [["from", data.baseline], ["to", data.chosen]]) {
  const select = document.getElementById(id);
  select.append(...data.points.map((name, i) => new Option(name, i, i === chosen, i === chosen)));
  select.addEventListener("change", compare);
}
compare();
