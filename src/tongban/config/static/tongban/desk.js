/*
 * Keys of the desks. Rows that j and k walk through carry data-row (a link; its address opens the row);
 * anything with data-key="x" is pressed by x. Keys rest while one types, and can be switched off for good
 * (WCAG 2.1, 2.1.4): the choice is kept in this browser.
 */

const OFF = "tongban-keys-off";
const help = document.getElementById("key-help");
const isOff = () => localStorage.getItem(OFF) === "1";
const rows = () => [...document.querySelectorAll("[data-row]")];
let selected = -1;

function select(index) {
  const all = rows();
  if (!all.length) return;
  selected = Math.max(0, Math.min(index, all.length - 1));
  all.forEach((row, at) => row.closest("tr, li")?.toggleAttribute("data-selected", at === selected));
  all[selected].focus({ preventScroll: true });
  all[selected].scrollIntoView({ block: "nearest" });
}

function isTyping(target) {
  if (/^(checkbox|radio)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function press(key) {
  const panel = document.querySelector("dialog[open], #side-panel") ?? document;
  const find = (root) => [...root.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((element) => !element.disabled);
  const element = find(panel) ?? find(document);
  element?.click();
  return Boolean(element);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    help?.showModal();
    return;
  }
  if (isOff() || document.querySelector("dialog[open]")) return;
  const current = rows().indexOf(document.activeElement);
  if (current >= 0) selected = current;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    event.preventDefault();
    select(selected + (key === "j" ? 1 : -1));
  } else if (key === "/") {
    const box = document.querySelector("[data-search] input:not([type=hidden]), input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (key === "enter" && event.target === document.body && rows()[selected]) {
    rows()[selected].click();
  } else if (key.length === 1 && press(key)) {
    event.preventDefault();
  }
});

document.querySelectorAll("[data-key-help]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => help?.showModal());
});
document.querySelector("[data-key-close]")?.addEventListener("click", () => help.close());

const toggle = document.querySelector("[data-key-toggle]");
const name = () => toggle && (toggle.textContent = isOff() ? toggle.dataset.off : toggle.dataset.on);
toggle?.addEventListener("click", () => {
  if (isOff()) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  name();
});
name();
