// Starts the page, once it has been read.

async function start() {
  theme.start();
  document.getElementById("print").addEventListener("click", () => print());
  for (const button of document.querySelectorAll("button.copy")) {
    const text = button.parentElement.querySelector("code").textContent;
    button.addEventListener("click", () => copyText(text, button));
  }
  for (const part of document.querySelectorAll("[data-tip]")) {
    part.addEventListener("pointermove", (event) => tip.show(part.dataset.tip, event.clientX, event.clientY));
    part.addEventListener("pointerleave", () => tip.hide());
  }
  for (const picture of document.querySelectorAll(".machine .scroll")) {
    const svg = picture.querySelector("svg");
    // Shrunk below seven tenths, letters could not be read: then it is moved about instead.
    const fit = () => picture.classList.toggle("wide", picture.clientWidth < 0.7 * svg.viewBox.baseVal.width);
    // In a frame of its own: what an observer changes at once, it would have to observe again.
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(picture);
  }
  const data = JSON.parse(await unpacked("data"));
  const plots = [];
  for (const [key, sweep] of Object.entries(data.sweeps)) {
    const points = new Points(document.querySelector(`.points[data-sweep="${key}"]`), sweep);
    const plot = new SweepPlot(document.querySelector(`.plot[data-sweep="${key}"]`), sweep, points);
    if (plot.drawing) plots.push(plot.drawing);
  }
  for (const [key, run] of Object.entries(data.runs)) {
    new TimelineView(document.querySelector(`.timeline[data-run="${key}"]`), key, run);
  }
  for (const [key, demo] of Object.entries(data.demos)) {
    for (const [kind, draw] of [["plans", plansChart], ["adapt", adaptChart]]) {
      const place = document.querySelector(`[data-demo="${key}"][data-chart="${kind}"]`);
      if (place) plots.push(draw(place, demo));
    }
  }
  performance.mark("interactive");
  // The first plot is what most open the page for; the others follow when they come into view.
  await plots[0]?.draw();
  performance.mark("drawn");
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  const trouble = document.getElementById("trouble");
  trouble.textContent = `Plots and tables of this page cannot be shown (${error.message}). It needs a browser of 2023 or later.`;
  trouble.hidden = false;
  console.error(error);
});
