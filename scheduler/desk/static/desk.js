// What the desk does better with JavaScript: live alerts, keys, the form's word in htmx's requests.
// Everything here is also done by plain links and forms.
"use strict";

const stream = document.getElementById("stream");
const bar = document.getElementById("live");

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf || "";
});

// What could not be done is said; without this a key that did nothing would be taken for done.

const failed = document.getElementById("failed");
const fails = (did) => { failed.hidden = !did; };
document.addEventListener("htmx:responseError", () => fails(true));
document.addEventListener("htmx:sendError", () => fails(true));
document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) fails(false); });

// Keys

const cards = () => Array.from(document.querySelectorAll("article.card"));
const here = () => document.querySelector("article.card.here");

function go(card) {
  if (!card) return;
  cards().forEach((each) => each.classList.toggle("here", each === card));
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = cards();
  const at = all.indexOf(here());
  go(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

// What a key writes where that is Latin; on an Arabic keyboard, by its place.
function keyOf(event) {
  if (/^[!-~]$/.test(event.key)) return event.key.toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (typing(event.target)) return;
  const key = keyOf(event);
  const card = here();
  if (key === "j" && stream) step(1);
  else if (key === "k" && stream) step(-1);
  else if (key === "/") { const box = document.querySelector("input[type=search]"); if (box) { box.focus(); document.querySelector("details.help")?.setAttribute("open", ""); } else location.href = "/search"; }
  else if (key === "?") { const keys = document.querySelector(".keys"); if (keys) { keys.open = !keys.open; keys.scrollIntoView(); } }
  else if (!card) return;
  else if (key === "o") card.querySelector("[data-open]").click();
  else if (key === "x") card.querySelector("input[type=checkbox]")?.click();
  else if (key === "n") { const note = card.querySelector("details.note"); if (note) { note.open = true; note.querySelector("textarea").focus(); } }
  else if ("asd".includes(key)) card.querySelector(`[data-key="${key}"]`)?.click();
  else return;
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest("article.card");
  if (card) cards().forEach((each) => each.classList.toggle("here", each === card));
});

// A card that was swapped keeps its place under the keys.
let swapped = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const card = event.detail.target.closest?.("article.card.here");
  swapped = card ? card.id : null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (swapped) { go(document.getElementById(swapped)); swapped = null; }
});

// Live

let waiting = [];

function idle() {
  return window.scrollY < 80 && !here() && !document.querySelector("article.card input:checked, details.note[open]");
}

function put() {
  const fresh = waiting;
  waiting = [];
  bar.replaceChildren();
  stream.querySelector(".empty")?.remove();
  fresh.forEach((card) => {
    if (document.getElementById(card.id)) return;
    card.classList.add("fresh");
    stream.prepend(card);
    window.htmx?.process(card);
  });
}

function say(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", () => { put(); window.scrollTo({ top: 0 }); });
  bar.replaceChildren(button);
}

async function part(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const AGAIN = 20_000;
async function again() {
  const answer = await fetch(bar.dataset.new, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.status === 401) location.reload();
  else listen();
}

let asking = false;
async function fetchNew(last) {
  if (asking || last <= Number(stream.dataset.last)) return;
  asking = true;
  try {
    const url = new URL(bar.dataset.new, location.href);
    url.searchParams.set("after", stream.dataset.last);
    const found = (await part(url)).querySelector("[data-last]");
    stream.dataset.last = found.dataset.last;
    const fresh = Array.from(found.querySelectorAll("article.card")).reverse();
    if (!fresh.length) return;
    waiting.push(...fresh.map((card) => document.adoptNode(card)));
    if (idle()) put();
    else if (waiting.length === fresh.length) say(found.dataset.said);
    else say(await saidOf(waiting.length));
  } finally { asking = false; }
}

async function saidOf(count) {
  return (await part(`/alerts/said?n=${count}`)).body.textContent.trim();
}

async function renew(id) {
  const card = document.getElementById(`alert-${id}`);
  if (!card || card.querySelector("details.note[open]")) return;
  const fresh = (await part(`/alerts/${id}`)).querySelector("article.card");
  if (!fresh) return;
  const ticked = card.querySelector("input[type=checkbox]")?.checked;
  const current = card.classList.contains("here");
  card.replaceWith(document.adoptNode(fresh));
  if (ticked) fresh.querySelector("input[type=checkbox]").checked = true;
  fresh.classList.toggle("here", current);
  window.htmx?.process(fresh);
}

if (stream && bar && bar.dataset.live && window.EventSource) {
  listen();
}

function listen() {
  const source = new EventSource(bar.dataset.live);
  source.addEventListener("alerts", (event) => fetchNew(JSON.parse(event.data).last).catch(() => {}));
  source.addEventListener("touched", (event) => JSON.parse(event.data).alerts.forEach((id) => renew(id).catch(() => {})));
  source.addEventListener("error", () => {
    if (!waiting.length) bar.textContent = bar.dataset.lost;
    // Refused, the browser gives up: the visit has ended, or too many desks listen.
    if (source.readyState === EventSource.CLOSED) setTimeout(again, AGAIN);
  });
  source.addEventListener("open", () => { if (!waiting.length) bar.replaceChildren(); document.documentElement.dataset.listening = "true"; });
  window.addEventListener("pagehide", () => source.close());
}
