/*
 * 安全密钥: asks the browser for a security key (WebAuthn) and sends its answer with the form of the page.
 * The question stands in the page; nothing is fetched. Where the browser knows no keys, the page stays as it is.
 */

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => (list ?? []).map((known) => ({ ...known, id: bytes(known.id) }));

/** The question as the browser wants it: bytes where JSON has text. */
function asked(question, kind) {
  const options = JSON.parse(question).publicKey;
  options.challenge = bytes(options.challenge);
  if (kind === "get") return { ...options, allowCredentials: named(options.allowCredentials) };
  return {
    ...options,
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
}

/** The key's answer as JSON. */
function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

function enhance(form) {
  const kind = form.dataset.securityKey;
  const complaint = form.querySelector("[data-key-error]");
  form.querySelector("[data-key-absent]").hidden = true;
  form.querySelector("[data-key-ready]").hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    complaint.hidden = true;
    try {
      const publicKey = asked(form.dataset.question, kind);
      const credential = await navigator.credentials[kind]({ publicKey });
      form.elements.answer.value = told(credential);
      form.submit();
    } catch {
      complaint.textContent = form.dataset.failed;
      complaint.hidden = false;
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("[data-security-key]").forEach(enhance);
