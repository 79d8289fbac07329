/*
 * 亮证核验: reads a code by camera, picture or paste, and checks it. Online the node answers; offline the signature
 * (SM2, GB/T 32918.2) and the time are checked here against the published keys, in the same words. Nothing is inlined,
 * nothing is fetched from elsewhere.
 */

const page = document.getElementById("checker");
const words = page.dataset;
const result = page.querySelector("[data-result]");
const form = page.querySelector("[data-form]");
const SEEN = "tongban-check-seen";
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const ANSWER_MILLISECONDS = 4000;
const CODE_SECONDS = 60;
const AGENT = 1;
const DEMONSTRATION = 2;

const bytes = (text) => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error("not base64url");
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const hex = (array) => Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("");
const newId = () => hex(crypto.getRandomValues(new Uint8Array(16)));

/** The code taken apart, or null for anything else. */
export function readCode(text) {
  const parts = text.slice(text.lastIndexOf("#") + 1).replace(/\s+/g, "").split(".");
  if (text.length > 4000 || parts.length !== 3 || parts[0] !== "TB1") return null;
  try {
    const row = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes(parts[1])));
    const signature = bytes(parts[2]);
    if (!Array.isArray(row) || row.length !== 10 || signature.length !== 64) return null;
    const [keyId, nonce, issuedAt, expiresAt, identifier, typeName, issuerName, lastDay, flags, lines] = row;
    const claims = { keyId, nonce, issuedAt, expiresAt, identifier, typeName, issuerName, lastDay, flags, lines };
    const isRead = [issuedAt, expiresAt, flags].every(Number.isInteger) && Array.isArray(lines)
      && [keyId, nonce, identifier, typeName, issuerName, lastDay].every((value) => typeof value === "string");
    return isRead ? { claims, signed: `${parts[0]}.${parts[1]}`, signature: hex(signature) } : null;
  } catch {
    return null;
  }
}

function isSigned(code, key) {
  const [r, s] = [BigInt(`0x${code.signature.slice(0, 64)}`), BigInt(`0x${code.signature.slice(64)}`)];
  if (r <= 0n || r >= ORDER || s <= 0n || s >= ORDER) return false;
  try {
    const point = `04${hex(bytes(key.x))}${hex(bytes(key.y))}`;
    return globalThis.SmCryptoV2.sm2.doVerifySignature(code.signed, code.signature, point, { hash: true });
  } catch {
    return false;
  }
}

/** What can be said without the network: a verdict, OFFLINE for a good code whose licence nobody asked about. */
function judged(code, published, now) {
  const { claims } = code;
  const key = published.keys.find((one) => one.kid === claims.keyId);
  if (!key) return "FOREIGN";
  if (!isSigned(code, key)) return "FORGED";
  if (claims.issuedAt < key.nbf || claims.issuedAt >= key.exp) return "FOREIGN";
  if (claims.issuedAt > now + published.clock_seconds) return "EARLY";
  const isTooLong = claims.expiresAt - claims.issuedAt > CODE_SECONDS;
  return isTooLong || now >= claims.expiresAt + published.clock_seconds ? "LATE" : "OFFLINE";
}

/** Whether this phone has seen the code before; forgets what has run out. */
function isSeen(claims, now) {
  let seen = {};
  try {
    seen = JSON.parse(localStorage.getItem(SEEN) ?? "{}");
  } catch {
    seen = {};
  }
  const kept = Object.fromEntries(Object.entries(seen).filter(([, until]) => until > now - 120));
  const before = claims.nonce in kept;
  kept[claims.nonce] = claims.expiresAt;
  try {
    localStorage.setItem(SEEN, JSON.stringify(kept));
  } catch {
    /* a browser that keeps nothing cannot tell; the page says that offline is not all */
  }
  return before;
}

async function offline(text) {
  const code = readCode(text);
  if (!code) return { outcome: "UNREADABLE" };
  let published;
  try {
    published = await (await fetch(words.keys)).json();
  } catch {
    return { complaint: words.noKeys };
  }
  const now = Math.floor(Date.now() / 1000);
  const outcome = judged(code, published, now);
  if (outcome !== "OFFLINE") return { outcome };
  if (isSeen(code.claims, now)) return { outcome: "USED" };
  return { outcome, claims: code.claims, source: published.keys.find((one) => one.kid === code.claims.keyId).iss };
}

async function online(text) {
  const body = JSON.stringify({ code: text.slice(-4000), check_id: newId(), checker: form.elements.checker.value.trim() });
  let answer;
  for (let attempt = 0; attempt < 2 && !answer; attempt += 1) {
    try {
      answer = await fetch(words.check, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      });
    } catch (error) {
      if (attempt === 1) throw error;
    }
  }
  if (answer.status === 429) return { complaint: words.tooMany };
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  const code = told.claims ? readCode(text) : null;
  if (code) isSeen(code.claims, Math.floor(Date.now() / 1000));
  // Genuine by its signature, while the node that signed it does not say how the licence stands.
  const verdict = told.verdict === "GENUINE" ? "HOME_SILENT" : told.verdict;
  return { outcome: told.status ?? verdict, claims: code?.claims, source: told.source_name };
}

