// Keys in the grid of a week: Enter goes down, arrows go everywhere. Without this script Enter saves the whole week.
(function () {
  "use strict";
  const form = document.getElementById("week-form");
  if (!form) { return; }
  function move(cell, rows, columns) {
    const line = cell.closest("tr");
    const position = Array.from(line.children).indexOf(cell.closest("td")) + columns;
    const lines = Array.from(form.querySelectorAll("tbody tr"));
    let at = lines.indexOf(line) + rows;
    if (rows > 0 && at >= lines.length) { return false; }
    const target = lines[at] && lines[at].children[position];
    const input = target && target.querySelector("input.count-cell");
    if (input) { input.focus(); input.select(); }
    return Boolean(input);
  }
  form.addEventListener("keydown", function (event) {
    const cell = event.target;
    if (!cell.matches("input.count-cell") || event.ctrlKey || event.altKey || event.metaKey) { return; }
    const isAtEnd = cell.selectionStart === cell.value.length;
    const isAtStart = cell.selectionEnd === 0 || (cell.selectionStart === 0 && cell.selectionEnd === cell.value.length);
    const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    if (event.key === "Enter") { event.preventDefault(); if (!move(cell, 1, 0)) { cell.blur(); } }
    else if (event.key === "ArrowDown") { if (move(cell, 1, 0)) { event.preventDefault(); } }
    else if (event.key === "ArrowUp") { if (move(cell, -1, 0)) { event.preventDefault(); } }
    else if (event.key === "ArrowRight" && (all || isAtEnd)) { if (move(cell, 0, 1)) { event.preventDefault(); } }
    else if (event.key === "ArrowLeft" && isAtStart) { if (move(cell, 0, -1)) { event.preventDefault(); } }
  });
})();
