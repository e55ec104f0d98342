// Theme before the first paint, the menu on small screens, copying, and selects that send their form.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function chosen() {
    try { return localStorage.getItem("theme"); } catch (e) { return null; }
  }
  function remember(theme) {
    try { localStorage.setItem("theme", theme); } catch (e) { /* private window: the choice lasts for this page */ }
  }
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function paint(theme) {
    var effective = theme || (dark.matches ? "dark" : "light");
    if (root.getAttribute("data-bs-theme") === effective) { return; }
    root.setAttribute("data-bs-theme", effective);
    document.dispatchEvent(new CustomEvent("lineside:theme", { detail: effective }));
  }
  paint(chosen());
  dark.addEventListener("change", function () { paint(chosen()); });

  function announce(text) {
    var live = document.getElementById("live");
    if (live) { live.textContent = text; }
  }

  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-theme-switch], [data-menu], [data-copy], [data-print]");
    if (!target) { return; }
    if (target.hasAttribute("data-theme-switch")) {
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      remember(next);
      paint(next);
    } else if (target.hasAttribute("data-menu")) {
      var open = root.classList.toggle("menu-open");
      target.setAttribute("aria-expanded", String(open));
    } else if (target.hasAttribute("data-print")) {
      window.print();
    } else if (navigator.clipboard) {
      navigator.clipboard.writeText(target.getAttribute("data-copy")).then(function () {
        announce(target.getAttribute("data-copied") || "Copied");
        target.classList.add("is-copied");
        setTimeout(function () { target.classList.remove("is-copied"); }, 1600);
      });
    }
  });

  // Filters send themselves; the button beside them stays for those without this script.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.matches("select, input[type=date], input[type=checkbox], input[type=radio]")) {
      form.requestSubmit();
    }
  });

  // A form is sent once: the button waits for the answer.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-again")) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // Pages that the quick log keeps for work without a network belong to the person who is logged in.
  function forgetPages() {
    if (!("caches" in window)) { return; }
    caches.keys().then(function (names) {
      names.filter(function (name) { return name.startsWith("lineside-log-pages-"); }).forEach(function (name) { caches.delete(name); });
    });
  }
  document.addEventListener("submit", function (event) {
    if (/\/accounts\/logout\/$/.test(event.target.action)) { forgetPages(); }
  });
  document.addEventListener("DOMContentLoaded", function () {
    if (document.querySelector(".login") && !document.querySelector("nav.sidebar")) { forgetPages(); }
  });

  // Opened panels close with Escape and when another one of their group opens.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var panel = event.target.closest("details.verb[open]");
    if (panel) { panel.open = false; panel.querySelector("summary").focus(); }
    else if (root.classList.contains("menu-open")) { root.classList.remove("menu-open"); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) { return; }
    var search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
  document.addEventListener("DOMContentLoaded", function () {
    if (window.matchMedia("(max-width: 820px)").matches) {
      document.querySelectorAll("details[data-close-small]").forEach(function (each) { each.open = false; });
    }
    var summary = document.querySelector(".form-errors");
    if (summary) { summary.focus(); }
  });
})();
