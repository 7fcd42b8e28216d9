// The responses on the page: an index, which is read at once, and their texts, which are read when they are asked for.
function responses() {
  const read = (element) => JSON.parse(element.textContent);
  const index = read(document.getElementById("data"));
  const blocks = [...document.querySelectorAll("script.texts")];
  let prompts = null;

  // [response, prompt, hash of its tokens, details, reasoning]
  function texts(place) {
    const block = Math.floor(place / index.block);
    if (blocks[block] instanceof Element) blocks[block] = read(blocks[block]);
    prompts ??= read(document.getElementById("prompts"));
    const [response, prompt, details, reasoning] = blocks[block][place % index.block];
    return [response, ...prompts[prompt], details, reasoning];
  }

  const code = (field, place) => index.columns[field][place];
  const name = (field, place) => index.names[field][code(field, place)];

  // A number, or null where there is a cause instead; false where the response does not have this value at all.
  const value = (key, place) => index.values[key][place];

  function cause(key, place) {
    const causes = index.causes[key];
    return causes && causes.codes[place] >= 0 ? causes.names[causes.codes[place]] : null;
  }

  // The keys of the values that a response has.
  const keys = (place) => Object.keys(index.values).filter((key) => value(key, place) !== false);

  // How a value counts; the same rule as the report's tables.
  function outcome(number) {
    return number === null ? "excluded" : number >= 0.5 ? "yes" : "no";
  }

  // What a value is called: by what it measures, or else by its key.
  function called(key, place) {
    const names = index.tasks[name("task", place)].called;
    return Object.hasOwn(names, key) ? names[key] : key;
  }

  const isRate = (key, place) => index.tasks[name("task", place)].rates.includes(key);
  const all = Array.from({ length: index.size }, (_, place) => place);

  function says(place, search) {
    const [response, prompt, , , reasoning] = texts(place);
    return [response, prompt ?? "", reasoning ?? "", name("item", place)].some((text) => text.toLowerCase().includes(search));
  }

  // Those of `places` that pass: `wanted` maps fields to texts ("" = any), `outcome` to [key, state, cause].
  function matching(places, wanted) {
    const tests = [];
    for (const [field, text] of Object.entries(wanted.names)) {
      const sought = index.names[field].indexOf(text);
      if (text !== "") tests.push((place) => code(field, place) === sought);
    }
    if (wanted.outcome) {
      const [key, state, why] = wanted.outcome;
      tests.push((place) => value(key, place) !== false && outcome(value(key, place)) === state);
      if (why !== null) tests.push((place) => cause(key, place) === why);
    }
    const search = wanted.search.toLowerCase();
    if (search !== "") tests.push((place) => says(place, search));
    return places.filter((place) => tests.every((test) => test(place)));
  }

  // The names of a field that occur among `places`.
  function names(field, places) {
    const codes = new Set(places.map((place) => code(field, place)));
    return [...codes].map((found) => index.names[field][found]);
  }

  // Every [key, state, cause] that occurs, by key and in words; cause null stands for any.
  function outcomes(places) {
    const found = new Map();
    for (const place of places) {
      for (const key of index.tasks[name("task", place)].rates) {
        const number = value(key, place);
        if (number === false) continue;
        const state = outcome(number);
        if (!found.has(key)) found.set(key, new Map());
        found.get(key).set(state, [key, state, null]);
        const why = number === null ? cause(key, place) : null;
        if (why !== null) found.get(key).set(`${state}: ${why}`, [key, state, why]);
      }
    }
    return found;
  }

  return { size: index.size, all, name, code, texts, value, cause, keys, outcome, called, isRate, matching, names, outcomes };
}
