// Records that wait on this device: kept in IndexedDB with their key and photos, sent once when the network is there.
// An entry leaves the store only when the server has said its number, or when its person throws it away.
window.linesideQueue = (function () {
  "use strict";
  const STORE = "entries";
  const PATIENCE = 20000; // ms for one attempt: a photo on a weak network
  const LONGEST = 5 * 60 * 1000; // ms between attempts
  const person = () => (document.getElementById("waiting-bar") || { dataset: {} }).dataset.person || "";
  let opened = null;
  let timer = null;

  function database() {
    opened = opened || new Promise(function (done, failed) {
      const request = indexedDB.open("lineside-quick", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "uuid" });
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    return opened;
  }
  async function act(mode, step) {
    const db = await database();
    return new Promise(function (done, failed) {
      const transaction = db.transaction(STORE, mode);
      const request = step(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = transaction.onerror = () => failed(transaction.error || request.error);
    });
  }
  const get = (uuid) => act("readonly", (store) => store.get(uuid));
  const all = async () => (await act("readonly", (store) => store.getAll())).sort((a, b) => a.at - b.at);
  async function put(entry) { await act("readwrite", (store) => store.put(entry)); changed(); }
  async function remove(uuid) { await act("readwrite", (store) => store.delete(uuid)); changed(); }
  function changed() { document.dispatchEvent(new CustomEvent("lineside:queue")); }

  // A key that nobody else makes; randomUUID itself is missing where the page came without HTTPS.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
  function token() {
    const found = document.cookie.match(/(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/);
    return found ? found[1] : "";
  }

  // One attempt. The answer says what became of it: saved, refused, login, or later.
  async function attempt(entry) {
    const body = new FormData();
    Object.entries(entry.fields).forEach(([name, value]) => body.set(name, value));
    body.set("client_uuid", entry.uuid);
    body.set("person", entry.person);
    body.set("sent_at", new Date().toISOString());
    entry.photos.forEach((photo, number) => body.append("photos", photo, photo.name || "photo-" + (number + 1) + ".jpg"));
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch(entry.url, {
        method: "POST", body: body, credentials: "same-origin", redirect: "manual", signal: stop.signal,
        headers: { "Accept": "application/json", "X-CSRFToken": token() },
      });
      if (answer.type === "opaqueredirect") { return { kind: "login" }; }
      const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      if (answer.ok && isJson) { return Object.assign({ kind: "saved" }, await answer.json()); }
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) { return { kind: "later" }; }
      if (answer.ok) { return { kind: "later" }; } // not our server: the page of a network that wants a login
      const errors = isJson ? (await answer.json()).errors : { "": ["HTTP " + answer.status] };
      if (errors.person) { return { kind: "login" }; } // somebody else is logged in by now: it waits for its person
      return { kind: "refused", errors: errors, status: answer.status };
    } catch (error) {
      return { kind: "later" };
    } finally {
      clearTimeout(clock);
    }
  }

  // Send one entry and write down what became of it. Of several open pages one sends at a time.
  function locked(work) {
    return navigator.locks ? navigator.locks.request("lineside-quick", work) : work();
  }
  function send(uuid) {
    return locked(async function () {
      const entry = await get(uuid);
      if (!entry) { return { kind: "gone" }; }
      const result = await attempt(entry);
      if (result.kind === "saved") { await remove(uuid); return result; }
      entry.tries += 1;
      entry.state = result.kind === "later" ? "waiting" : result.kind;
      entry.errors = result.errors || {};
      entry.next = Date.now() + Math.min(LONGEST, 4000 * 2 ** Math.min(entry.tries, 8));
      await put(entry);
      return result;
    });
  }
  // Send what waits for this person. `eager`: now, whatever the pause between attempts says.
  async function flush(eager) {
    const mine = (await all()).filter((entry) => entry.person === person() && entry.state !== "refused");
    for (const entry of mine) {
      if (!eager && entry.next > Date.now()) { continue; }
      const result = await send(entry.uuid);
      if (result.kind === "later" || result.kind === "login") { break; }
    }
    await plan();
  }
  async function plan() {
    clearTimeout(timer);
    const next = (await all()).filter((entry) => entry.person === person() && entry.state === "waiting");
    if (next.length) {
      const pause = Math.max(1000, Math.min(...next.map((entry) => entry.next)) - Date.now());
      timer = setTimeout(() => flush(false), pause);
    }
  }
  window.addEventListener("online", () => flush(true));
  window.addEventListener("pageshow", () => flush(true));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { flush(false); } });

  return { all, get, put, remove, send, flush, plan, newKey, person };
})();
