// The list of what waits on this device: why, and what can be done about it.
(function () {
  "use strict";
  const queue = window.linesideQueue;
  const words = document.getElementById("waiting-words").dataset;
  const list = document.getElementById("waiting-list");
  const blank = document.getElementById("waiting-row");

  function why(entry) {
    if (entry.state === "login") { return words.login; }
    if (entry.state !== "refused") { return ""; }
    return words.refused + " " + Object.values(entry.errors).flat().join(" ");
  }
  function row(entry) {
    const item = blank.content.firstElementChild.cloneNode(true);
    const photos = entry.photos.length ? " · " + entry.photos.length + " " + words.photos : "";
    const state = entry.state === "waiting" ? " · " + words.waits : "";
    item.querySelector("[data-what]").textContent = entry.what;
    item.querySelector("[data-when]").textContent = new Date(entry.at).toLocaleString() + photos + state;
    item.querySelector("[data-problem]").textContent = why(entry);
    item.querySelector("[data-problem]").hidden = !why(entry);
    item.querySelector("[data-login]").hidden = entry.state !== "login";
    const edit = item.querySelector("[data-edit]");
    edit.hidden = entry.state !== "refused";
    edit.href = entry.url + "#edit=" + entry.uuid;
    const drop = item.querySelector("[data-drop]");
    drop.addEventListener("click", function () {
      if (drop.dataset.asked) { queue.remove(entry.uuid); return; }
      drop.dataset.asked = "1";
      drop.textContent = drop.dataset.sure;
    });
    return item;
  }
  async function show() {
    const every = await queue.all();
    const mine = every.filter((entry) => entry.person === queue.person());
    const foreign = every.length - mine.length;
    list.replaceChildren(...mine.map(row));
    document.getElementById("waiting").hidden = mine.length === 0;
    document.getElementById("nothing-waits").hidden = mine.length > 0;
    document.querySelector("[data-heading]").textContent =
      mine.length === 1 ? words.one : words.many.replace("{n}", String(mine.length));
    const other = document.getElementById("others-wait");
    other.hidden = foreign === 0;
    other.querySelector("[data-number]").textContent = String(foreign);
  }
  document.getElementById("send-now").addEventListener("click", () => queue.flush(true));
  document.addEventListener("lineside:queue", show);
  show();
})();
