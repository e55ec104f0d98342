// The form at the line: stepper, scanner, search, photos; and Save, which keeps the record on the device first.
(function () {
  "use strict";
  const queue = window.linesideQueue;
  const bar = document.getElementById("waiting-bar");
  const form = document.getElementById("quick-form");
  const SIDE = 2560; // pixels: photos above are drawn smaller before they are kept
  const FIELDS = { C: "code", N: "quantity", S: "serial", L: "lot" }; // as in qc/web/quick_scan.py

  // What waits, on every page of the quick log.
  async function count() {
    if (!bar) { return; }
    const mine = (await queue.all()).filter((entry) => entry.person === queue.person());
    bar.hidden = mine.length === 0;
    bar.querySelector("[data-count]").textContent = String(mine.length);
    bar.querySelector("[data-one]").hidden = mine.length !== 1;
    bar.querySelector("[data-many]").hidden = mine.length === 1;
    bar.querySelector("[data-stuck]").hidden = !mine.some((entry) => entry.state !== "waiting");
    bar.classList.toggle("is-stuck", mine.some((entry) => entry.state !== "waiting"));
  }
  document.addEventListener("lineside:queue", count);
  count();

  // The pages that were opened here open without a network as well.
  async function keepPages() {
    if (!bar || !("serviceWorker" in navigator)) { return; }
    try {
      await navigator.serviceWorker.register(bar.dataset.worker, { scope: bar.dataset.scope });
      const ready = await navigator.serviceWorker.ready;
      const pages = bar.dataset.keep.split(" ");
      if (form) { pages.push(new URL(form.action).pathname); }
      const linked = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=manifest]");
      const files = Array.from(linked, (each) => each.href).concat(Array.from(document.scripts, (each) => each.src));
      const icon = document.querySelector("svg use");
      if (icon) { files.push(new URL(icon.getAttribute("href").split("#")[0], location.origin).href); }
      files.push(new URL("quick-waiting.js", files.find((each) => each.includes("quick-queue.js"))).href);
      navigator.serviceWorker.addEventListener("message", () => document.documentElement.classList.add("works-offline"));
      ready.active.postMessage({ person: bar.dataset.person, pages: pages, files: files.filter(Boolean) });
    } catch (error) { /* a browser without it, or plain HTTP: the form works while there is a network */ }
  }
  if (document.readyState === "complete") { keepPages(); } else { window.addEventListener("load", keepPages); }
  if (!form) { return; }

  const field = (name) => form.elements.namedItem(name);
  const scan = document.getElementById("id_scan");
  const kept = document.getElementById("kept");
  let shots = [];
  let key = queue.newKey();
  let isBusy = false;

  // Errors beside their fields, and on top for those without one.
  function complain(errors) {
    const box = document.getElementById("quick-errors");
    const list = document.createElement("ul");
    clear();
    Object.entries(errors).forEach(function ([name, texts]) {
      const text = texts.join(" ");
      const place = document.getElementById(name === "code" ? "code-error" : "id_" + name + "_error");
      if (place) {
        place.querySelector("span").textContent = text;
        place.hidden = false;
        place.closest(".field").classList.add("is-bad");
      }
      list.append(Object.assign(document.createElement("li"), { textContent: text }));
    });
    box.querySelectorAll("ul").forEach((each) => each.remove());
    box.append(list);
    box.hidden = list.children.length === 0;
    if (!box.hidden) { box.focus(); }
  }
  function clear() {
    document.getElementById("quick-errors").hidden = true;
    form.querySelectorAll(".error").forEach((each) => { each.hidden = true; });
    form.querySelectorAll(".is-bad").forEach((each) => each.classList.remove("is-bad"));
  }

  // Quantity.
  function step(by) {
    const now = Number(field("quantity").value) || 1;
    field("quantity").value = String(Math.max(1, now + by));
  }

  // The codes of the catalogue, in the page already: buttons and search.
  const radios = Array.from(form.querySelectorAll("input[name=code]"));
  const others = document.getElementById("others");
  const find = document.getElementById("find-code");
  function choose(radio) {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.addEventListener("change", function (event) {
    if (event.target.name !== "code") { return; }
    document.getElementById("code-error").hidden = true;
    const word = form.querySelector("[data-other]");
    const row = event.target.closest(".code-row");
    if (word) { word.textContent = row ? row.querySelector("span").textContent : word.dataset.other; }
    if (row && others) { others.open = false; others.querySelector("summary").classList.add("is-chosen"); }
    else if (others) { others.open = false; others.querySelector("summary").classList.remove("is-chosen"); }
  });
  if (find) {
    find.addEventListener("input", function () {
      const words = find.value.trim().toLowerCase().split(/\s+/);
      let shown = 0;
      form.querySelectorAll(".code-row").forEach(function (row) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      });
      document.getElementById("no-code").hidden = shown > 0;
    });
    find.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") { return; }
      event.preventDefault();
      const first = form.querySelector(".code-row:not([hidden]) input");
      if (first) { choose(first); field("quantity").focus(); }
    });
    others.addEventListener("toggle", function () { if (others.open) { find.focus(); } });
  }

  // The scanner: the table is in qc/web/quick_scan.py and on the code sheet.
  function scanned(text) {
    const station = text.match(/^(?:https?:\/\/[^/\s]+)?\/log\/([0-9]+)\/?$/i);
    const found = (code) => radios.find((radio) => radio.dataset.code.toUpperCase() === code.toUpperCase());
    const dot = text.indexOf(".");
    const name = dot === 1 ? FIELDS[text[0].toUpperCase()] : undefined;
    const value = name ? text.slice(2).trim() : text;
    scan.value = "";
    if (station) { location.assign("/log/" + station[1] + "/"); return; }
    if (name === "code" || (!name && found(text))) {
      const radio = found(value);
      if (radio) { choose(radio); } else { complain({ scan: [scan.dataset.unknown + " " + value.slice(0, 40)] }); }
    } else {
      const target = field(name || "serial");
      target.value = value;
      const more = target.closest("details");
      if (more) { more.open = true; }
    }
  }

  // Photos: each one taken is added; the list shows what goes along.
  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file);
      const scale = SIDE / Math.max(picture.width, picture.height);
      if (scale >= 1) { return file; }
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch (error) { return file; } // not a picture: the server says so
  }
  function draw() {
    const list = document.getElementById("shots");
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...shots.map(function (shot, number) {
      const row = document.createElement("li");
      const image = Object.assign(document.createElement("img"), { src: URL.createObjectURL(shot), alt: shot.name });
      const away = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "×" });
      away.setAttribute("aria-label", list.dataset.remove + " " + (number + 1));
      away.addEventListener("click", function () { shots.splice(number, 1); draw(); });
      row.append(image, away);
      return row;
    }));
  }
  field("photos").addEventListener("change", async function (event) {
    const input = event.target;
    const taken = Array.from(input.files);
    input.value = "";
    shots = shots.concat(await Promise.all(taken.map(smaller)));
    draw();
  });

  // Save: on the device first, then to the server.
  function entry() {
    const fields = {};
    ["code", "quantity", "product", "serial", "lot", "note"].forEach((name) => { fields[name] = field(name).value; });
    fields.seen_at = seenAt || new Date().toISOString();
    const radio = radios.find((each) => each.checked);
    const name = radio.closest("label").querySelector("span").textContent;
    return {
      uuid: key, person: queue.person(), url: new URL(form.action).pathname, fields: fields, photos: shots.slice(),
      what: fields.quantity + " × " + name + " · " + form.dataset.station, at: Date.now(), state: "waiting", tries: 0,
      next: Date.now() + 8000, errors: {},
    };
  }
  let seenAt = "";
  async function save() {
    if (isBusy) { return; }
    clear();
    if (!radios.some((radio) => radio.checked)) {
      const place = document.getElementById("code-error");
      place.hidden = false;
      place.closest(".field").classList.add("is-bad");
      (radios[0] || scan).focus();
      return;
    }
    isBusy = true;
    form.setAttribute("aria-busy", "true");
    try {
      const mine = entry();
      await queue.put(mine);
      const result = await queue.send(mine.uuid);
      if (result.kind === "saved") { location.assign(result.url); return; }
      if (result.kind === "gone") { location.assign("/log/"); return; } // another page sent it meanwhile
      if (result.kind === "refused") { await queue.remove(mine.uuid); seenAt = mine.fields.seen_at; complain(result.errors); return; }
      if (result.kind === "login") { location.assign("/accounts/login/?next=" + encodeURIComponent("/log/waiting/")); return; }
      keptHere(mine);
    } catch (error) {
      form.submit(); // no store in this browser: the plain way
    } finally {
      isBusy = false;
      form.removeAttribute("aria-busy");
    }
  }
  function keptHere(mine) {
    kept.querySelector("[data-kept]").textContent = mine.what;
    kept.hidden = false;
    form.hidden = true;
    kept.querySelector("[data-another]").focus();
    queue.plan();
  }
  document.querySelector("[data-another]").addEventListener("click", function () {
    form.reset();
    radios.forEach((radio) => { radio.checked = false; });
    field("quantity").value = "1";
    key = queue.newKey();
    seenAt = "";
    shots = [];
    draw();
    kept.hidden = true;
    form.hidden = false;
    history.replaceState(null, "", location.pathname);
    scan.focus({ preventScroll: true });
  });

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopPropagation();
    const what = event.submitter ? event.submitter.value : "save";
    const text = scan.value.trim();
    if (what === "less") { step(-1); }
    else if (what === "more") { step(1); }
    else if (what === "scan" && text && text.toUpperCase() !== "DO.SAVE") { clear(); scanned(text); }
    else { scan.value = ""; save(); }
  });

  // An entry that was refused comes back into the form as it was, with what is wrong.
  async function mend() {
    const found = location.hash.match(/^#edit=([0-9a-f-]{36})$/);
    const old = found ? await queue.get(found[1]) : null;
    if (!old || old.person !== queue.person()) { return; }
    key = old.uuid;
    seenAt = old.fields.seen_at;
    Object.entries(old.fields).forEach(function ([name, value]) {
      if (name !== "code" && field(name)) { field(name).value = value; }
    });
    const radio = radios.find((each) => each.value === old.fields.code);
    if (radio) { choose(radio); }
    shots = old.photos.slice();
    draw();
    complain(old.errors || {});
  }
  mend();
})();
