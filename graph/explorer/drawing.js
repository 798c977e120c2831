"use strict";
// Draws with cytoscape: a neighbourhood, or the ladders of a family. Every drawing is also told in words beside it, so the
// canvas itself takes no keys; a click on a node opens its sheet.

const Drawing = (() => {
  const FONT = 13, LEADING = 16, PAD = 7, FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
  const MOST = 8; // neighbours of one relation that are drawn; the words tell all
  let cy = null, boxes = [];

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${FONT}px ${FAMILY}`;

  // lines one pixel wide are sharp where their middle is half a pixel on
  const even = (length) => 2 * Math.ceil(length / 2), sharp = (place) => Math.round(place - 0.5) + 0.5;

  function wrapped(text, width) {
    const lines = [];
    for (const word of text.split(" ")) {
      const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
      if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  // the colours of a kind, as the style sheet and the theme have them
  function colours(probe, kind) {
    probe.dataset.kind = kind;
    const style = getComputedStyle(probe);
    return { ink: style.getPropertyValue("--kind").trim(), fill: style.getPropertyValue("--kind-fill").trim() };
  }

  // A sketch collects boxes and lines in pixels, then hands them to cytoscape.
  function sketch(room) {
    const probe = document.createElement("span");
    probe.className = "probe";
    room.append(probe);
    const theme = getComputedStyle(document.documentElement);
    const ink = (name) => theme.getPropertyValue(name).trim();
    const elements = [];
    let dots = 0;
    const self = {
      wide: (text) => Math.ceil(pen.measureText(text).width) + 2 * PAD + 2,
      lines: (text, width, bold) => wrapped(text, width - 2 * PAD - (bold ? 16 : 0)), // bold letters are wider
      measure: (text, width, bold) => even(self.lines(text, width, bold).length * LEADING + 2 * PAD - 3),
      // a box whose left edge and middle are given
      box(id, text, left, middle, width, { kind, bold, guest, to, plain } = {}) {
        width = even(width - 1);
        const height = self.measure(text, width, bold), tint = colours(probe, kind || "");
        elements.push({
          data: { id, label: self.lines(text, width, bold).join("\n"), width, height, to,
            fill: plain ? ink("--card") : tint.fill, ink: plain ? ink("--quiet") : ink("--ink"),
            border: plain ? ink("--card") : tint.ink, edge: plain ? 0 : bold ? 2.5 : 1, dash: guest ? "dashed" : "solid",
            weight: bold ? "bold" : "normal" },
          position: { x: sharp(left + width / 2), y: sharp(middle) },
        });
        return id;
      },
      dot(x, y) {
        const id = `dot ${dots++}`;
        elements.push({ data: { id, label: "", width: 1, height: 1, fill: ink("--strong"), border: ink("--strong"), edge: 0,
          ink: ink("--strong"), dash: "solid", weight: "normal" }, position: { x: sharp(x), y: sharp(y) } });
        return id;
      },
      // a line through stops, with an arrow at its end if it is wished
      line(stops, arrow, leave = "outside-to-node", arrive = "outside-to-node") {
        stops.slice(1).forEach((stop, i) => elements.push({
          data: { id: `line ${elements.length}`, source: stops[i], target: stop,
            arrow: arrow && i === stops.length - 2 ? "triangle" : "none",
            leave: i === 0 ? leave : "outside-to-node", arrive: i === stops.length - 2 ? arrive : "outside-to-node" },
        }));
      },
      show(width, height) {
        probe.remove();
        const place = document.createElement("div");
        place.style.width = `${width}px`;
        place.style.height = `${height}px`;
        room.append(place);
        cy = cytoscape({
          container: place, elements, layout: { name: "preset", fit: false }, pixelRatio: Math.max(2, devicePixelRatio), zoom: 1, pan: { x: 0, y: 0 },
          userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false, autoungrabify: true,
          autounselectify: true,
          style: [
            { selector: "node", style: { shape: "round-rectangle", width: "data(width)", height: "data(height)",
              label: "data(label)", "text-wrap": "wrap", "text-valign": "center", "text-halign": "center",
              "font-size": FONT, "font-family": FAMILY, "line-height": LEADING / FONT, "font-weight": "data(weight)", color: "data(ink)",
              "background-color": "data(fill)", "border-color": "data(border)", "border-width": "data(edge)",
              "border-style": "data(dash)", "corner-radius": 7 } },
            { selector: "edge", style: { width: 1.3, "line-color": ink("--strong"), "curve-style": "straight",
              "target-arrow-color": ink("--strong"), "target-arrow-shape": "data(arrow)", "arrow-scale": 0.9,
              "source-endpoint": "data(leave)", "target-endpoint": "data(arrive)" } },
          ],
        });
        boxes = cy.nodes().filter((node) => node.data("to") !== undefined).map((node) => ({ to: node.data("to"), ...node.boundingBox() }));
      },
    };
    return self;
  }

  function clear(room) {
    if (cy) cy.destroy();
    cy = null;
    boxes = [];
    room.replaceChildren();
  }

  // Groups are { says, forward, others: [{ name, kind, key }] }. Wide: groups left and right of the node. Narrow: below it.
  function neighbourhood(room, node, groups) {
    clear(room);
    const draw = sketch(room), wide = room.clientWidth >= 640;
    const total = wide ? Math.min(room.clientWidth, 980) : room.clientWidth;
    const gap = 8, indent = 26, hubWide = wide ? 118 : total - indent, centreWide = wide ? 150 : total - 4;
    const itemWide = wide ? (total - centreWide - 2 * hubWide - 4 * indent - 4) / 2 : total - 2 * indent - 4;
    groups.forEach((group, number) => {
      const more = group.others.length - MOST;
      group.rows = group.others.slice(0, more > 1 ? MOST : undefined).map((other, i) => ({ ...other, id: `${number} ${i}` }));
      if (more > 1) group.rows.push({ id: `${number} more`, name: `and ${more} more, named below` });
      group.hub = `hub ${number}`;
      group.rows.forEach((row) => { row.high = draw.measure(row.name, itemWide); });
      group.hubHigh = draw.measure(group.says, hubWide);
      const rows = group.rows.reduce((sum, row) => sum + row.high + gap, -gap);
      group.high = wide ? Math.max(rows, group.hubHigh) : rows + gap + group.hubHigh;
    });
    const item = (row, left, middle) => draw.box(row.id, row.name, left, middle, itemWide, { kind: row.kind, to: row.key, plain: !row.kind });
    const centreHigh = draw.measure(node.name, centreWide, true);
    if (!wide) {
      let y = 2 + centreHigh / 2, spine = null;
      draw.box("centre", node.name, 2, y, centreWide, { kind: node.kind, bold: true });
      spine = draw.dot(indent / 2, y + centreHigh / 2);
      y += centreHigh / 2 + 2 * gap;
      for (const group of groups) {
        const knee = draw.dot(indent / 2, y + group.hubHigh / 2);
        draw.line([spine, knee], false);
        spine = knee;
        draw.box(group.hub, group.says, indent, y + group.hubHigh / 2, Math.min(hubWide, draw.wide(group.says)), { plain: true });
        draw.line(group.forward ? [knee, group.hub] : [group.hub, knee], !group.forward);
        y += group.hubHigh;
        let stem = draw.dot(indent * 1.5, y);
        y += gap / 2;
        for (const row of group.rows) {
          const at = draw.dot(indent * 1.5, y + row.high / 2);
          draw.line([stem, at], false);
          stem = at;
          item(row, 2 * indent, y + row.high / 2);
          draw.line([at, row.id], group.forward && Boolean(row.kind));
          y += row.high + gap;
        }
        y += gap;
      }
      draw.show(total, y);
      return;
    }
    const all = groups.reduce((sum, group) => sum + group.high + 2 * gap, 0);
    const sides = [[], []];
    let right = 0;
    for (const group of groups) {
      const here = right + group.high / 2 <= all / 2 || !right ? 0 : 1;
      if (here === 0) right += group.high + 2 * gap;
      sides[here].push(group);
    }
    const tall = sides.map((side) => side.reduce((sum, group) => sum + group.high + 2 * gap, -2 * gap));
    const high = Math.max(...tall, centreHigh) + 8, middle = high / 2, centre = total / 2;
    draw.box("centre", node.name, centre - centreWide / 2, middle, centreWide, { kind: node.kind, bold: true });
    sides.forEach((side, turn) => {
      const way = turn === 0 ? 1 : -1; // right, then left
      const from = (distance, width) => (way > 0 ? centre + distance : centre - distance - width);
      const near = centre + way * (centreWide / 2 + indent / 2);
      const trunk = draw.dot(near, middle);
      if (side.length) draw.line(["centre", trunk], false);
      let y = middle - tall[turn] / 2;
      for (const group of side) {
        const at = y + group.high / 2, knee = draw.dot(near, at);
        draw.box(group.hub, group.says, from(centreWide / 2 + indent, hubWide), at, hubWide, { plain: true });
        draw.line([trunk, knee], false);
        draw.line(group.forward ? [knee, group.hub] : [group.hub, knee], !group.forward);
        const far = centre + way * (centreWide / 2 + 1.5 * indent + hubWide), fork = draw.dot(far, at);
        draw.line([group.hub, fork], false);
        let top = at - group.rows.reduce((sum, row) => sum + row.high + gap, -gap) / 2;
        for (const row of group.rows) {
          const rowAt = top + row.high / 2, bend = draw.dot(far, rowAt);
          item(row, from(centreWide / 2 + 2 * indent + hubWide, itemWide), rowAt);
          draw.line([fork, bend], false);
          draw.line([bend, row.id], group.forward && Boolean(row.kind));
          top += row.high + gap;
        }
        y += group.high + 2 * gap;
      }
    });
    draw.show(total, high);
  }

  // Where rows stand in pixels: as near to each other as the heights of what stands in one rank permit.
  function rows(stops) {
    const places = new Map(), free = new Map(); // the place of each row, and from where on each rank is free
    let before = null, end = 0;
    for (const at of [...new Set(stops.map((stop) => stop[1]))].sort((a, b) => a - b)) {
      const here = stops.filter((stop) => stop[1] === at);
      const least = before === null ? 0 : places.get(before) + (at - before) * 30;
      // a ladder that hangs together with nothing above it begins below all of that
      const below = at - before >= 2 ? Math.max(...free.values()) + 14 : 2;
      const place = Math.max(least, ...here.map(([rank, , high]) => Math.max(free.get(rank) ?? 2, below) + high / 2));
      places.set(at, place);
      for (const [rank, , high] of here) free.set(rank, place + high / 2 + 12);
      end = Math.max(end, ...here.map(([, , high]) => place + high / 2 + 4));
      before = at;
    }
    return Object.assign((at) => places.get(at), { end });
  }

  // Ranks run from left to right; each place is [node, rank, row], each line [from, to, bends].
  function ladder(room, nodes, drawn) {
    clear(room);
    const draw = sketch(room), ranks = Math.max(...drawn.places.map((place) => place[1]));
    const wide = room.parentElement.clientWidth - 4, width = even(Math.min(158, Math.max(126, Math.floor(wide / (ranks + 1)) - 24)));
    const column = Math.min(width + 44, Math.max(width + 21, Math.floor((wide - width) / ranks))), x = (rank) => 2 + rank * column;
    const bends = drawn.lines.flatMap(([, , path]) => path.map(([rank, at]) => [rank, at, 8]));
    const y = rows([...drawn.places.map(([number, rank, at]) => [rank, at, draw.measure(nodes[number].name, width)]), ...bends]);
    for (const [number, rank, at] of drawn.places) {
      const node = nodes[number];
      draw.box(node.key, node.name, x(rank), y(at), width, { kind: node.kind, guest: drawn.guests.includes(number), to: node.key });
    }
    for (const [from, to, path] of drawn.lines) {
      const dots = path.flatMap(([rank, at]) => [draw.dot(x(rank), y(at)), draw.dot(x(rank) + width, y(at))]);
      draw.line([nodes[from].key, ...dots, nodes[to].key], true, "90deg", "270deg");
    }
    draw.show(x(ranks) + width + 2, y.end);
  }

  // which node is at a place of the window, if any
  function at(room, event) {
    const place = room.lastElementChild;
    if (!place) return undefined;
    const edge = place.getBoundingClientRect(), x = event.clientX - edge.left, y = event.clientY - edge.top;
    return boxes.find((box) => x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2)?.to;
  }

  // where the nodes are drawn, for tests
  const places = () => (cy ? Object.fromEntries(cy.nodes().filter((n) => n.data("to") !== undefined || n.id() === "centre")
    .map((n) => [n.id(), { ...n.position(), width: n.width(), height: n.height(), lines: n.data("label").split("\n") }])) : {});

  return { neighbourhood, ladder, clear, at, places };
})();
