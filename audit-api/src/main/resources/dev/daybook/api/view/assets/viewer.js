// What the pages do besides links and forms: the zone, keys, copying, the slider. Without it they work.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];
  const say = (text) => { const status = $("#status"); if (status) status.textContent = text; };
  const remember = (name, value) => {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/view; max-age=31536000; samesite=strict`;
  };

  // Times are written by the server, in the zone that the browser names once.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`daybook_zone=${encodeURIComponent(zone)}`)) {
    remember("daybook_zone", zone);
    if (zone !== "UTC" && document.cookie.includes("daybook_zone=") && !$(".sign-in")) location.reload();
  }

  // Filters narrow down where there is room beside the list; on a phone they are folded.
  const fold = $("[data-fold]");
  if (fold && !matchMedia("(min-width: 60rem)").matches) fold.removeAttribute("open");

  // Fields that ask for nothing stay out of the URL.
  $$("form[method=get]").forEach((form) => form.addEventListener("submit", () => {
    form.querySelectorAll("input, select").forEach((field) => {
      if (!field.value || field.name === "show" && field.value === "changed") field.disabled = true;
    });
    setTimeout(() => form.querySelectorAll(":disabled").forEach((field) => { field.disabled = false; }), 0);
  }));

  const copy = (text) => navigator.clipboard.writeText(text).then(() => say("Copied."), () => say("Could not copy."));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("copyLink" in button.dataset) copy(location.href);
    if ("copy" in button.dataset) copy(button.dataset.copy);
    if ("print" in button.dataset) print();
    if ("letters" in button.dataset) {
      const off = document.body.dataset.letters !== "off";
      document.body.dataset.letters = off ? "off" : "on";
      remember("daybook_letters", off ? "off" : "on");
      button.textContent = off ? "Switch letters on" : "Switch letters off";
    }
  });
  // A menu closes by Escape, which leads back to its button, and when the focus or a click goes elsewhere.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && $("details.drop[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  ["click", "focusin"].forEach((type) => document.addEventListener(type, (event) => {
    $$("details.drop[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  }));
  addEventListener("beforeprint", () => $$("details").forEach((details) => { details.open = true; }));

  // The slider names a version and asks for the row as it was then.
  const slider = $("[data-versions]");
  if (slider) {
    const options = $$("#va option");
    const name = () => {
      const option = options[slider.value - 1];
      const text = option ? option.textContent : "before the first version";
      slider.setAttribute("aria-valuetext", text);
      $("#version-name").textContent = text;
    };
    slider.addEventListener("input", name);
    slider.addEventListener("change", () => {
      const option = options[slider.value - 1];
      if (option) location.href = `${$("[data-row]").dataset.row}?at=${encodeURIComponent(option.dataset.at)}#asof`;
    });
    name();
  }

  // The count of a search comes with its facets.
  document.addEventListener("htmx:afterSwap", () => {
    const found = $("#facets b");
    if (found && $("#found")) { $("#found").textContent = `${found.textContent}.`; say(found.textContent); }
  });

  // Live: at most 200 stay, a pause keeps what comes, and a new connection goes on from the last one.
  const live = $("#live-list");
  if (live && window.htmx) {
    let after = null;
    let paused = false;
    let kept = [];
    const pause = $("[data-pause]");
    htmx.createEventSource = (url) => {
      const there = after ? `${url}${url.includes("?") ? "&" : "?"}after=${encodeURIComponent(after)}` : url;
      return new EventSource(there, { withCredentials: true });
    };
    const tidy = () => {
      const empty = $("#live-empty");
      if (empty && live.children.length) empty.remove();
      while (live.children.length > 200) live.lastElementChild.remove();
    };
    document.addEventListener("htmx:sseBeforeMessage", (event) => {
      if (event.detail.lastEventId) after = event.detail.lastEventId;
      if (event.detail.type !== "tx" || !paused) return;
      event.preventDefault();
      kept.push(event.detail.data);
      if (kept.length > 200) kept.shift();
      pause.textContent = `Go on (${kept.length} wait)`;
    });
    document.addEventListener("htmx:sseMessage", tidy);
    document.addEventListener("htmx:sseError", () => { $("#live-state").textContent = "The connection was lost; trying again."; });
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.setAttribute("aria-pressed", String(paused));
      pause.textContent = paused ? "Go on" : "Pause";
      if (!paused) {
        kept.forEach((html) => htmx.swap(live, html, { swapStyle: "afterbegin" }));
        kept = [];
        tidy();
      }
    });
  }

  // Keys. A letter alone does nothing while something is typed, or where letters are off.
  const items = () => $$("main .tx, main .version");
  const current = () => document.activeElement && document.activeElement.closest(".tx, .version");
  const step = (by) => {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const go = (url) => { if (url) location.href = url; };
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const key = event.key;
    if (document.body.dataset.letters === "off" && key !== "Enter") return;
    const on = current();
    const keys = {
      "/": () => { $("#q").focus(); event.preventDefault(); },
      "?": () => go("/view/words#keys"),
      j: () => step(1),
      k: () => step(-1),
      t: () => go(on && on.dataset.tx),
      a: () => go(on && on.dataset.actor),
      x: () => {
        if (!on || !on.dataset.name) return;
        const url = new URL(location.pathname.startsWith("/view/search") ? location.href : `${location.origin}/view/search`);
        url.searchParams.append("-actor", on.dataset.name);
        url.searchParams.delete("cursor");
        go(url.href);
      },
      c: () => copy(location.href),
      m: () => {
        if (!$("[data-row]")) return;
        const url = new URL(location.href);
        url.searchParams.get("show") === "all" ? url.searchParams.delete("show") : url.searchParams.set("show", "all");
        go(url.href);
      },
      p: () => { const pause = $("[data-pause]"); if (pause) pause.click(); },
      "[": () => step(1),
      "]": () => step(-1),
    };
    if (before === "g") {
      before = "";
      go({ h: "/view", s: "/view/search", l: "/view/live", c: "/view/coverage" }[key]);
      return;
    }
    if (key === "g") { before = "g"; setTimeout(() => { before = ""; }, 1500); return; }
    if (key === "Enter" && on === event.target) { const row = on.querySelector("a.row-name"); go(row && row.href); return; }
    if (keys[key]) keys[key]();
  });
})();
