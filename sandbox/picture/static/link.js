// The lanes of the link: each dot is one change on its way, drawn where it truly is.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240, MIDDLE = 0.5, GAP = 0.05;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const KINDS = { "account-table": "of-ledger", "plain-table": "of-plain" };
const ROWS = { "of-ledger": 12, "of-journal": 20, "of-plain": 28 };

export function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export class Lane {
  constructor(place, backwards) {
    this.backwards = backwards;
    this.dots = new Map();
    this.cut = false;
    place.innerHTML = '<p class="money"><span></span><strong></strong></p><p class="count"><span></span><span></span></p>';
    [this.money, this.count] = place.children;
    this.money.title = "on the way, of the accounts shown";
    this.svg = shape("svg", { viewBox: `0 0 ${WIDTH} 40`, "aria-hidden": "true" });
    const [from, to] = [WIDTH * (MIDDLE - GAP), WIDTH * (MIDDLE + GAP)];
    this.svg.append(
      shape("line", { class: "rail", x1: 0, x2: from, y1: 20, y2: 20 }),
      shape("line", { class: "bridge", x1: from, x2: to, y1: 20, y2: 20 }),
      shape("line", { class: "rail", x1: to, x2: WIDTH, y1: 20, y2: 20 }),
      shape("path", { class: "ends", d: `M${from} 6V34M${to} 6V34` }),
    );
    place.insertBefore(this.svg, this.count);
  }

  // What the newest answer says of the link.
  tell(link, from, to) {
    this.cut = link.cut;
    this.svg.classList.toggle("is-cut", link.cut);
    say(this.money.children[0], `Money to ${to}`);
    const money = Object.entries(link.money);
    say(this.money.children[1], money.map(([currency, sum]) => `${amount(sum)} ${currency}`).join(", ") || "nothing");
    this.money.classList.toggle("waits", money.length > 0);
    say(this.count.children[0], `${link.on_the_way} changes`);
    say(this.count.children[1], link.on_the_way ? `oldest ${link.oldest.toFixed(1)} s` : "none waits");
    const now = performance.now() / 1000, seen = new Set();
    for (const change of link.changes) {
      seen.add(change.number);
      this.see(change, now - change.ago);
    }
    for (const [number, dot] of this.dots) {
      if (seen.has(number)) continue;
      // Arrived: one that the picture still shows on its way goes the rest of it quickly.
      if (dot.leaves === undefined) Object.assign(dot, { leaves: now, from: dot.at });
    }
  }

  see(change, sent) {
    let dot = this.dots.get(change.number);
    if (!dot) {
      const kind = KINDS[change.table] ?? "of-journal";
      const drawn = kind === "of-plain" ? shape("rect", { class: kind, x: -2.5, y: -2.5, width: 5, height: 5 })
        : shape("circle", { class: kind, r: kind === "of-ledger" ? 3.5 : 2.5 });
      this.svg.append(drawn);
      dot = { drawn, row: ROWS[kind], base: 0, at: 0, sent };
      this.dots.set(change.number, dot);
    }
    // Sent again when the link has healed: it goes on from where it stood.
    if (sent - dot.sent > 0.2) dot.base = dot.at;
    dot.sent = sent;
    dot.takes = Math.max(change.takes, 0.05);
  }

  draw(now) {
    for (const [number, dot] of this.dots) {
      if (dot.leaves !== undefined) {
        const gone = still.matches ? 1 : (now - dot.leaves) / 0.25;
        dot.at = dot.from + (1 - dot.from) * Math.min(1, gone);
        if (gone >= 1) {
          dot.drawn.remove();
          this.dots.delete(number);
          continue;
        }
      } else {
        const way = Math.min(1, Math.max(0, (now - dot.sent) / dot.takes));
        // Nothing passes a cut link: what has not arrived waits before the gap, and what seemed beyond it glides back.
        const gap = MIDDLE - GAP - 0.02 - (number % 12) * 0.032;
        const limit = this.cut ? Math.max(gap, dot.at - 0.04) : 1;
        const wanted = still.matches ? MIDDLE - GAP - (number % 9) * 0.04 : dot.base + (1 - dot.base) * way;
        dot.at = this.cut ? Math.min(limit, Math.max(dot.at, wanted)) : Math.max(dot.at, wanted);
      }
      const x = (this.backwards ? 1 - dot.at : dot.at) * WIDTH;
      dot.drawn.setAttribute("transform", `translate(${x.toFixed(1)} ${dot.row})`);
    }
  }
}

// Only what has changed is written: a reader's selection and screen readers are left alone.
export function say(element, words) {
  if (element.textContent !== String(words)) element.textContent = words;
}

export function amount(digits) {
  if (digits === null || digits === undefined) return "–";
  return digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",").replace("-", "−");
}
