// What the page says, in English or French: the server has the words, beside those of everything else.
let language = "en", words = {};
/** Fetch the words of a language; the page says them from then on. */
export async function setLanguage(code) {
  const wanted = code === "fr" ? "fr" : "en";
  words = await (await fetch(`/words/${wanted}`)).json();
  language = wanted;
}
export const lang = () => language;
export const say = (key) => words[key] ?? key;

const PLUS = ["data-say", "data-place", "data-label"];
/** Put the language's words into every element that names one. */
export function translatePage() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll(PLUS.map((a) => `[${a}]`).join(","))) {
    const { say: text, place, label, key } = node.dataset;
    if (text) node.textContent = say(text);
    if (place) { node.placeholder = say(place); node.setAttribute("aria-label", say(place)); }
    if (label) node.setAttribute("aria-label", say(label));
    if (key) node.title = `${say(text ?? "")} (${key})`;
  }
}
