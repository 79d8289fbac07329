/*
 * 印章的位置: one clicks on a page, or moves the seal by arrow keys (Shift: ten millimetres; Page Up, Page Down: another
 * page). What counts stands in the number fields, which work without this script.
 *
 *   [data-seal-place]        around pages and fields; data-size: side of the seal, mm; data-told: what the mark is called
 *   [data-sheet]             a page; data-page from 1, data-width and data-height in mm
 *   [data-preview]           a file field whose file is drawn by that address and put into [data-preview-into]
 */

const box = document.querySelector("[data-seal-place]");
const field = (name) => document.getElementById(`f-${name}`);
const sheets = () => [...box.querySelectorAll("[data-sheet]")];
const size = Number(box?.dataset.size);
const mark = document.createElement("button");
mark.type = "button";
mark.className = "tb-seal-mark";

function clamp(value, most) {
  return Math.round(Math.min(Math.max(value, 0), Math.max(most, 0)) * 10) / 10;
}

function draw() {
  const sheet = sheets().find((one) => one.dataset.page === field("page").value.trim());
  if (!sheet) {
    mark.remove();
    return;
  }
  const { width, height } = sheet.dataset;
  const x = Number(field("x").value) || 0;
  const y = Number(field("y").value) || 0;
  if (mark.parentElement !== sheet) sheet.append(mark);
  mark.style.left = `${(100 * x) / width}%`;
  mark.style.top = `${(100 * y) / height}%`;
  mark.style.width = `${(100 * size) / width}%`;
  mark.style.height = `${(100 * size) / height}%`;
  const facts = { page: sheet.dataset.page, x, y };
  mark.setAttribute("aria-label", box.dataset.told.replace(/\{(\w+)\}/g, (_all, name) => facts[name]));
}

function place(sheet, x, y) {
  field("page").value = sheet.dataset.page;
  field("x").value = clamp(x, sheet.dataset.width - size);
  field("y").value = clamp(y, sheet.dataset.height - size);
  const exact = document.querySelector('input[name="corner"][value="exact"]');
  if (exact) exact.checked = true;
  const shown = field("is_shown");
  if (shown) shown.checked = true;
  draw();
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

mark.addEventListener("keydown", (event) => {
  const all = sheets();
  const at = all.indexOf(mark.parentElement);
  const x = Number(field("x").value) || 0;
  const y = Number(field("y").value) || 0;
  const step = STEPS[event.key];
  if (step) {
    const far = event.shiftKey ? 10 : 1;
    place(all[at], x + step[0] * far, y + step[1] * far);
  } else if (event.key === "PageDown" || event.key === "PageUp") {
    const next = all[at + (event.key === "PageDown" ? 1 : -1)];
    if (!next) return;
    place(next, x, y);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  mark.focus();
  mark.scrollIntoView({ block: "nearest" });
});

box?.addEventListener("click", (event) => {
  const sheet = event.target.closest("[data-sheet]");
  if (!sheet || event.target === mark) return;
  const frame = sheet.getBoundingClientRect();
  const { width, height } = sheet.dataset;
  const x = ((event.clientX - frame.left) / frame.width) * width - size / 2;
  const y = ((event.clientY - frame.top) / frame.height) * height - size / 2;
  place(sheet, x, y);
  mark.focus({ preventScroll: true });
});

async function preview(input) {
  const into = document.querySelector("[data-preview-into]");
  const file = input.files[0];
  into.replaceChildren();
  if (!file || file.size > Number(input.closest("[data-most-bytes]")?.dataset.mostBytes || Infinity)) return;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", input.form.querySelector("input[name=csrfmiddlewaretoken]").value);
  body.append("file", file);
  into.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(input.dataset.preview, { method: "POST", body, headers: { "X-Requested-With": "upload" } });
    if (answer.ok && input.files[0] === file) {
      into.append(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    }
  } finally {
    into.removeAttribute("aria-busy");
  }
  draw();
}

if (box) {
  for (const name of ["page", "x", "y"]) field(name)?.addEventListener("input", draw);
  document.querySelectorAll("[data-preview]").forEach((input) => {
    input.addEventListener("change", () => preview(input));
  });
  document.querySelectorAll("[data-with-script]").forEach((element) => {
    element.hidden = false;
  });
  draw();
}
