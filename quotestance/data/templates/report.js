// The table of quotes on the first page of a report: filters, and pages of cards. Data come from scripts in data/,
// which call quotestance.index and quotestance.quotes, since a page opened from disk can load nothing else. What the
// articles say is put in as text, never as markup.
"use strict";

const quotestance = (() => {
  const CARDS = 25; // quotes shown together
  const READ_AT_ONCE = 4; // data files loaded side by side
  const find = (id) => document.getElementById(id);
  const files = new Map(); // number of a data file -> promise of its quotes
  const waiting = new Map(); // number of a data file -> what takes its quotes
  let index = null;
  let matches = [];
  let shown = 0;
  let asked = 0; // counts searches, so that one that was overtaken stops

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => { script.remove(); done(); };
      script.onerror = () => failed(new Error(address));
      document.head.append(script);
    });
  }

  function file(number) {
    if (!files.has(number)) {
      const loaded = new Promise((done, failed) => {
        waiting.set(number, done);
        load(`data/quotes-${number}.js`).catch(failed);
      });
      files.set(number, loaded);
    }
    return files.get(number);
  }

  async function said(row) {
    return (await file(Math.floor(row / index.together)))[row % index.together];
  }

  // --- what is asked for

  const form = () => find("filter");

  function asks() {
    const values = {};
    for (const field of form().elements) if (field.name) values[field.name] = field.value.trim();
    values.who = form().dataset.who || "";
    if (values.who) values.speaker = ""; // the field shows whose page is meant; other names of theirs count too
    return values;
  }

  // Fills in the form, and returns the page of quotes.
  function readAddress() {
    const given = new URLSearchParams(location.hash.split("?")[1] || "");
    for (const field of form().elements) {
      if (!field.name) continue;
      const wanted = given.get(field.name) || "";
      field.value = wanted;
      if (field.options && field.value !== wanted) { // no quote here has it: then none is shown, not all
        add(field, wanted, wanted);
        field.value = wanted;
      }
    }
    form().dataset.who = given.get("who") || "";
    if (form().dataset.who) form().elements.speaker.value = nameOf(form().dataset.who);
    return Number(given.get("page")) || 1;
  }

  function nameOf(page) {
    const known = index.words.who.find((who) => who[1] === page);
    return known ? known[0] : page;
  }

  function writeAddress(values) {
    const page = shown ? String(shown / CARDS + 1) : ""; // to come back to from an article
    const kept = Object.entries({ ...values, page }).filter(([, value]) => value !== "");
    const query = new URLSearchParams(kept).toString();
    history.replaceState(null, "", query ? `#quotes?${query}` : "#quotes");
  }

  // --- which quotes are meant

  // "Erdogan" finds "Erdoğan", and a straight apostrophe the curly one.
  function plain(words) {
    const letters = words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return letters.replace(/[\u2018\u2019\u02bc]/g, "'").replace(/[\u201c\u201d]/g, '"').replace(/ı/g, "i").replace(/ł/g, "l").replace(/ø/g, "o");
  }

  function allowed(words, test) {
    return words.map(test);
  }

  function conditions(values) {
    const { words, columns } = index;
    const found = [];
    const name = plain(values.speaker);
    const among = (column, test) => {
      const fits = allowed(words[column], test);
      found.push((row) => columns[column][row] >= 0 && fits[columns[column][row]]);
    };
    if (name) among("who", ([who]) => plain(who).includes(name));
    if (values.who) among("who", ([, page]) => page === values.who);
    for (const column of ["country", "stance", "kind", "outlet"]) {
      if (values[column] === "-") found.push((row) => columns[column][row] < 0);
      else if (values[column]) among(column, (word) => (Array.isArray(word) ? word[0] : word) === values[column]);
    }
    const day = (date, end) => (date.length > 4 ? date : date + end); // a year alone is within what holds all of it
    if (values.from) among("date", (date) => day(date, "-01-01") >= values.from.slice(0, day(date, "-01-01").length));
    if (values.to) among("date", (date) => day(date, "-12-31") <= values.to.slice(0, day(date, "-12-31").length));
    return found;
  }

  async function holding(rows, text, mine) {
    const wanted = plain(text);
    const kept = [];
    const numbers = [...new Set(rows.map((row) => Math.floor(row / index.together)))];
    let place = 0;
    for (let n = 0; n < numbers.length; n += READ_AT_ONCE) {
      await Promise.all(numbers.slice(n, n + READ_AT_ONCE).map(file));
      if (mine !== asked) return null;
      const last = numbers[Math.min(n + READ_AT_ONCE, numbers.length) - 1];
      for (; place < rows.length && Math.floor(rows[place] / index.together) <= last; place++) {
        if (plain((await said(rows[place]))[0]).includes(wanted)) kept.push(rows[place]);
      }
      if (numbers.length > READ_AT_ONCE) tell(`Searching … ${Math.round((100 * (n + 1)) / numbers.length)}%`);
    }
    return kept;
  }

  function ordered(rows, order) {
    if (order !== "oldest") return rows;
    const dates = new Map(rows.map((row) => [row, word("date", row) || "9999"])); // the undated are last
    return [...rows].sort((a, b) => (dates.get(a) < dates.get(b) ? -1 : Number(dates.get(a) > dates.get(b))));
  }

  async function search(values, page = 1) {
    const mine = ++asked;
    const tests = conditions(values);
    let rows = index.columns.who.map((_, row) => row).filter((row) => tests.every((test) => test(row)));
    if (values.text) rows = await holding(rows, values.text, mine);
    if (rows === null || mine !== asked) return;
    matches = ordered(rows, values.order);
    shown = CARDS * (Math.min(Math.max(1, Math.trunc(page)), pages()) - 1);
    await show();
  }

  // --- cards

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function link(address, ...children) {
    const made = element("a", "", ...children);
    made.setAttribute("href", address); // pages of this report alone: names that the report gave them
    return made;
  }

  const bdi = (words) => element("bdi", "", words);

  function word(column, row) {
    const number = index.columns[column][row];
    return number < 0 ? null : index.words[column][number];
  }

  function card(row, [text, before, after, details, sure, article, address, number]) {
    const [who, page] = word("who", row);
    const [label, css, letter] = word("stance", row) || ["no stance", "qs-x", "–"];
    const name = page ? link(`speakers/${page}.html`, bdi(who)) : bdi(who);
    const badge = element("span", `badge ${css}`, element("b", "", letter), ` ${label} ${sure}`);
    badge.firstChild.setAttribute("aria-hidden", "true");
    const head = element("p", "who", name);
    if (details) head.append(element("span", "details", ", ", bdi(details)));
    head.append(" ", badge);
    const body = element("blockquote", "", element("span", "around", before), element("mark", css, text), element("span", "around", after));
    body.dir = "auto";
    const where = element("p", "where");
    const date = word("date", row);
    const outlet = word("outlet", row);
    if (date) where.append(element("time", "", date), " · ");
    where.append(word("kind", row));
    if (outlet) where.append(" · ", bdi(outlet));
    where.append(" · ", link(address, bdi(article), `, quote ${number}`));
    return element("li", "card", head, body, where);
  }

  async function show() {
    const rows = matches.slice(shown, shown + CARDS);
    const mine = asked;
    const contents = await Promise.all(rows.map(said));
    if (mine !== asked) return;
    find("cards").replaceChildren(...rows.map((row, n) => card(row, contents[n])));
    const page = shown / CARDS + 1;
    const last = pages();
    find("page").textContent = `Page ${page.toLocaleString("en")} of ${last.toLocaleString("en")}`;
    find("back").disabled = page === 1;
    find("on").disabled = page === last;
    find("turn").hidden = last === 1;
    tell(`${matches.length.toLocaleString("en")} of ${index.columns.who.length.toLocaleString("en")} quotes`);
    document.documentElement.dataset.shown = String(matches.length);
  }

  function pages() {
    return Math.max(1, Math.ceil(matches.length / CARDS));
  }

  function tell(words) {
    find("state").textContent = words;
  }

  function turn(by) {
    shown += by * CARDS;
    writeAddress(asks());
    show().then(() => find("quotes").scrollIntoView(), failed);
  }

  // --- at the start

  function add(select, value, name) {
    const option = element("option", "", name);
    option.value = value;
    select.append(option);
  }

  function fill(column) {
    const select = form().elements[column];
    const words = index.words[column].map((one) => (Array.isArray(one) ? [one[0], column === "country" ? one[1] : one[0]] : [one, one]));
    words.sort((a, b) => a[1].localeCompare(b[1], "en"));
    if (index.columns[column].some((number) => number < 0)) words.push(["-", "unknown or none"]);
    for (const [value, name] of words) {
      add(select, value, name);
    }
    select.parentElement.hidden = words.length < 2;
  }

  function failed(error) {
    tell(`A data file of this report could not be read: ${error.message}. Is the folder whole?`);
  }

  function start() {
    let timer = 0;
    const now = () => { const values = asks(); shown = 0; writeAddress(values); search(values).catch(failed); };
    const later = () => { clearTimeout(timer); timer = setTimeout(now, 150); };
    ["country", "stance", "kind", "outlet"].forEach(fill);
    const page = readAddress();
    form().addEventListener("input", ({ target }) => {
      if (target.name === "speaker") form().dataset.who = "";
      later();
    });
    form().addEventListener("submit", (event) => { event.preventDefault(); now(); });
    form().addEventListener("reset", () => { form().dataset.who = ""; setTimeout(now, 0); });
    find("back").addEventListener("click", () => turn(-1));
    find("on").addEventListener("click", () => turn(1));
    window.addEventListener("hashchange", follow);
    form().hidden = false;
    const isAsked = location.hash.includes("?");
    search(asks(), page).then(() => {
      if (isAsked) find("quotes").scrollIntoView();
      document.documentElement.dataset.ready = "true";
    }, failed);
  }

  function follow() {
    if (!location.hash.startsWith("#quotes?")) return;
    const page = readAddress();
    search(asks(), page).then(() => find("quotes").scrollIntoView(), failed);
  }

  return {
    index(given) { index = given; start(); },
    quotes(number, given) { waiting.get(number)(given); },
    load,
    failed,
  };
})();

document.addEventListener("DOMContentLoaded", () => quotestance.load("data/index.js").catch(quotestance.failed));
