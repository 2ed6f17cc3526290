// Asks twice a second what is to be seen, and shows it. Everything is served from here, and nothing else is asked.

import { Lane, amount, say, shape } from "./link.js";

const EVERY = 500, PATIENCE = 5000;
const $ = (id) => document.getElementById(id);
const lanes = [...document.querySelectorAll(".lane")].map((place, n) => new Lane(place, n === 1));
const cards = [...document.querySelectorAll(".region")];
let state = null, lagHeld = false, lastNotice = 0, shown = location.search;

for (const card of cards) card.append($("region").content.cloneNode(true));

// ---- What is asked -----------------------------------------------------------------------------------------------

async function look() {
  try {
    const answer = await fetch(`state${shown}`, { signal: AbortSignal.timeout(PATIENCE) });
    const told = await answer.json();
    if (answer.status === 400) shown = "";  // accounts that cannot be: those of the demonstration go on
    if (!answer.ok) return notice(told.error);
    state = told;
    if (Date.now() - lastNotice > 8000) say($("notice"), "");
    show();
  } catch {
    notice("The sandbox does not answer. This page tries again.");
  }
}

async function tell(path, what) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(what) });
    if (!answer.ok) notice((await answer.json()).error);
    else say($("notice"), "");
  } catch {
    notice("The sandbox does not answer.");
  }
  await look();
}

function notice(words) {
  lastNotice = Date.now();
  say($("notice"), words[0].toUpperCase() + words.slice(1));
}

async function watch() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

function draw() {
  const now = performance.now() / 1000;
  for (const lane of lanes) lane.draw(now);
  requestAnimationFrame(draw);
}

// ---- What is shown -----------------------------------------------------------------------------------------------

function show() {
  const names = state.regions.map((region) => region.name);
  state.regions.forEach((region, n) => showRegion(cards[n], region, names[1 - n], n));
  state.regions.forEach((region, n) => {
    const link = state.links.find((each) => each.from === region.region);
    lanes[n].tell(link, region.name, names[1 - n]);
  });
  showSwitches();
  showSteps(state.demonstration);
  showComparison(state.comparison, state.demonstration);
  rows($("incidents"), Math.max(1, state.incidents.length), "li", 3).forEach((row, n) => {
    const seen = state.incidents[n];
    const cells = seen ? [seen.at.slice(11, 19), seen.reason.replaceAll("-", " "), seen.subject] : ["", "None.", ""];
    cells.forEach((words, cell) => say(row.children[cell], words));
  });
}

function showRegion(card, region, other, side) {
  const find = (what) => card.querySelector(what);
  say(find("h2"), region.name);
  say(find(".where"), region.region);
  say(find(".other"), `In ${other}`);
  find(".api").href = `http://${location.hostname}:${region.port}/docs`;
  find(".admin").href = `http://${location.hostname}:${region.port}/admin/`;
  for (const what of [".api", ".admin"]) find(what).setAttribute("aria-label", `${find(what).textContent} of ${region.name}`);
  say(find(".rate"), region.rate.toFixed(1));
  say(find(".refused"), region.refused);
  find(".refused").title = region.refusals;
  say(find(".backlog"), region.resolver === "stopped" ? `${region.backlog} (stopped)` : region.backlog);
  say(find(".incident-count"), region.incidents);
  find(".incident-count").classList.toggle("some", region.incidents > 0);
  const top = Math.max(10, ...region.rates), first = 60 - region.rates.length;
  const points = region.rates.map((rate, n) => `${first + n},${(19 - (rate / top) * 18).toFixed(1)}`).join(" ");
  find("polyline").setAttribute("points", points);
  showAccounts(find("tbody"), region.accounts, side);
}

