/**
 * What a reader asks of a table (sort, search, filters, columns) and which rows answer it.
 */
(function () {
  'use strict';

  /** Columns with more distinct texts than this are searched, not chosen from. */
  const FEW = 40;
  /** Key of the filter by state of any value in a row. */
  const STATE = 'state';

  /**
   * @typedef {object} Query
   * @property {{column: string, descending: boolean} | null} sort
   * @property {string} search
   * @property {Map<string, Set<string>>} facets Accepted values by column.
   * @property {Map<string, {min?: number, max?: number}>} ranges By column.
   * @property {Set<string>} hidden Ids of columns.
   */

  /** @returns {Query} */
  function nothing() {
    return { sort: null, search: '', facets: new Map(), ranges: new Map(), hidden: new Set() };
  }

  /** @param {Query} query @returns {Query} */
  function copy(query) {
    const facets = [...query.facets].map(([id, values]) => [id, new Set(values)]);
    const ranges = [...query.ranges].map(([id, range]) => [id, { ...range }]);
    return {
      sort: query.sort && { ...query.sort },
      search: query.search,
      facets: new Map(/** @type {any} */ (facets)),
      ranges: new Map(/** @type {any} */ (ranges)),
      hidden: new Set(query.hidden),
    };
  }

  /** Whether rows are left out. @param {Query} query */
  function filters(query) {
    return Boolean(query.search.trim() || query.facets.size || query.ranges.size);
  }

  /**
   * Return what can be chosen from: text columns of few values, and states.
   * @param {any} model
   * @returns {{id: string, name: string, values: {key: string, label: string, count: number}[]}[]}
   */
  function facets(model) {
    const found = [];
    for (const column of model.columns) {
      if (column.numeric) continue;
      const values = column.values.found.filter((one) => one.label);
      if (values.length < 2 || values.length > FEW) continue;
      if (!column.heading && values.length > model.size / 2) continue;
      const ranks = column.order;
      const rank = new Map();
      column.values.at.forEach((place, row) => rank.set(column.values.found[place], ranks[row]));
      const last = (one) => (Number.isNaN(rank.get(one)) ? Infinity : rank.get(one));
      values.sort((a, b) => last(a) - last(b) || 0);
      found.push({ id: column.id, name: column.name, values });
    }
    const { counts } = model.states;
    const own = model.columns.some((column) => column.id === STATE);
    if (!own && [...counts.keys()].some((state) => state !== 'ok')) {
      const values = [...counts].map(([key, count]) => ({ key, label: key, count }));
      values.sort((a, b) => Number(b.key === 'ok') - Number(a.key === 'ok') ||
        a.key.localeCompare(b.key));
      found.push({ id: STATE, name: 'State of any value', values });
    }
    return found;
  }

  /** @param {any} model @param {string} id @param {Set<string>} wanted */
  function facetTest(model, id, wanted) {
    const column = model.column(id);
    if (column) {
      const { found, at } = column.values;
      const accepted = Uint8Array.from(found, (one) => Number(wanted.has(one.key)));
      return (row) => accepted[at[row]] === 1;
    }
    if (id !== STATE) return null;
    const { of } = model.states;
    return (row) => [...wanted].some((state) => of[row].has(state));
  }

  /** @param {any} model @param {string} id @param {{min?: number, max?: number}} range */
  function rangeTest(model, id, { min = -Infinity, max = Infinity }) {
    const column = model.column(id);
    if (!column || !column.numeric) return null;
    const { numbers } = column;
    return (row) => numbers[row] >= min && numbers[row] <= max;
  }

  /** Every word stands somewhere in the row. @param {any} model @param {string} search */
  function searchTests(model, search) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return words.map((word) => {
      const hits = new Uint8Array(model.size);
      for (const column of model.columns) {
        const { found, at } = column.once('texts', () => texts(column));
        const hit = Uint8Array.from(found, (text) => Number(text.includes(word)));
        for (let row = 0; row < at.length; row += 1) hits[row] |= hit[at[row]];
      }
      return (row) => hits[row] === 1;
    });
  }

  /** Return distinct lower-case texts of a column and each row's place. @param {any} column */
  function texts(column) {
    const places = new Map();
    const found = [];
    const at = new Int32Array(column.rows);
    for (let row = 0; row < column.rows; row += 1) {
      const raw = column.read('raw', row);
      const text = column.text(row);
      const whole = typeof raw === 'string' && raw !== text ? `${text} ${raw}` : text;
      let place = places.get(whole);
      if (place === undefined) {
        place = found.length;
        places.set(whole, place);
        found.push(whole.toLowerCase());
      }
      at[row] = place;
    }
    return { found, at };
  }

  /**
   * Return the rows that answer a query, in its order.
   * @param {any} model
   * @param {Query} query
   * @returns {number[]}
   */
  function answer(model, query) {
    const tests = [
      ...[...query.facets].map(([id, wanted]) => facetTest(model, id, wanted)),
      ...[...query.ranges].map(([id, range]) => rangeTest(model, id, range)),
      ...searchTests(model, query.search),
    ].filter(Boolean);
    const rows = [];
    for (let row = 0; row < model.size; row += 1) {
      if (tests.every((test) => test(row))) rows.push(row);
    }
    return sorted(model, rows, query.sort);
  }

  /** Sort stably; what is missing goes last, whichever way. */
  function sorted(model, rows, sort) {
    const column = sort && model.column(sort.column);
    if (!column) return rows;
    const { order } = column;
    const known = rows.filter((row) => !Number.isNaN(order[row]));
    const missing = rows.filter((row) => Number.isNaN(order[row]));
    const sign = sort.descending ? -1 : 1;
    known.sort((a, b) => sign * (order[a] - order[b]) || a - b);
    return known.concat(missing);
  }

  benchfolio.query = { STATE, answer, copy, facets, filters, nothing };
})();
