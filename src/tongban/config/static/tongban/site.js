/*
 * What makes pages quicker. Every page works without this file; nothing here is the only way to do anything.
 * One module, no imports, no build. Text comes from the page, so that it is in the reader's language.
 */

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const live = document.getElementById("live");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Tell screen readers, without moving anything. */
function say(text) {
  if (!live) return;
  live.textContent = "";
  requestAnimationFrame(() => (live.textContent = text));
}

/* ── 选项卡: links to sections become a tab list (ARIA tabs pattern, arrow keys) ── */
function enhanceTabs(list) {
  const tabs = $$("a[href^='#']", list);
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  if (tabs.length < 2 || panels.includes(null)) return;
  list.setAttribute("role", "tablist");
  panels[0].parentElement.classList.add("tb-tabbed");
  tabs.forEach((tab, index) => {
    tab.parentElement.setAttribute("role", "presentation");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[index].id);
    panels[index].setAttribute("role", "tabpanel");
    panels[index].tabIndex = 0;
  });
  const select = (chosen, focus) => {
    tabs.forEach((tab, index) => {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panels[index].hidden = !on;
    });
    if (focus) chosen.focus({ preventScroll: true });
    list.scrollTo({ left: chosen.offsetLeft - 24, behavior: reducedMotion ? "auto" : "smooth" });
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (!tab) return;
    event.preventDefault();
    select(tab, false);
    history.replaceState(history.state, "", tab.hash);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    if (at < 0) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = { Home: 0, End: tabs.length - 1 }[event.key] ?? (step && (at + step + tabs.length) % tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    select(tabs[next], true);
    history.replaceState(history.state, "", tabs[next].hash);
  });
  const fromHash = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const index = target ? panels.findIndex((panel) => panel === target || panel.contains(target)) : -1;
    return index < 0 ? null : tabs[index];
  };
  select(fromHash() ?? tabs[0], false);
  // Following a fragment focuses the panel; nobody pressed a key, so no focus ring should appear.
  if (panels.includes(document.activeElement)) document.activeElement.blur();
  addEventListener("hashchange", () => fromHash() && select(fromHash(), false));
}

/* ── 确认: a form with data-confirm asks first ── */
function askFirst(form) {
  const dialog = document.getElementById("confirm-dialog");
  if (!dialog?.showModal) return;
  form.addEventListener("submit", (event) => {
    if (form.dataset.confirmed) return;
    event.preventDefault();
    const submitter = event.submitter;
    dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").onclick = () => {
      form.dataset.confirmed = "1";
      dialog.close();
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    };
    dialog.querySelector("[data-confirm-no]").onclick = () => dialog.close();
    dialog.showModal();
  });
}

/* ── 搜索建议: arrow keys move through the links that htmx brought, Escape closes ── */
function enhanceSearch(form) {
  const input = form.querySelector("input[type=search]");
  const box = form.querySelector("[data-suggest]");
  if (!input || !box) return;
  const clear = () => box.replaceChildren();
  form.addEventListener("keydown", (event) => {
    const links = $$("a", box);
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      clear();
      input.focus();
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links[at - 1] ?? input).focus();
    }
  });
  document.addEventListener("click", (event) => form.contains(event.target) || clear());
  form.addEventListener("focusout", (event) => event.relatedTarget && !form.contains(event.relatedTarget) && clear());
  form.addEventListener("submit", clear);
}

/* ── 自动保存: <form data-autosave="address"> is posted a moment after each change ── */
function enhanceAutosave(form) {
  const state = form.querySelector("[data-save-state]");
  const text = state?.querySelector("span");
  const words = { saving: state?.dataset.saving, saved: state?.dataset.saved, failed: state?.dataset.failed };
  let timer = 0;
  let unsaved = false;
  let wait = 800;
  const show = (name) => {
    if (!state) return;
    state.dataset.state = name;
    if (words[name]) text.textContent = words[name];
  };
  const save = async () => {
    clearTimeout(timer);
    show("saving");
    const body = new FormData(form);
    $$("input[type=file]", form).forEach((input) => body.delete(input.name));
    try {
      const headers = { "X-Requested-With": "autosave" };
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers, keepalive: true });
      if (!answer.ok) throw new Error(String(answer.status));
      unsaved = false;
      wait = 800;
      show("saved");
    } catch {
      show("failed");
      wait = Math.min(wait * 2, 30000);
      timer = setTimeout(save, wait);
    }
  };
  const later = () => {
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    unsaved = false;
  });
  addEventListener("pagehide", () => unsaved && save());
  addEventListener("beforeunload", (event) => {
    if (unsaved && state?.dataset.state === "failed") event.preventDefault();
  });
}

