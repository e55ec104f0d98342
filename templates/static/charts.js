// Draws the charts of a page: finds the figures, loads the bundle once, draws again when the theme changes.
(function () {
  "use strict";

  function theme() {
    return document.documentElement.getAttribute("data-bs-theme") === "dark" ? "dark" : "light";
  }

  // On a phone names take less of the width, and the legend one line for each entry.
  function look(width) {
    var config = JSON.parse(JSON.stringify(window.chartThemes[theme()]));
    if (width < 480) {
      config.axis.labelLimit = 110;
      config.legend.columns = 1;
      config.legend.labelLimit = 200;
    }
    return config;
  }

  function draw(figure) {
    var data = document.getElementById(figure.getAttribute("data-chart"));
    var plot = figure.querySelector(".chart-plot");
    if (!data || !plot) { return; }
    var spec = JSON.parse(data.textContent);
    spec.width = "container";
    window.vegaEmbed(plot, spec, {
      actions: false,
      ast: true, // expressions are interpreted, so the page needs no unsafe-eval
      config: look(plot.clientWidth),
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true }
    }).then(function () {
      plot.classList.remove("is-loading");
      figure.setAttribute("data-drawn", theme());
    }).catch(function () { fail(figure); });
  }

  function fail(figure) {
    var table = figure.querySelector("details");
    var plot = figure.querySelector(".chart-plot");
    plot.hidden = true;
    if (table) { table.open = true; }
    figure.setAttribute("data-drawn", "failed");
  }

  function all(run, root) {
    Array.prototype.forEach.call((root || document).querySelectorAll("figure[data-chart]"), run);
  }

  var loading = false;
  function load(root) {
    var first = (root || document).querySelector("figure[data-chart]");
    if (!first) { return; }
    if (window.vegaEmbed) { all(draw, root); return; }
    all(function (figure) { figure.querySelector(".chart-plot").classList.add("is-loading"); });
    if (loading) { return; }
    loading = true;
    var script = document.createElement("script");
    script.src = first.getAttribute("data-bundle");
    script.onload = function () { all(draw); };
    script.onerror = function () { loading = false; all(fail); };
    document.head.appendChild(script);
  }

  document.addEventListener("lineside:theme", function () { if (window.vegaEmbed) { all(draw); } });
  document.addEventListener("htmx:load", function (event) {
    if (event.target !== document.body) { load(event.target); }
  });
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { load(); });
  } else {
    load();
  }
})();
