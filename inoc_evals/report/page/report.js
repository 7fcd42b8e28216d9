const PAGE = 20;
const SELECTS = ["arm", "checkpoint", "task", "part", "question"];
// What says where a response is; no two have all of it in common.
const PLACE = ["checkpoint", "task", "part", "item"];
const rows = responses();
const part = (name) => document.getElementById(name);
let page = 0;
// The response that an address leads to.
let target = null;

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

function fillOutcomes(places) {
  const select = part("outcome");
  const before = select.value;
  const groups = [...rows.outcomes(places)].map(([key, states]) => {
    const group = element("optgroup");
    group.label = rows.called(key, places.find((place) => rows.value(key, place) !== false));
    const sorted = [...states].sort((a, b) => (a[0] < b[0] ? 1 : -1));
    group.append(...sorted.map(([text, value]) => option(JSON.stringify(value), `${group.label}: ${text}`)));
    return group;
  });
  select.replaceChildren(option("", "any"), ...groups);
  select.value = before;
  if (select.selectedIndex < 0) select.value = "";
}

// What can be chosen depends on the task, and the questions on the condition too.
function fillAll() {
  const chosen = (places, field) =>
    rows.matching(places, { names: { [field]: part(field).value }, outcome: null, search: "" });
  fill(part("arm"), rows.names("arm", rows.all));
  fill(part("task"), rows.names("task", rows.all));
  fill(part("checkpoint"), rows.names("checkpoint", chosen(rows.all, "arm")));
  const ofTask = chosen(rows.all, "task");
  fill(part("part"), rows.names("part", ofTask));
  fill(part("question"), rows.names("question", chosen(ofTask, "part")).sort());
  fillOutcomes(ofTask);
}

function wanted() {
  const outcome = part("outcome").value;
  return {
    names: Object.fromEntries(SELECTS.map((field) => [field, part(field).value])),
    outcome: outcome === "" ? null : JSON.parse(outcome),
    search: part("search").value,
  };
}

// An address within the page. A lone half of a character pair has no place in an address.
const segment = (text) => encodeURIComponent(String(text).toWellFormed());
const address = (kind, parts) => `#/${[kind, ...parts].map(segment).join("/")}`;

function responseParts(place) {
  return [...PLACE.map((field) => rows.name(field, place)), rows.code("epoch", place), rows.code("choice", place) + 1];
}

function link(text, kind, parts) {
  const made = element("a", text);
  made.href = address(kind, parts);
  return made;
}

function links(place) {
  const made = element("p", undefined, "links");
  const question = ["task", "part", "question"].map((field) => rows.name(field, place));
  made.append(
    link("Link to this response", "response", responseParts(place)),
    link("Link to this question", "question", question),
  );
  return made;
}

function folded(label, text) {
  const made = element("details");
  const inner = element("pre", text);
  inner.dir = "auto";
  made.append(element("summary", label), inner);
  return made;
}

// A value in words where it is a plain yes or no.
function said(key, place) {
  const value = rows.value(key, place);
  if (value === null) return `excluded (${rows.cause(key, place) ?? "no value"})`;
  return rows.isRate(key, place) && (value === 0 || value === 1) ? rows.outcome(value) : String(Math.round(value * 1000) / 1000);
}

function values(place) {
  const list = element("ul");
  for (const key of rows.keys(place)) {
    const value = rows.value(key, place);
    const kind = value === null ? "excluded" : rows.isRate(key, place) ? rows.outcome(value) : "rating";
    list.append(element("li", `${rows.called(key, place)}: ${said(key, place)}`, kind));
  }
  const stop = rows.name("stop", place);
  if (stop !== "stop") list.append(element("li", `ended by: ${stop}`));
  return list;
}

function shown(place) {
  const article = element("article", undefined, place === target ? "target" : "");
  const number = `response ${rows.code("epoch", place)}.${rows.code("choice", place) + 1}`;
  const where = [...["arm", ...PLACE].map((field) => rows.name(field, place)), number];
  article.append(element("p", where.filter((text) => text !== "").join(" · "), "where"));
  const [text, prompt, hash, details, reasoning] = rows.texts(place);
  const response = element("pre", text, "response");
  response.dir = "auto";
  article.append(text === "" ? element("p", "(empty response)", "soft") : response, values(place));
  if (reasoning !== null) article.append(folded("Reasoning, which is no part of the response", reasoning));
  const told = prompt ?? "The provider did not tell the rendered prompt.";
  article.append(folded("Prompt", hash === null ? told : `${told}\n\nsha256 of its tokens: ${hash}`));
  if (Object.keys(details).length) {
    article.append(folded("What the detectors and judges saw", JSON.stringify(details, null, 1)));
  }
  article.append(links(place));
  return article;
}

