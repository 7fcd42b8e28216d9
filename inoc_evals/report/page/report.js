"use strict";
(() => {
  const PAGE = 20;
  const data = JSON.parse(document.getElementById("data").textContent);
  const part = (name) => document.getElementById(name);
  const selects = ["arm", "checkpoint", "task", "part", "question"];
  let page = 0;

  // How a value counts; the same rule as the report's tables.
  function outcome(value) {
    return value === null || value === undefined ? "excluded" : value >= 0.5 ? "yes" : "no";
  }

  // What a value measures, in words.
  function called(task, key) {
    const names = data.values[task].names;
    return Object.hasOwn(names, key) ? names[key] : key;
  }

  // Whether a response passes the filters: `wanted` maps fields to texts ("" = any), `outcome` to [key, state, cause].
  function matches(row, wanted) {
    for (const field of selects) {
      if (wanted[field] !== "" && row[field] !== wanted[field]) return false;
    }
    if (wanted.outcome) {
      const [key, state, cause] = wanted.outcome;
      if (!Object.hasOwn(row.values, key) || outcome(row.values[key]) !== state) return false;
      if (cause !== null && row.causes[key] !== cause) return false;
    }
    if (wanted.search === "") return true;
    const prompt = row.prompt === null ? "" : data.prompts[row.prompt];
    return [row.response, prompt, row.item].some((text) => text.toLowerCase().includes(wanted.search.toLowerCase()));
  }

  // Every [key, state, cause] that occurs, by key; cause null stands for any.
  function outcomes(rows) {
    const found = new Map();
    for (const row of rows) {
      for (const key of data.values[row.task].rates) {
        if (!Object.hasOwn(row.values, key)) continue;
        const state = outcome(row.values[key]);
        const cause = state === "excluded" && Object.hasOwn(row.causes, key) ? row.causes[key] : null;
        if (!found.has(key)) found.set(key, new Map());
        found.get(key).set(JSON.stringify([key, state, null]), state);
        if (cause !== null) found.get(key).set(JSON.stringify([key, state, cause]), `${state}: ${cause}`);
      }
    }
    return found;
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function option(value, text) {
    const made = element("option", text);
    made.value = value;
    return made;
  }

  function fill(select, values) {
    const before = select.value;
    select.replaceChildren(option("", "any"), ...values.map((value) => option(value, value)));
    select.value = values.includes(before) ? before : "";
  }

  function fillOutcomes(rows) {
    const select = part("outcome");
    const before = select.value;
    const groups = [...outcomes(rows)].map(([key, states]) => {
      const group = element("optgroup");
      const name = called(rows.find((row) => Object.hasOwn(row.values, key)).task, key);
      group.label = name;
      const sorted = [...states].sort((a, b) => (a[1] < b[1] ? 1 : -1));
      group.append(...sorted.map(([value, text]) => option(value, `${name}: ${text}`)));
      return group;
    });
    select.replaceChildren(option("", "any"), ...groups);
    select.value = before;
    if (select.selectedIndex < 0) select.value = "";
  }

  const unique = (rows, field) => [...new Set(rows.map((row) => row[field]))];

  // What can be chosen depends on the task, and the questions on the condition too.
  function fillAll() {
    fill(part("arm"), unique(data.rows, "arm"));
    fill(part("task"), unique(data.rows, "task"));
    const ofArm = data.rows.filter((row) => part("arm").value === "" || row.arm === part("arm").value);
    fill(part("checkpoint"), unique(ofArm, "checkpoint"));
    const ofTask = data.rows.filter((row) => part("task").value === "" || row.task === part("task").value);
    fill(part("part"), unique(ofTask, "part"));
    const ofPart = ofTask.filter((row) => part("part").value === "" || row.part === part("part").value);
    fill(part("question"), unique(ofPart, "question").sort());
    fillOutcomes(ofTask);
  }

  function wanted() {
    const found = { search: part("search").value };
    for (const field of selects) found[field] = part(field).value;
    found.outcome = part("outcome").value === "" ? null : JSON.parse(part("outcome").value);
    return found;
  }

  function folded(label, text) {
    const made = element("details");
    const inner = element("pre", text);
    inner.dir = "auto";
    made.append(element("summary", label), inner);
    return made;
  }

  function shown(row) {
    const article = element("article");
    const place = [row.arm, row.checkpoint, row.task, row.part, row.item, `response ${row.epoch}.${row.choice + 1}`];
    article.append(element("p", place.filter((text) => text !== "").join(" · "), "where"));
    const response = element("pre", row.response, "response");
    response.dir = "auto";
    article.append(row.response === "" ? element("p", "(empty response)", "soft") : response);
    const values = element("ul");
    for (const [key, value] of Object.entries(row.values)) {
      const cause = Object.hasOwn(row.causes, key) ? row.causes[key] : "no value";
      const name = called(row.task, key);
      const text = value === null ? `${name}: excluded (${cause})` : `${name}: ${Math.round(value * 1000) / 1000}`;
      const rate = data.values[row.task].rates.includes(key);
      values.append(element("li", text, value === null ? "excluded" : rate ? outcome(value) : "rating"));
    }
    if (row.stop !== "stop") values.append(element("li", `ended by: ${row.stop}`));
    article.append(values);
    const prompt = row.prompt === null ? "The provider did not tell the rendered prompt." : data.prompts[row.prompt];
    article.append(folded("Prompt", row.hash === null ? prompt : `${prompt}\n\nsha256 of its tokens: ${row.hash}`));
    if (Object.keys(row.details).length) {
      article.append(folded("What the detectors and judges saw", JSON.stringify(row.details, null, 1)));
    }
    return article;
  }

  function draw() {
    const filters = wanted();
    const found = data.rows.filter((row) => matches(row, filters));
    const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
    page = Math.min(page, last);
    const from = page * PAGE;
    const to = Math.min(found.length, from + PAGE);
    part("count").textContent = found.length
      ? `${from + 1} to ${to} of ${found.length} matching examples (${data.rows.length} on this page)`
      : `no matching example (${data.rows.length} on this page)`;
    part("previous").disabled = page === 0;
    part("next").disabled = page === last;
    part("examples").replaceChildren(...found.slice(from, to).map(shown));
  }

  function changed() {
    page = 0;
    fillAll();
    draw();
  }

  function turn(step) {
    page += step;
    draw();
    part("responses").scrollIntoView();
  }

  function clear() {
    for (const name of [...selects, "outcome", "search"]) part(name).value = "";
    changed();
  }

  // A question of a heat map leads to its examples.
  function show(button) {
    clear();
    // The choices of one filter depend on those before it.
    for (const field of ["task", "part", "question"]) {
      part(field).value = button.dataset[field];
      fillAll();
    }
    changed();
    part("responses").scrollIntoView();
  }

  for (const name of [...selects, "outcome"]) part(name).addEventListener("change", changed);
  part("search").addEventListener("input", changed);
  part("clear").addEventListener("click", clear);
  part("previous").addEventListener("click", () => turn(-1));
  part("next").addEventListener("click", () => turn(1));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.show");
    if (button) show(button);
  });
  changed();
  document.documentElement.dataset.ready = "yes";
})();
