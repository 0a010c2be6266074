// The server: session, calls, and the picture kept true by the WebSocket's deltas.
export const picture = { targets: new Map(), alerts: new Map(), status: null };
export const session = { name: "", role: "viewer", csrf: "", accounts: false };
export const counters = { messages: 0, deltas: 0, wholes: 0, connects: 0, acts: 0 };

const listeners = [];
let socket = null, heard = performance.now(), waitMs = 500, fields = [];

export const onPicture = (listener) => listeners.push(listener);
/** Seconds since the server last said anything, or since the picture it tells of was made. */
export const silentS = () => (performance.now() - heard) / 1000;
export const may = () => session.role !== "viewer";

export async function call(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "x-csrf-token": session.csrf },
  };
  const answer = await fetch(`/api/${path}`, options);
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  const error = new Error(typeof said.detail === "string" ? said.detail : `${answer.status}`);
  error.status = answer.status;
  throw error;
}

export async function begin() {
  Object.assign(session, await call("session"));
}

export const asTargets = (names, rows) => rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));

/** A whole picture, live or past, as maps by key and id. */
export function unpack(message) {
  return {
    targets: new Map(asTargets(message.fields, message.targets).map((t) => [t.key, t])),
    alerts: new Map(message.alerts.map((a) => [a.id, a])),
    status: message.status,
  };
}

function take(message) {
  if (message.type === "whole") {
    fields = message.fields;
    Object.assign(picture, unpack(message));
    counters.wholes += 1;
  } else {
    for (const target of asTargets(fields, message.targets)) picture.targets.set(target.key, target);
    for (const key of message.gone) picture.targets.delete(key);
    for (const alert of message.alerts) picture.alerts.set(alert.id, alert);
    for (const id of message.gone_alerts) picture.alerts.delete(id);
    counters.deltas += 1;
  }
  const made = message.status.received_ms;
  if (made !== picture.status?.made) heard = performance.now();
  picture.status = { ...message.status, made };
  counters.messages += 1;
  for (const listener of listeners) listener(message);
}

export function connect(refused) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws`);
  socket.onopen = () => {
    if (counters.connects++) begin().catch(refused);  // a server that was started again has another secret
    waitMs = 500;
  };
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = (event) => {
    if (event.code === 1008) return refused();
    setTimeout(() => connect(refused), waitMs * (0.5 + Math.random()));
    waitMs = Math.min(waitMs * 2, 10000);
  };
}