function draw() {
  const found = rows.matching(rows.all, wanted());
  if (target !== null) page = Math.floor(Math.max(0, found.indexOf(target)) / PAGE);
  const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
  page = Math.min(page, last);
  const from = page * PAGE;
  const to = Math.min(found.length, from + PAGE);
  const all = `${rows.size.toLocaleString("en")} on this page`;
  part("count").textContent = found.length
    ? `${from + 1} to ${to} of ${found.length.toLocaleString("en")} matching examples (${all})`
    : `no matching example (${all})`;
  part("previous").disabled = page === 0;
  part("next").disabled = page === last;
  part("examples").replaceChildren(...found.slice(from, to).map(shown));
  for (const block of part("examples").querySelectorAll("pre")) scrolling.observe(block);
}

function changed() {
  page = 0;
  target = null;
  part("lost").textContent = "";
  fillAll();
  draw();
}

function turn(step) {
  const pressed = document.activeElement;
  page += step;
  target = null;
  draw();
  part("responses").scrollIntoView();
  // A button that cannot be pressed any more would leave the keyboard nowhere.
  if (pressed.disabled) part(step > 0 ? "previous" : "next").focus();
}

function clear() {
  for (const name of [...SELECTS, "outcome", "search"]) part(name).value = "";
  changed();
}

function choose(task, condition, question) {
  clear();
  // The choices of one filter depend on those before it.
  for (const [field, text] of Object.entries({ task, part: condition, question })) {
    part(field).value = text;
    fillAll();
  }
  changed();
}

function lost(what) {
  part("lost").textContent = `The address leads to ${what}, which this page does not hold.`;
  part("responses").scrollIntoView();
}

const wellFormed = (field, place) => rows.name(field, place).toWellFormed();

function openQuestion(...sought) {
  const fields = ["task", "part", "question"];
  const found = rows.all.find((place) => fields.every((field, at) => wellFormed(field, place) === sought[at]));
  if (found === undefined) return lost(`question ${sought[2]} of ${sought[0]} ${sought[1]}`);
  choose(...fields.map((field) => rows.name(field, found)));
  part("responses").scrollIntoView();
}

function openResponse(...sought) {
  const found = rows.all.find((place) => responseParts(place).every((text, at) => String(text).toWellFormed() === sought[at]));
  if (found === undefined) {
    const [checkpoint, task, condition, item, epoch, number] = sought;
    lost(`response ${epoch}.${number} of ${checkpoint} to ${task} ${condition} ${item}`);
    part("lost").append(" All responses are in responses.csv beside it.");
    return;
  }
  choose(...["task", "part", "question"].map((field) => rows.name(field, found)));
  target = found;
  draw();
  const article = document.querySelector("article.target");
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
  article.scrollIntoView();
}

// Open what the address names: #/question/TASK/PART/QUESTION or #/response/CHECKPOINT/TASK/PART/ITEM/REPEAT/NUMBER.
function follow() {
  if (!location.hash.startsWith("#/")) return;
  const [, kind, ...written] = location.hash.split("/");
  let parts;
  try {
    parts = written.map(decodeURIComponent);
  } catch {
    return lost("something");
  }
  if (kind === "question" && parts.length === 3) openQuestion(...parts);
  else if (kind === "response" && parts.length === PLACE.length + 2) openResponse(...parts);
  else lost("something");
}

// What scrolls by itself is reached by the keyboard too, as long as it has something to scroll.
const scrolling = new ResizeObserver((entries) => {
  for (const { target: box } of entries) {
    // An example that was shown before has left the page.
    if (!box.isConnected) {
      scrolling.unobserve(box);
      continue;
    }
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    const heading = box.closest("section").querySelector("h2").textContent;
    const told = scrolls ? { tabindex: "0", role: "group", "aria-label": `${heading}, scrolls` } : {};
    for (const name of ["tabindex", "role", "aria-label"]) {
      if (name in told) box.setAttribute(name, told[name]);
      else box.removeAttribute(name);
    }
  }
});

for (const name of [...SELECTS, "outcome"]) part(name).addEventListener("change", changed);
part("search").addEventListener("input", changed);
part("clear").addEventListener("click", clear);
part("previous").addEventListener("click", () => turn(-1));
part("next").addEventListener("click", () => turn(1));
for (const box of document.querySelectorAll(".wide")) scrolling.observe(box);
addEventListener("hashchange", follow);
document.addEventListener("click", (event) => {
  const anchor = event.target.closest('a[href^="#/"]');
  // An address that stands there already does not change, and leads there all the same.
  if (anchor && anchor.hash === location.hash) follow();
});
changed();
follow();
document.documentElement.dataset.ready = "yes";
