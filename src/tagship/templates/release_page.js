for (const list of document.querySelectorAll(".tabs")) {
  const panels = [...list.querySelectorAll(":scope > section")];
  if (panels.length < 2) continue;
  const bar = document.createElement("div");
  bar.setAttribute("role", "tablist");
  bar.setAttribute("aria-label", list.dataset.label);
  const tabs = panels.map((panel) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = panel.querySelector("h3").textContent;
    tab.id = panel.id + "-tab";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.tabIndex = 0;
    panel.querySelector("h3").className = "unseen"; // its tab says it; headings stay in their order
    tab.addEventListener("click", () => show(tab));
    bar.append(tab);
    return tab;
  });
  const show = (chosen) => {
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panels[at].hidden = tab !== chosen;
    });
  };
  bar.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus();
    show(next);
  });
  list.prepend(bar);
  show(tabs[0]);
}
for (const block of document.querySelectorAll("pre")) {
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy";
  copy.textContent = "Copy";
  copy.setAttribute("aria-label", "Copy " + (block.dataset.what || "these lines"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  const around = document.createElement("div");
  around.className = "code";
  block.replaceWith(around);
  around.append(block, copy);
  block.tabIndex = 0;
}
const nav = document.querySelector("nav[data-site]");
if (nav) {
  const { site, tag } = nav.dataset;
  const address = (each) => site + "releases/" + encodeURIComponent(each.folder) + "/";
  const link = (each, text) => {
    const made = document.createElement("a");
    made.href = address(each);
    made.textContent = text;
    return made;
  };
  fetch(site + "releases.json", { cache: "no-cache" })
    .then((answer) => answer.json())
    .then(({ releases }) => {
      const own = releases.find((each) => each.tag === tag);
      if (!own) return;
      const select = document.createElement("select");
      const names = [...new Set(releases.map((each) => each.name))];
      for (const name of names) {
        const group = document.createElement("optgroup");
        group.label = name;
        for (const each of releases.filter((other) => other.name === name)) {
          const option = new Option(each.version + (each.prerelease ? " (prerelease)" : ""), address(each));
          option.selected = each.tag === tag;
          (names.length > 1 ? group : select).append(option);
        }
        if (names.length > 1) select.append(group);
      }
      const show = () => select.value !== address(own) && location.assign(select.value);
      let typed = false; // arrows go through the list: only a choice by pointer, or the button, leaves the page
      select.addEventListener("keydown", () => (typed = true));
      select.addEventListener("pointerdown", () => (typed = false));
      select.addEventListener("change", () => typed || show());
      select.id = "version";
      const label = document.createElement("label");
      label.htmlFor = select.id;
      label.textContent = "Version";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = "Show";
      button.addEventListener("click", show);
      nav.prepend(label, select, button);
      const newest = releases.find((each) => each.name === own.name && !each.prerelease);
      if (newest && releases.indexOf(newest) < releases.indexOf(own)) {
        const said = document.createElement("p");
        said.className = "newer";
        said.append("There is a newer version: ", link(newest, newest.version));
        nav.after(said);
      }
    })
    .catch(() => {}); // the links are there
}