function row(name, value) {
  const line = document.createElement("div");
  for (const [tag, text] of [["dt", name], ["dd", value]]) {
    const element = document.createElement(tag);
    element.textContent = text;
    line.append(element);
  }
  return line;
}

function factsOf(claims, source) {
  const list = document.createElement("dl");
  list.className = "tb-list";
  list.append(row(words.kind, claims.typeName));
  if (source) list.append(row(words.source, source));
  for (const [label, value] of claims.lines) list.append(row(String(label), String(value)));
  list.append(row(words.issuer, claims.issuerName));
  list.append(row(words.until, claims.lastDay || words.longTerm));
  list.append(row(words.identifier, claims.identifier));
  list.append(row(words.shownBy, claims.flags & AGENT ? words.agent : words.holder));
  return list;
}

function show({ outcome, claims, source, complaint }) {
  result.replaceChildren();
  if (complaint) {
    const text = document.createElement("p");
    text.textContent = complaint;
    result.append(text);
  } else {
    const template = page.querySelector(`template[data-outcome="${CSS.escape(outcome)}"]`);
    result.append(template.content.cloneNode(true));
    result.dataset.outcome = outcome;
  }
  if (claims) {
    result.append(factsOf(claims, source));
    if (claims.flags & DEMONSTRATION) {
      result.append(page.querySelector("template[data-demonstration]").content.cloneNode(true));
    }
  }
  result.focus();
}

async function check(text) {
  delete result.dataset.outcome;
  let answer;
  try {
    answer = navigator.onLine ? await online(text) : await offline(text);
  } catch {
    answer = await offline(text);
  }
  show(answer);
}

// A picture that jsQR cannot read as it is, often a tightly cut one, it mostly reads half as large again.
const ENLARGEMENTS = [1, 1.5];

function readPicture(source, width, height) {
  const scale = Math.min(1, 1200 / Math.max(width, height));
  for (const enlargement of ENLARGEMENTS) {
    const text = readAt(source, width * scale * enlargement, height * scale * enlargement);
    if (text) return text;
  }
  return "";
}

function readAt(source, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  return globalThis.jsQR(pixels.data, canvas.width, canvas.height)?.data ?? "";
}

let detector;
if ("BarcodeDetector" in globalThis) {
  try {
    detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
  } catch {
    detector = undefined;
  }
}

async function textOf(source, width, height) {
  if (detector) {
    try {
      const [found] = await detector.detect(source);
      if (found) return found.rawValue;
    } catch {
      detector = undefined;
    }
  }
  return readPicture(source, width, height);
}

async function scan(button, video) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    show({ complaint: words.noCamera });
    return;
  }
  button.disabled = true;
  video.hidden = false;
  video.srcObject = stream;
  await video.play();
  let text = "";
  while (!text && stream.active) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (video.videoWidth) text = await textOf(video, video.videoWidth, video.videoHeight);
  }
  stream.getTracks().forEach((track) => track.stop());
  video.hidden = true;
  button.disabled = false;
  if (text) await check(text);
}

async function choose(input) {
  const [file] = input.files;
  if (!file) return;
  let text = "";
  try {
    const picture = await createImageBitmap(file);
    text = await textOf(picture, picture.width, picture.height);
  } catch {
    text = "";
  }
  input.value = "";
  if (text) await check(text);
  else show({ complaint: words.noCode });
}

function tellNet() {
  page.querySelector("[data-net]").hidden = false;
  page.querySelector("[data-online]").hidden = !navigator.onLine;
  page.querySelector("[data-offline]").hidden = navigator.onLine;
}

function checkAddress() {
  if (location.hash.length < 2) return;
  const text = location.hash;
  // The code must not stay in the history of the phone.
  history.replaceState(null, "", location.pathname);
  check(text);
}

form.addEventListener("submit", (event) => {
  const text = form.elements.code.value.trim();
  if (!text) return;
  event.preventDefault();
  check(text);
});
const camera = page.querySelector("[data-camera]");
if (navigator.mediaDevices?.getUserMedia) {
  camera.addEventListener("click", () => scan(camera, page.querySelector("[data-video]")));
} else {
  camera.hidden = true;
}
page.querySelector("[data-picture]").addEventListener("change", (event) => choose(event.target));
page.querySelector("[data-tools]").hidden = false;
addEventListener("online", tellNet);
addEventListener("offline", tellNet);
addEventListener("hashchange", checkAddress);
tellNet();
if ("serviceWorker" in navigator) navigator.serviceWorker.register(words.worker, { scope: "/check/" });
// Classic scripts that are deferred run before modules do: the crypto is there.
checkAddress();
