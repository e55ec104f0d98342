// The service worker of the quick log. Its address limits it to /log/; it keeps the forms that were opened on this
// device and what they are drawn with. It never sends anything: the pages do, from the browser's own store.
"use strict";
const FILES = "lineside-log-files";
const PAGES = "lineside-log-pages-"; // and the person's key: nobody else's pages stay
const KEPT = /^\/log\/([0-9]+\/|waiting\/)?$/;
const ANY = { ignoreSearch: true, ignoreVary: true };
const PATIENCE = 4000; // ms until the kept page is shown instead of waiting for a weak network

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function forget(except) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PAGES) && name !== except).map((name) => caches.delete(name)));
}

// A page says who it belongs to, and what has to be kept so that it opens without a network.
self.addEventListener("message", function (event) {
  const { person, pages, files } = event.data || {};
  if (!person) { return; }
  event.waitUntil((async function () {
    await forget(PAGES + person);
    await Promise.all([keep(PAGES + person, pages), keep(FILES, files)]);
    event.source.postMessage({ kept: true });
  })());
});
async function keep(name, addresses) {
  const cache = await caches.open(name);
  await Promise.all(addresses.map(async function (address) {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) { await cache.put(address, answer); }
    } catch (error) { /* no network: what is kept stays */ }
  }));
}

self.addEventListener("fetch", function (event) {
  const request = event.request;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) { return; }
  if (request.mode === "navigate" && address.pathname.startsWith("/log/")) { event.respondWith(page(request, address)); }
  else if (/^\/(static\/|icons-)/.test(address.pathname)) { event.respondWith(file(request)); }
});

async function page(request, address) {
  const kept = KEPT.test(address.pathname) ? await caches.match(request, ANY) : undefined;
  try {
    const answer = await (kept ? soon(fetch(request)) : fetch(request));
    if (answer.type === "opaqueredirect" && !address.search) { await forget(); } // logged out
    if (answer.ok && !address.search && KEPT.test(address.pathname)) { await renew(address.pathname, answer.clone()); }
    return answer.status >= 500 && kept ? kept : answer;
  } catch (error) {
    return kept || (await caches.match("/log/waiting/", ANY)) || Response.error();
  }
}
function soon(answer) {
  return Promise.race([answer, new Promise((_, failed) => setTimeout(() => failed(new Error("slow")), PATIENCE))]);
}
async function renew(path, answer) {
  const name = (await caches.keys()).find((each) => each.startsWith(PAGES));
  if (name) { await (await caches.open(name)).put(path, answer); }
}
async function file(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) { await (await caches.open(FILES)).put(request, answer.clone()); }
    return answer;
  } catch (error) {
    return (await caches.match(request, ANY)) || Response.error();
  }
}
