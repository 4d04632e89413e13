// Draws what stands in `data-graph`; the page says the same without it.
import cytoscape from "./vendor/cytoscape.esm.min.mjs";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const LAYOUTS = {
  lineage: { name: "breadthfirst", directed: true, spacingFactor: 1.15, padding: 20, animate: false, avoidOverlap: true },
  map: { name: "preset", padding: 20 },
};

function style() {
  const [ink, card, line, accent, soft, quiet] = ["--ink", "--card", "--line", "--accent", "--soft", "--quiet"].map(colour);
  return [
    { selector: "node", style: { label: "data(label)", shape: "round-rectangle", width: 170, height: 54, "background-color": card, "border-width": 1.5, "border-color": quiet, color: ink, "font-size": 11, "text-wrap": "wrap", "text-max-width": 155, "text-valign": "center", "font-family": "system-ui, sans-serif" } },
    { selector: "node[kind = 'fact']", style: { "background-color": soft } },
    { selector: "node[kind = 'topic']", style: { width: 120, height: 34, "text-max-width": 110, "background-color": accent, color: colour("--accent-ink"), "border-width": 0, "font-weight": 600 } },
    { selector: "node[kind = 'space']", style: { width: 140, height: 40, "border-width": 2, "border-color": accent, "font-weight": 600 } },
    { selector: "node[kind = 'concept']", style: { width: 110, height: 30, "text-max-width": 104, "background-color": soft, "border-width": 0 } },
    { selector: "node[state][state != 'activated']", style: { "border-style": "dashed" } },
    { selector: "node[?here]", style: { "border-width": 3, "border-color": accent } },
    { selector: "edge[label]", style: { label: "data(label)", "target-arrow-shape": "triangle" } },
    { selector: "edge", style: { width: 1.5, "line-color": quiet, "target-arrow-color": quiet, "curve-style": "bezier", "text-rotation": "autorotate", "font-size": 10, color: quiet, "text-background-color": colour("--ground"), "text-background-opacity": 1, "text-background-padding": 2, "font-family": "system-ui, sans-serif" } },
  ];
}

function draw(box) {
  const { nodes, edges } = JSON.parse(box.dataset.graph);
  box.dataset.drawn = String(nodes.length); // which gives it its height
  const graph = cytoscape({
    container: box,
    elements: [...nodes, ...edges].map((data) => ({ data, ...("x" in data && { position: { x: data.x, y: data.y } }) })),
    style: style(),
    layout: LAYOUTS[box.dataset.layout] ?? LAYOUTS.lineage,
    userZoomingEnabled: false,
    boxSelectionEnabled: false,
    autounselectify: true,
    maxZoom: 1.2,
  });
  graph.fit(undefined, 20);
  graph.on("tap", "node", (event) => {
    const { address } = event.target.data();
    if (address) location.assign(address);
  });
  graph.on("mouseover", "node[address]", () => box.classList.add("leads"));
  graph.on("mouseout", "node", () => box.classList.remove("leads"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => graph.style(style()));
}

for (const box of document.querySelectorAll("[data-graph]")) draw(box);
