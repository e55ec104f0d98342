// Long lists: totals of what is ticked, a record beside the list on wide screens, the link of a view.
(function () {
  "use strict";
  var form = document.getElementById("picked");
  var beside = document.getElementById("beside");
  var wide = window.matchMedia("(min-width: 1200px)");

  function boxes() { return Array.prototype.slice.call(form.querySelectorAll("input[name=defect]")); }

  function tell() {
    var label = form.querySelector("[data-picked]");
    var ticked = boxes().filter(function (box) { return box.checked; });
    var quantity = ticked.reduce(function (sum, box) {
      var cell = box.closest("tr").querySelector("td.num");
      return sum + Number(cell ? cell.textContent : 1);
    }, 0);
    label.textContent = ticked.length
      ? label.dataset.some.replace("%n", ticked.length).replace("%q", Math.round(quantity * 1000) / 1000)
      : label.dataset.none;
    label.parentElement.classList.toggle("is-active", ticked.length > 0);
    form.querySelectorAll("button[name=do]").forEach(function (button) {
      button.disabled = ticked.length < (button.value === "join" ? 2 : 1);
    });
  }

  if (form) {
    var all = form.querySelector("[data-pick-all]");
    all.hidden = false;
    form.addEventListener("change", function (event) {
      if (event.target === all) { boxes().forEach(function (box) { box.checked = all.checked; }); }
      tell();
    });
    window.addEventListener("pageshow", tell);
    tell();
  }

  function address(pk) {
    var url = new URL(window.location.href);
    if (pk) { url.searchParams.set("open", pk); } else { url.searchParams.delete("open"); }
    return url.pathname + url.search;
  }

  function mark(link) {
    document.querySelectorAll(".records tr.is-open").forEach(function (row) { row.classList.remove("is-open"); });
    if (link) { link.closest("tr").classList.add("is-open"); }
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest(".records td:first-child a");
    if (link && beside && window.htmx && wide.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      var pk = link.getAttribute("href").replace("/", "");
      window.htmx.ajax("GET", address(pk), { target: "#beside", swap: "innerHTML" }).then(function () {
        window.history.replaceState(null, "", address(pk));
        mark(link);
      });
    } else if (event.target.closest("[data-close-beside]")) {
      beside.textContent = "";
      window.history.replaceState(null, "", address(""));
      var open = document.querySelector(".records tr.is-open td:first-child a");
      mark(null);
      if (open) { open.focus(); }
    } else if (event.target.closest("[data-copy-address]") && navigator.clipboard) {
      var button = event.target.closest("[data-copy-address]");
      navigator.clipboard.writeText(window.location.href).then(function () {
        document.getElementById("live").textContent = button.dataset.copied;
        button.textContent = button.dataset.copied;
      });
    }
  });
  document.addEventListener("keydown", function (event) {
    var close = event.key === "Escape" && document.querySelector("[data-close-beside]");
    if (close && beside.contains(event.target)) { close.click(); }
  });
})();
