"use strict";
// Every text of the data enters the page as a text node, so no ship's name can become markup.
const Dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat(2).filter((child) => child != null && child !== false));
    return node;
  }

  const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);
  const byId = (id) => document.getElementById(id);

  function definitions(pairs) {
    const known = pairs.filter(([, value]) => value != null && value !== "");
    return h(
      "dl",
      { class: "facts" },
      known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    );
  }

  function table(caption, columns, rows, className = "") {
    return h(
      "table",
      { class: className },
      caption && h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, i) => h("td", { "data-label": columns[i] }, cell ?? "—")),
          ),
        ),
      ),
    );
  }

  return { h, svg, byId, definitions, table };
})();