/* ── 上传: files go at once, one request each, with a progress bar.
      The answer to a good upload is the <li> that file_field draws; a refusal is problem details or plain text. ── */
function enhanceUpload(box) {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-upload-list]");
  const form = input.form;
  const send = (file) => {
    const item = document.createElement("li");
    item.className = "tb-file__item";
    const name = document.createElement("span");
    name.className = "tb-file__name";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.className = "tb-progress";
    bar.max = 100;
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar);
    list.append(item);
    if (isTooLarge(box, file)) {
      fail(item, bar, box.dataset.tooLarge);
      return;
    }
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "acting_as"]) {
      const field = form?.querySelector(`input[name=${name}]`);
      if (field) body.append(name, field.value);
    }
    body.append(input.name, file);
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.upload);
    request.setRequestHeader("X-Requested-With", "upload");
    request.upload.onprogress = (event) => event.lengthComputable && (bar.value = (100 * event.loaded) / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        const parsed = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("li");
        if (parsed) item.replaceWith(document.adoptNode(parsed));
        else bar.replaceWith("✓");
        input.required = false;
        say(file.name);
      } else {
        fail(item, bar, reason(request));
      }
    };
    request.onerror = () => fail(item, bar, live?.dataset.lost ?? "");
    request.send(body);
  };
  const fail = (item, bar, text) => {
    const note = document.createElement("p");
    note.className = "tb-field__error";
    note.textContent = text;
    bar.replaceWith(note);
    say(text);
  };
  const reason = (request) => {
    try {
      return JSON.parse(request.responseText).detail;
    } catch {
      return request.getResponseHeader("Content-Type")?.startsWith("text/plain") ? request.responseText : live?.dataset.refused ?? "";
    }
  };
  input.addEventListener("change", () => {
    [...input.files].forEach(send);
    input.value = "";
  });
  ["dragover", "dragleave", "drop"].forEach((type) =>
    box.addEventListener(type, (event) => {
      event.preventDefault();
      box.classList.toggle("is-over", type === "dragover");
      if (type === "drop") [...event.dataTransfer.files].forEach(send);
    }),
  );
}

/* ── 大小: the server's limit, told before a long upload is begun; the server checks again ── */
function isTooLarge(box, file) {
  return file.size > (Number(box.dataset.mostBytes) || Infinity);
}

/* A file that goes with its form: it may be dropped on the box; what is too large is taken out again, and the page says so. */
function enhanceFileSize(box) {
  if (box.dataset.upload) return;
  const input = box.querySelector("input[type=file]");
  const note = document.createElement("p");
  note.className = "tb-field__error";
  note.hidden = true;
  box.append(note);
  input.addEventListener("change", () => {
    const large = [...input.files].filter((file) => isTooLarge(box, file));
    note.hidden = !large.length;
    if (!large.length) return;
    note.textContent = `${large.map((file) => file.name).join(" · ")} — ${box.dataset.tooLarge}`;
    input.value = "";
    say(note.textContent);
  });
  ["dragover", "dragleave", "drop"].forEach((type) =>
    box.addEventListener(type, (event) => {
      event.preventDefault();
      box.classList.toggle("is-over", type === "dragover");
      if (type !== "drop" || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }),
  );
}

/* ── 字数 ── */
function enhanceCount(area) {
  const note = document.createElement("p");
  note.className = "tb-count";
  const show = () => (note.textContent = `${[...area.value].length} / ${area.dataset.count}`);
  area.after(note);
  area.addEventListener("input", show);
  show();
}

/** Enhance `root` and everything in it; called again for whatever htmx brings. */
function enhance(root) {
  const each = (selector, work) =>
    [...(root.matches?.(selector) ? [root] : []), ...$$(selector, root)].forEach((element) => {
      const mark = `${work.name}Done`;
      if (element[mark]) return;
      element[mark] = true;
      work(element);
    });
  each("[data-tabs]", enhanceTabs);
  each("form[data-confirm]", askFirst);
  each("form[data-search]", enhanceSearch);
  each("form[data-autosave]", enhanceAutosave);
  each("[data-upload]", enhanceUpload);
  each("[data-most-bytes]", enhanceFileSize);
  each("textarea[data-count]", enhanceCount);
  each("[data-autosubmit]", function autosubmit(form) {
    form.addEventListener("change", () => form.requestSubmit());
  });
  each("[data-without-script]", function hide(element) {
    element.hidden = true;
  });
  each("[data-print]", function print(button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  each("[data-focus]", function focus(element) {
    element.focus();
  });
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
document.addEventListener("htmx:sendError", () => say(live?.dataset.lost ?? ""));
document.addEventListener("htmx:responseError", () => say(live?.dataset.refused ?? ""));