function showAccounts(body, accounts, side) {
  while (body.rows.length > accounts.length * 2) body.lastElementChild.remove();
  while (body.rows.length < accounts.length * 2) {
    const money = body.insertRow(), bar = body.insertRow();
    money.className = "money";
    bar.className = "bar";
    money.innerHTML = '<th scope="row"></th><td class="strong"></td><td></td><td></td>';
    bar.innerHTML = '<td colspan="4"><svg viewBox="0 0 100 5" preserveAspectRatio="none" aria-hidden="true"></svg></td>';
    for (const kind of ["part-0", "part-way", "part-1"]) bar.querySelector("svg").append(shape("rect", { class: kind, height: 5 }));
  }
  accounts.forEach((account, n) => {
    const money = body.rows[2 * n], known = account.balance !== undefined;
    say(money.children[0], account.id);
    money.children[0].className = account.state === "frozen" ? "frozen" : "";
    money.children[0].title = account.state;
    const mending = account.state === "is being mended";
    const cells = known ? [account.balance, account.here, account.elsewhere].map(amount) : [mending ? "mending" : "–", "–", "–"];
    cells.forEach((words, cell) => say(money.children[cell + 1], words));
    money.children[1].classList.toggle("mending", mending);
    const [here, there] = known ? [account.part_here, account.part_elsewhere] : [0, 0];
    const parts = side === 0 ? [here, there] : [there, here], way = Math.max(0, 1 - here - there);
    const bars = body.rows[2 * n + 1].querySelectorAll("rect");
    let left = 0;
    [parts[0], known && Number(account.balance) > 0 ? way : 0, parts[1]].forEach((part, cell) => {
      const width = Math.max(0, Math.min(100 - left, part * 100));
      bars[cell].setAttribute("x", left.toFixed(2));
      bars[cell].setAttribute("width", width.toFixed(2));
      left += width;
    });
  });
}

function showSwitches() {
  const cut = state.links.some((link) => link.cut);
  $("switch").setAttribute("aria-checked", String(!cut));
  say($("switch-state"), cut ? "cut" : "up");
  if (lagHeld) return;
  const lags = state.links.map((link) => link.lag);
  $("lag").value = Math.max(...lags);
  say($("lag-value"), [...new Set(lags)].map((lag) => `${Number(lag.toFixed(2))} s`).join(" / "));
}

const MARKS = { done: "✓", failed: "!" };
const IDLE = "Run the demonstration: it pays in both regions, cuts the link, pays on, heals it, and adds up.";
let ran = null;

function showSteps(demonstration) {
  const list = $("steps");
  const cut = state.links.some((link) => link.cut), accounts = demonstration.paid_in !== null;
  const useless = { cut, heal: !cut, keep: !accounts };
  if (!list.children.length) {
    for (const step of demonstration.steps) {
      const row = document.createElement("li");
      row.innerHTML = '<span class="mark" aria-hidden="true"></span><div><h3></h3><p class="quiet"></p></div><p class="result"></p><button type="button">Run</button>';
      say(row.querySelector("h3"), step.title);
      say(row.querySelector("p"), step.look);
      const button = row.querySelector("button");
      button.setAttribute("aria-label", `Run: ${step.title}`);
      button.addEventListener("click", () => press(button, "demonstration", { step: step.name }));
      list.append(row);
    }
  }
  demonstration.steps.forEach((step, n) => {
    const row = list.children[n];
    row.className = step.state;
    say(row.querySelector(".mark"), MARKS[step.state] ?? n + 1);
    if (step.state === "running") row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
    say(row.querySelector(".result"), step.state === "running" ? "Running …" : step.result);
    allow(row.querySelector("button"), !demonstration.running && !useless[step.name]);
  });
  allow($("run-all"), !demonstration.running);
  say($("run-all"), demonstration.running ? "Running …" : "Run all steps");
  const now = demonstration.steps.findIndex((step) => step.state === "running");
  if (now >= 0) {
    ran = demonstration.steps[now].name;
    say($("said"), `${now + 1} of ${list.children.length}: ${demonstration.steps[now].title}. ${demonstration.steps[now].look}`);
  } else {
    const finished = demonstration.verdict && demonstration.steps.every((step) => step.state === "done");
    const last = demonstration.steps.find((step) => step.name === ran) ?? demonstration.steps.findLast((step) => step.result);
    const words = finished ? `${demonstration.verdict.ours} ${demonstration.verdict.plain}` : last?.result;
    say($("said"), words || IDLE);
  }
}

