// Reading made easier: times in the reader's zone, keys, what is new, what is hidden. Every page works without this
// file; what it remembers stays in this browser.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const recall = (key, otherwise) => {
    try { return JSON.parse(localStorage.getItem(`newsloom.${key}`)) ?? otherwise; } catch { return otherwise; }
  };
  const keep = (key, value) => {
    try { localStorage.setItem(`newsloom.${key}`, JSON.stringify(value)); } catch { /* A browser may refuse. */ }
  };

  // What a page says in its language stands in its own data attributes, with {names} for what is filled in here.
  const fill = (said, values) => said.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // Times in the reader's zone.
  const { lang } = document.documentElement;
  const tongue = `${lang === "en" ? "en-GB" : lang}-u-nu-latn`;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const now = new Date();
  const day = (d, extra) => d.toLocaleDateString(tongue, { day: "numeric", month: "short", ...extra });
  const clock = (d) => d.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const localise = (root) => all("time:not([data-day])", root).forEach((el) => {
    const at = new Date(el.dateTime);
    if (Number.isNaN(at.valueOf())) return;
    const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
    // In the form that the page chose, so that no line grows and nothing moves.
    const recent = /^\d\d:\d\d$/.test(el.textContent);
    el.textContent = recent ? clock(at) : fill(document.body.dataset.moment, { day: day(at, year), clock: clock(at) });
  });
  localise(document);
  const label = document.getElementById("zone");
  if (label && zone && zone !== "UTC") label.textContent = fill(label.dataset.zone, { zone: zone.replaceAll("_", " ") });

  // A page that waits for its first stories looks again.
  const again = Number(document.body.dataset.again);
  if (again) setTimeout(() => location.reload(), again * 1000);

  // Pictures that did not come make room.
  const drop = (img) => img.closest("figure")?.setAttribute("hidden", "");
  for (const img of all("figure img")) {
    img.addEventListener("error", () => drop(img));
    if (img.complete && img.naturalWidth === 0 && img.loading !== "lazy") drop(img);
  }

  // Hidden stories and muted outlets.
  const KEPT = 500;
  const outlet = (el) => el.dataset.outlet;
  const note = document.getElementById("hidden-note");
  const veil = () => {
    const stories = new Set(recall("hidden", [])), outlets = new Set(recall("muted", []));
    let count = 0;
    for (const el of all("[data-story], .report[data-outlet]")) {
      el.hidden = stories.has(el.dataset.story) || (!document.body.dataset.source && outlets.has(outlet(el)));
      const step = el.closest(".timeline > li");
      if (step) step.hidden = el.hidden;
      count += el.hidden ? 1 : 0;
    }
    if (note) {
      note.hidden = !count;
      note.querySelector("span").textContent = count;
    }
    const mute = document.querySelector("[data-do=toggle]");
    if (mute) mute.setAttribute("aria-pressed", String(outlets.has(document.body.dataset.source)));
  };
  const toggle = (key, value) => {
    if (!value) return;
    const known = recall(key, []);
    keep(key, known.includes(value) ? known.filter((each) => each !== value) : [...known, value].slice(-KEPT));
    veil();
  };
  const put = (el, what) => {
    const next = beside(el, 1) ?? beside(el, -1);
    toggle(what === "mute" ? "muted" : "hidden", what === "mute" ? outlet(el) : el.dataset.story);
    if (el.hidden && next) go(next);
  };
  // A menu closes by Escape, and by a click elsewhere.
  const close = (but) => all(".tools[open]").forEach((menu) => { menu.open = menu === but; });
  document.addEventListener("click", (event) => close(event.target.closest(".tools")));
  document.addEventListener("click", (event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what === "hide" || what === "mute") put(event.target.closest("[data-story]"), what);
    if (what === "toggle") toggle("muted", document.body.dataset.source);
    if (what === "keys") help?.showModal();
    if (what === "show") {
      keep("hidden", []);
      keep("muted", []);
      veil();
    }
  });

  // New since the last visit: a visit ends when nothing was looked at for half an hour.
  const place = document.body.dataset.edition;
  const listed = all("[data-story][data-reports]");
  if (place && listed.length) {
    const visit = recall(`visit.${place}`, { last: 0, before: {}, seen: {} });
    if (Date.now() - visit.last > 1800_000) visit.before = visit.seen;
    for (const el of listed) {
      const { story, reports } = el.dataset;
      const known = visit.before[story];
      if (Object.keys(visit.before).length && !(known >= Number(reports))) {
        const said = known ? fill(document.body.dataset.more, { count: reports - known }) : document.body.dataset.new;
        el.classList.add("new");
        const mark = document.createElement("span");
        mark.className = "hidden";
        mark.textContent = ` – ${said}`;
        const heading = el.querySelector("h2");
        heading.title = said;
        heading.append(mark);
      }
    }
    const present = Object.fromEntries(listed.map((el) => [el.dataset.story, Number(el.dataset.reports)]));
    visit.seen = Object.fromEntries(Object.entries({ ...visit.seen, ...present }).slice(-KEPT));
    visit.last = Date.now();
    keep(`visit.${place}`, visit);
  }

  // Keys.
  const help = document.getElementById("keys");
  const stops = () => all("main article").filter((el) => !el.hidden && el.querySelector("h1 a, h2 a, h3 a"));
  const here = () => document.activeElement?.closest("main article");
  const beside = (el, step) => {
    const found = stops();
    return el ? found[found.indexOf(el) + step] : found[step > 0 ? 0 : found.length - 1];
  };
  const go = (el) => {
    el?.querySelector("h1 a, h2 a, h3 a").focus({ preventScroll: true });
    el?.scrollIntoView({ block: "nearest" });
  };
  const doing = {
    j: () => go(beside(here(), 1)),
    k: () => go(beside(here(), -1)),
    o: () => here()?.querySelector("a.out, a.more")?.click(),
    s: () => (here()?.querySelector("a.count") ?? document.querySelector("a.count"))?.click(),
    w: () => here()?.querySelector(".why summary")?.click(),
    x: () => here()?.dataset.story && put(here(), "hide"),
    m: () => here()?.dataset.outlet && put(here(), "mute"),
    h: () => (document.querySelector("a.edition") ?? document.querySelector("a.brand")).click(),
    "/": () => document.querySelector("input[type=search]")?.focus(),
    "?": () => help?.showModal(),
  };
  const wanted = document.getElementById("keys-on");
  if (wanted) {
    wanted.checked = recall("keys", true);
    wanted.addEventListener("change", () => keep("keys", wanted.checked));
  }
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".tools[open]");
    if (menu) {
      close();
      menu.querySelector("summary").focus();
    }
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    const act = doing[event.key];
    if (!act || typing || event.ctrlKey || event.metaKey || event.altKey || !recall("keys", true)) return;
    event.preventDefault();
    act();
  });

  // Another edition is another page, perhaps in another language; it is moved to once words were asked for.
  const choice = document.querySelector("[role=search] #edition");
  choice?.addEventListener("change", () => {
    if (!choice.form.q.value) return;
    keep("chose", Date.now());
    choice.form.requestSubmit();
  });
  if (choice && Date.now() - recall("chose", 0) < 5000) {
    choice.focus();
    keep("chose", 0);
  }

  // What htmx brought: more of a list, or the results of what is being typed.
  document.addEventListener("htmx:afterSettle", ({ detail: { elt, requestConfig } }) => {
    localise(elt);
    veil();
    // What "Back" leads to stands above already.
    if (elt.closest("#list")) document.querySelector("#paging [rel=prev]")?.remove();
    const asked = new URL(requestConfig.path, location);
    if (requestConfig.elt.matches("form")) {
      const said = [...new FormData(requestConfig.elt)].filter(([name, value]) => value && !(name === "edition" && value === place));
      history.replaceState(null, "", `${asked.pathname}?${new URLSearchParams(said)}`);
    }
  });
  // The first of what "More" brought takes the focus, for the link that had it has moved on.
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.id === "list") target.dataset.length = target.children.length;
  });
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id === "list") go(target.children[target.dataset.length]);
  });

  veil();
  addEventListener("storage", veil);
})();
