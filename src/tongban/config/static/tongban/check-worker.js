/*
 * Keeps the page 亮证核验 and the published keys, so that codes can be checked without the network. The node is asked
 * first; what is kept answers when it does not. The list KEPT is written above by the node.
 */

const STORE = "tongban-check-1";
const ANSWER_MILLISECONDS = 5000;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const store = await caches.open(STORE);
    await store.addAll(KEPT.map((address) => new Request(address, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("tongban-check-") && name !== STORE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (!KEPT.includes(address.pathname)) return;
  event.respondWith(answer(event.request, address.pathname));
});

async function answer(request, path) {
  const store = await caches.open(STORE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
    if (fresh.ok) await store.put(path, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await store.match(path);
    if (kept) return kept;
    throw error;
  }
}