function showComparison(comparison, demonstration) {
  const regions = state.regions.map((region) => region.region);
  state.regions.forEach((region, n) => say($(`plain-${n}`), `Plain, ${region.name}`));
  rows($("comparison"), comparison.rows.length, "tr", 4).forEach((row, n) => {
    const seen = comparison.rows[n];
    const cells = [seen.account, amount(seen.ours), ...regions.map((region) => amount(seen[region]))];
    cells.forEach((words, cell) => say(row.children[cell], words));
  });
  const paid = demonstration.paid_in;
  const sums = [comparison.ours, ...regions.map((region) => comparison.plain[region])];
  sums.forEach((sum, n) => {
    const shown = sum !== null && paid !== null;
    const off = shown ? (cents(sum) - cents(paid)) / 100 : 0;
    say($("together").children[n + 1], shown ? amount(sum) : "–");
    say($("off").children[n + 1], shown ? (off > 0 ? "+" : "") + amount(off.toFixed(2)) : "–");
    $("off").children[n + 1].className = !shown ? "" : off ? "wrong-sum" : "right-sum";
  });
  const refused = demonstration.plain_refused;
  const each = refused ? `payments, of which the plain program refused ${refused}.` : "payments by each.";
  if (paid !== null) say($("executed"), `${amount(paid)} USD at the start, ${demonstration.executed} ${each}`);
  else say($("executed"), "The plain program reads both rows, computes, and puts both.");
  const verdict = demonstration.verdict, [ours, plain] = $("verdict").children;
  say(ours, verdict ? verdict.ours : "Run the demonstration: at its end, an audit says who has kept the money.");
  say(plain, verdict ? verdict.plain : "");
  ours.className = verdict ? "good" : "quiet";
  plain.className = verdict ? (verdict.plain_right ? "good" : "wrong") : "";
}

function cents(digits) {
  return Math.round(Number(digits) * 100);
}

function rows(place, count, kind, cells) {
  while (place.children.length > count) place.lastElementChild.remove();
  while (place.children.length < count) {
    const row = place.appendChild(document.createElement(kind));
    for (let cell = 0; cell < cells; cell++) row.append(document.createElement(kind === "tr" ? (cell ? "td" : "th") : "span"));
    if (kind === "tr") row.firstChild.scope = "row";
  }
  return [...place.children];
}

// ---- What is done ------------------------------------------------------------------------------------------------

// Not ``disabled``: the button that was pressed would lose the keyboard's focus.
function allow(button, allowed) {
  button.setAttribute("aria-disabled", String(!allowed));
}

function press(button, path, what) {
  if (button.getAttribute("aria-disabled") !== "true") tell(path, what);
}

$("switch").addEventListener("click", () => tell("link", { cut: $("switch").getAttribute("aria-checked") === "true" }));
$("run-all").addEventListener("click", () => press($("run-all"), "demonstration", { step: "all" }));
$("reset").addEventListener("click", () => tell("reset", {}));
// While it is held, what others set does not pull it away.
$("lag").addEventListener("input", () => {
  lagHeld = true;
  say($("lag-value"), `${Number($("lag").value)} s`);
});
$("lag").addEventListener("change", async () => {
  await tell("link", { lag: Number($("lag").value) });
  lagHeld = false;
});
$("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = $("accounts").value.trim();
  history.replaceState(null, "", wanted ? `?accounts=${encodeURIComponent(wanted)}` : location.pathname);
  shown = location.search;
  lastNotice = 0;
  look();
});
$("accounts").value = new URLSearchParams(location.search).get("accounts") ?? "";

watch();
requestAnimationFrame(draw);
