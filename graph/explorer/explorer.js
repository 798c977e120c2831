"use strict";
// Search, sheets and ladders. The address after # says what is shown: #exercise:goblet_squat, #ladder/squat, or nothing.
// Text reaches the page as text only; nothing that is read from the data is ever taken as markup.

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const MOST_FOUND = 60, LONG = 12;
  const numbers = new Map(data.nodes.map((node, number) => [node.key, number]));
  const chosen = new Set();
  let redraw = () => {};

  // an element with attributes and children; strings become text
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
    element.append(...children.flat());
    return element;
  }
  const spoken = (word) => word.replaceAll("_", " ");
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const link = (node) => make("a", { href: `#${encodeURI(node.key)}` }, node.name);
  const badge = (kind) => make("span", { class: "kind", "data-kind": kind }, spoken(kind));
  const allowed = (kind) => !chosen.size || chosen.has(kind);

  // -- search ---------------------------------------------------------------------------------------------------------

  const index = data.nodes.map((node) => {
    const names = [node.name, ...node.aliases, node.id, spoken(node.id)].map((name) => name.toLowerCase());
    return { node, names, all: names.join("\n"), words: [...new Set(names.join(" ").split(/[^\p{L}\p{N}]+/u))] };
  });

  // how well a node fits, the name before other names, lower is better; -1 when a word of the query is in none of its names
  function fit(entry, query, words) {
    if (!words.every((word) => entry.all.includes(word))) return -1;
    const at = entry.names.findIndex((name) => name === query);
    if (at >= 0) return Math.min(at, 1);
    if (entry.names.some((name) => name.startsWith(query))) return 2;
    return entry.names.some((name) => name.includes(query)) ? 3 : 4;
  }

  // how many letters are wrong, missing, too many or swapped; what is more than `most` counts as that
  function slips(word, other, most) {
    let before = [], last = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let i = 1; i <= word.length; i++) {
      const row = [i];
      for (let j = 1; j <= other.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (word[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      if (Math.min(...row) > most) return most + 1;
      [before, last] = [last, row];
    }
    return last[other.length];
  }

  // how many letters of a query are wrong for it to name a node; -1 when too many are. Short words must be right
  function near(entry, words) {
    let sum = 0;
    for (const word of words) {
      const most = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
      const least = Math.min(...entry.words.map((other) =>
        Math.min(slips(word, other, most), slips(word, other.slice(0, word.length), most))));
      if (least > most) return -1;
      sum += least;
    }
    return sum;
  }

  function search() {
    const query = by("query").value.trim().toLowerCase(), words = query.split(/\s+/).filter(Boolean);
    const list = by("found");
    if (!query && !chosen.size) {
      list.replaceChildren();
      by("count").textContent = "";
      return;
    }
    const ranked = (how) => index.filter((entry) => allowed(entry.node.kind))
      .map((entry, order) => ({ entry, order, fit: how(entry) })).filter((hit) => hit.fit >= 0)
      .sort((a, b) => a.fit - b.fit || a.order - b.order);
    const exact = ranked((entry) => fit(entry, query, words));
    const hits = exact.length ? exact : ranked((entry) => near(entry, words));
    list.replaceChildren(...hits.slice(0, MOST_FOUND).map(({ entry: { node } }) => {
      const other = node.name.toLowerCase().includes(query) ? undefined : [...node.aliases, node.id].find((alias) => alias.toLowerCase().includes(query));
      const item = make("a", { href: `#${encodeURI(node.key)}` }, node.name, " ", badge(node.kind));
      if (other) item.append(make("span", { class: "quiet" }, ` also: ${other}`));
      return make("li", {}, item);
    }));
    const more = hits.length > MOST_FOUND ? `, the first ${MOST_FOUND} are listed` : "";
    const found = exact.length ? `${hits.length} found${more}` : `Nothing is called that. Near it: ${hits.length}${more}`;
    by("count").textContent = hits.length ? found : "Nothing found. Try fewer or other words.";
    mark();
  }

  function mark() {
    const here = location.hash;
    for (const anchor of document.querySelectorAll("#found a, #families a")) {
      if (here && anchor.getAttribute("href") === here) anchor.setAttribute("aria-current", "page");
      else anchor.removeAttribute("aria-current");
    }
  }

  function onKeys(event) {
    const links = [...by("found").querySelectorAll("a")], place = links.indexOf(document.activeElement);
    const inQuery = document.activeElement === by("query");
    if (!inQuery && place < 0) return;
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: inQuery ? undefined : 0, End: inQuery ? undefined : links.length - 1 }[event.key];
    if (event.key === "Escape" && !inQuery) by("query").focus();
    else if (inQuery && event.key === "Enter" && links.length) location.hash = links[0].getAttribute("href");
    else if (to === undefined || !links.length || (inQuery && to < 0)) return;
    else (to < 0 ? by("query") : links[Math.min(to, links.length - 1)]).focus();
    event.preventDefault();
  }

  function kinds() {
    for (const kind of data.kinds) {
      const box = make("input", { type: "checkbox", value: kind });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(kind);
        else chosen.delete(kind);
        by("chosen").textContent = data.kinds.filter((one) => chosen.has(one)).map(spoken).join(", ") || "all";
        search();
        redraw();
      });
      const count = data.nodes.filter((node) => node.kind === kind).length;
      by("kinds").append(make("label", {}, box, `${spoken(kind)} (${count})`));
    }
  }

  // -- sheets ---------------------------------------------------------------------------------------------------------

  // statements in groups of one relation and direction, in the order of the relations
  function grouped(node) {
    const groups = [];
    for (const [name, [says, reverse]] of Object.entries(data.relations)) {
      for (const [heading, forward, told] of [[says, true, node.says], [reverse, false, node.hears]]) {
        const statements = told.filter((statement) => statement[0] === name);
        if (statements.length) groups.push({ says: heading, forward, statements });
      }
    }
    return groups;
  }

  // a sentence, in which the name of the other node leads to its sheet
  function sentence(node, [, other, text]) {
    const target = data.nodes[other], name = target ? target.name : other;
    const start = text.indexOf(name, text.startsWith(node.name) ? node.name.length : 0);
    if (!target || start < 0) return make("li", {}, text);
    return make("li", { class: "sentence" }, text.slice(0, start), link(target), text.slice(start + name.length));
  }

  function external(address) {
    return make("a", { href: address, rel: "external noopener noreferrer", target: "_blank" }, `${address} (external link)`);
  }

  function drawing(label, draw) {
    const room = make("div", { class: "drawing", role: "img", "aria-label": label });
    room.addEventListener("click", (event) => {
      const key = Drawing.at(room, event);
      if (key) location.hash = encodeURI(key);
    });
    room.addEventListener("mousemove", (event) => room.classList.toggle("over", Drawing.at(room, event) !== undefined));
    redraw = () => draw(room);
    return room;
  }

  function sheet(node) {
    const groups = grouped(node), parts = [];
    const about = make("section", { "aria-labelledby": "title" },
      make("p", { class: "quiet" }, badge(node.kind), ` ${node.key}`), make("h1", { id: "title", tabindex: "-1" }, node.name));
    if (node.about.length) {
      about.append(make("dl", {}, node.about.map(([label, lines]) => make("div", {},
        make("dt", {}, capital(label)),
        make("dd", {}, lines.map((line) => make("p", {}, label === "doi" ? external(`https://doi.org/${line}`) : line)))))));
    }
    parts.push(about);
    if (groups.length) {
      const statements = groups.reduce((sum, group) => sum + group.statements.length, 0);
      parts.push(make("section", { "aria-labelledby": "around" }, make("h2", { id: "around" }, "Around it"),
        drawing(`Drawing of ${node.name} and what it relates to. What follows tells the same in words.`, (room) => {
          const drawn = groups.map((group) => ({ says: group.says, forward: group.forward,
            others: group.statements.map(([, other]) => data.nodes[other]).filter((other) => other && allowed(other.kind)) }));
          const seen = drawn.filter((group) => group.others.length);
          for (const group of seen) group.others = [...new Set(group.others)];
          Drawing.neighbourhood(room, node, seen);
        })));
      parts.push(make("section", { "aria-labelledby": "told" },
        make("h2", { id: "told" }, statements === 1 ? "In words: 1 statement" : `In words: ${statements} statements`),
        groups.map((group) => make("details", group.statements.length > LONG ? {} : { open: "" },
          make("summary", {}, `${capital(group.says)} (${group.statements.length})`),
          make("ul", {}, group.statements.map((statement) => sentence(node, statement)))))));
    }
    if (node.sources.length) {
      parts.push(make("section", { "aria-labelledby": "sources" }, make("h2", { id: "sources" }, "Sources"),
        make("ul", {}, node.sources.map((id) => {
          const [text, address] = data.sources[id], known = data.nodes[numbers.get(`source:${id}`)];
          return make("li", {}, known ? link(known) : id, `: ${text} `, address ? external(address) : "");
        }))));
    }
    return parts;
  }

  // -- ladders --------------------------------------------------------------------------------------------------------

  function ladder(drawn) {
    const name = capital(spoken(drawn.family)), last = Math.max(...drawn.places.map((place) => place[1]));
    const says = (node) => node.says.filter(([relation]) => relation === data.ladder);
    const step = (number) => {
      const node = data.nodes[number], told = says(node);
      return make("li", {}, link(node), drawn.guests.includes(number) ? " (another family)" : "",
        told.length ? make("ul", {}, told.map((statement) => sentence(node, statement))) : "");
    };
    const rungs = Array.from({ length: last + 1 }, (_, rank) => drawn.places.filter((place) => place[1] === rank)
      .sort((a, b) => a[2] - b[2]).map((place) => place[0]));
    const parts = [make("section", { "aria-labelledby": "title" },
      make("p", { class: "quiet" }, "Ladders"), make("h1", { id: "title", tabindex: "-1" }, name),
      make("p", { class: "quiet" }, "Arrows lead from easier to harder. What stands in one column is not equally hard: only the arrows say what is harder. A dashed frame belongs to another family. The next step still waits for what the rules ask of you.",
        make("span", { class: "narrow" }, " The drawing scrolls sideways.")),
      make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Drawing, scrolls sideways" },
        drawing(`Drawing of the ladders of ${name}. What follows tells the same in words.`, (room) => Drawing.ladder(room, data.nodes, drawn))))];
    parts.push(make("section", { "aria-labelledby": "told" }, make("h2", { id: "told" }, "In words"),
      make("p", { class: "quiet" }, "Column by column, as drawn."),
      rungs.map((rung, rank) => [make("h3", {}, `Column ${rank + 1}`), make("ul", {}, rung.map(step))]).flat(),
      drawn.alone.length ? [make("h3", {}, "On no ladder"), make("ul", {}, drawn.alone.map((number) => make("li", {}, link(data.nodes[number]))))] : []));
    return parts;
  }

  // -- the page -------------------------------------------------------------------------------------------------------

  function welcome(said) {
    const counts = data.kinds.map((kind) => make("li", {}, badge(kind), ` ${data.nodes.filter((node) => node.kind === kind).length}`));
    return [make("section", { "aria-labelledby": "title" },
      make("h1", { id: "title", tabindex: "-1" }, said || "What exists, and how it relates"),
      make("p", {}, "Exercises, injuries, muscles and more, each with what is known about it and where that comes from. Search for a name, or choose a ladder to see what is easier and what is harder."),
      make("p", {}, "This page shows what exists. What is right for you today depends on you: that is what prehab recommend is for."),
      make("h2", {}, "What is in it"), make("ul", { class: "chips" }, counts))];
  }

  function show(first) {
    let hash = location.hash.slice(1);
    try { hash = decodeURIComponent(hash); } catch { /* not an address of this page */ }
    const node = data.nodes[numbers.get(hash)];
    const drawn = data.ladders.find((one) => `ladder/${one.family}` === hash);
    redraw = () => {};
    const parts = node ? sheet(node) : drawn ? ladder(drawn) : welcome(hash ? `Nothing here is called ${hash}` : "");
    by("sheet").replaceChildren(...parts);
    redraw();
    mark();
    const title = by("title");
    document.title = hash ? `${title.textContent} · prehab explorer` : "prehab explorer";
    if (!first) title.focus({ preventScroll: true });
    if (first && !hash) return;
    if (matchMedia("(min-width: 60rem)").matches) scrollTo(0, 0);
    else by("sheet").scrollIntoView();
  }

  function theme() {
    const system = matchMedia("(prefers-color-scheme: dark)"), button = by("theme");
    let own = null;
    try { own = localStorage.getItem("prehab-theme"); } catch { /* not kept, then */ }
    const apply = () => {
      const dark = own ? own === "dark" : system.matches;
      document.documentElement.dataset.theme = dark ? "dark" : "light";
      button.textContent = dark ? "Light colours" : "Dark colours";
      redraw();
    };
    button.addEventListener("click", () => {
      own = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      try { localStorage.setItem("prehab-theme", own); } catch { /* not kept, then */ }
      apply();
    });
    system.addEventListener("change", apply);
    apply();
  }

  let width = 0;
  new ResizeObserver(() => {
    const now = by("sheet").clientWidth;
    if (width && now !== width) redraw();
    width = now;
  }).observe(by("sheet"));
  for (const skip of document.querySelectorAll("[data-skip]")) {
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      by(skip.dataset.skip).focus();
    });
  }
  for (const drawn of data.ladders) {
    by("families").append(make("li", {}, make("a", { href: `#ladder/${encodeURI(drawn.family)}` }, capital(spoken(drawn.family)))));
  }
  by("ladders").hidden = !data.ladders.length;
  by("search").addEventListener("submit", (event) => event.preventDefault());
  by("query").addEventListener("input", search);
  document.addEventListener("keydown", onKeys);
  addEventListener("hashchange", () => show(false));
  kinds();
  theme();
  show(true);
})();
