/**
 * What Compare and Chooser share: loading figures, comparing and ranking them, writing numbers.
 *
 * The rules are those of `generator/explore`, which the tables of these pages without a script come
 * from; a test compares both on every pair of the published results. Names come from result files:
 * they are only ever put into text and attributes.
 */
(function () {
  'use strict';

  const { element } = benchfolio;
  const FOLDER = 'benchfolio-explore/';
  const PLACE_FIELDS = ['platform', 'release', 'runtime', 'runtime_version', 'device', 'dataset',
    'form', 'batch', 'shape', 'load', 'task', 'origin'];
  const CELL_FIELDS = ['model', 'scenario', 'precision', 'recipe'];
  const FIELDS = [...CELL_FIELDS, ...PLACE_FIELDS].filter((name) => name !== 'task');
  const FACETS = ['release', 'platform', 'runtime', 'precision', 'recipe'];
  const FOLLOWS = {
    release: ['runtime_version'],
    platform: ['runtime_version'],
    runtime: ['runtime_version', 'device'],
    precision: ['recipe'],
    recipe: [],
  };
  const CONDITIONS = ['dataset', 'form', 'runtime_version', 'device', 'batch', 'shape', 'load',
    'release'];
  const BETTER = 'better';
  const WORSE = 'worse';
  const SAME = 'same within noise';
  const NOT = 'not comparable';
  const UNJUDGED = 'not judged';
  const ALONE = 'on one side only';
  const WORDS = [WORSE, BETTER, SAME, UNJUDGED, NOT, ALONE];
  const UNKNOWN = 'neither an interval nor a noise floor is known';

  // Columns of the rows of data files, as in `generator/explore/types.py`.
  const [MODEL, , PRECISION, RECIPE, PLACE, STATE, REASON, CALM, DATA, , NEWEST, ANCHOR] =
    Array(12).keys();

  // Estimates -------------------------------------------------------------------------------

  /** one − other, with its square-and-add interval where both have one. */
  function difference([c, c1, c2], [b, b1, b2]) {
    if (c1 === null || c2 === null || b1 === null || b2 === null) return between(c - b);
    return between(c - b, c - b - Math.hypot(c - c1, b2 - b), c - b + Math.hypot(c2 - c, b - b1));
  }

  function between(value, low = null, high = null, n = 0) {
    return { value, low, high, n };
  }

  function logs([value, low, high]) {
    if (low === null || high === null || low <= 0) return [Math.log(value), null, null];
    return [Math.log(value), Math.log(low), Math.log(high)];
  }

  /** one / other, both above 0. */
  function ratio(one, other) {
    const found = difference(logs(one), logs(other));
    const end = (value) => (value === null ? null : Math.exp(value));
    return between(Math.exp(found.value), end(found.low), end(found.high));
  }

  function turned(found, turn) {
    if (found.low === null || found.high === null) {
      return between(turn(found.value), null, null, found.n);
    }
    return between(turn(found.value), turn(found.high), turn(found.low), found.n);
  }

  /** Whether a gain is one. */
  function isBeyond(gain, floor) {
    if (gain.low !== null && gain.high !== null && gain.low <= 1 && 1 <= gain.high) return false;
    return Math.abs(Math.log(gain.value)) > Math.log1p(floor || 0);
  }

  // Figures ------------------------------------------------------------------------------------

  /** All figures, or those of some models. */
  class Figures {
    /** @param {any} head @param {any} part */
    constructor(head, part) {
      this.head = head;
      this.part = part;
      this.metrics = new Map(head.metrics.map((metric, number) => [metric.id, number]));
      this.ids = {};
      for (const [name, known] of Object.entries(head.names)) {
        this.ids[name] = new Map(known.map(([id], number) => [id, number]));
      }
      this.values = new Map(part.values.map((row) => [this.key(row[1], row[0]), row]));
      this.together = new Map([...part.gains, ...part.drops]
        .map((row) => [`${row[0]} ${row[1]} ${row[2]}`, row]));
      this.byModel = new Map();
      for (const cell of part.cells) {
        if (!this.byModel.has(cell[MODEL])) this.byModel.set(cell[MODEL], []);
        this.byModel.get(cell[MODEL]).push(cell);
      }
      this.cellsOf = new Map();
      part.cells.forEach((cell, at) => {
        for (const name of FACETS) {
          const side = `${name} ${this.field(cell, name)}`;
          if (!this.cellsOf.has(side)) this.cellsOf.set(side, []);
          this.cellsOf.get(side).push(at);
        }
      });
      this.modelsOf = new Map();
      for (const [at, metric] of part.values) {
        if (!this.modelsOf.has(metric)) this.modelsOf.set(metric, new Set());
        this.modelsOf.get(metric).add(part.cells[at][MODEL]);
      }
    }

    key(metric, cell) {
      return cell * this.head.metrics.length + metric;
    }

    value(metric, cell) {
      return this.values.get(this.key(metric, cell));
    }

    field(cell, name) {
      const own = CELL_FIELDS.indexOf(name);
      return own >= 0 ? cell[own] : this.head.places[cell[PLACE]][PLACE_FIELDS.indexOf(name)];
    }

    number(name, id) {
      const found = this.ids[name] && this.ids[name].get(id);
      return found === undefined ? -1 : found;
    }

    label(name, id) {
      const number = this.number(name, id);
      return number < 0 ? id : this.head.names[name][number][1];
    }

    /** Label of a cell's name. */
    named(cell, name) {
      return this.head.names[name][this.field(cell, name)][1];
    }

    /** Where the measurement stands on the page of its model. */
    place(cell) {
      const page = this.head.pages.model[cell[MODEL]];
      return page ? `${root()}${page}#${cell[ANCHOR]}` : '';
    }

    floor(one, other) {
      const known = [one, other].map((at) => this.head.floors[this.part.cells[at][PLACE]])
        .filter((floor) => floor !== null);
      return known.length ? Math.max(...known) : null;
    }

    /** What the other gains over the one, or loses, and whether this is paired. */
    between(number, one, other) {
      const metric = this.head.metrics[number];
      const pair = this.together.get(`${number} ${Math.min(one, other)} ${Math.max(one, other)}`);
      if (pair) {
        const found = between(pair[3], pair[4], pair[5], pair[6]);
        if (one < other) return [found, true];
        return [turned(found, metric.ratio ? (end) => 1 / end : (end) => 0 - end), true];
      }
      const sides = [one, other].map((at) => this.value(number, at).slice(2, 5));
      if (metric.higher === metric.ratio) sides.reverse();
      return [metric.ratio ? ratio(sides[0], sides[1]) : difference(sides[0], sides[1]), false];
    }
  }

  // Comparing ----------------------------------------------------------------------------------

  /** Answers one question; see `generator/explore/comparing.py`. */
  class Comparing {
    /** @param {Figures} figures @param {any} question */
    constructor(figures, question) {
      this.figures = figures;
      this.question = { where: {}, ...question };
      this.metric = figures.metrics.has(question.metric) ? figures.metrics.get(question.metric) : -1;
      const free = [question.facet, ...FOLLOWS[question.facet]];
      this.held = FIELDS.filter((name) => !free.includes(name));
    }

    answer() {
      const pairs = [...this.pairs()];
      const same = pairs.filter((pair) => pair.found);
      const counts = Object.fromEntries(WORDS.map((word) => [word, 0]));
      for (const pair of pairs) counts[pair.word] += 1;
      return { pairs, counts, means: this.means(same), ...this.told(same) };
    }

    * pairs() {
      const sides = [this.question.a, this.question.b].map((id) => this.side(id));
      const place = (key) => (sides[0].has(key) ? [0, sides[0].get(key)[0]]
        : [1, sides[1].get(key)[0]]);
      const keys = [...new Set([...sides[0].keys(), ...sides[1].keys()])]
        .sort((x, y) => place(x)[0] - place(y)[0] || place(x)[1] - place(y)[1]);
      for (const key of keys) {
        const [ones, others] = sides.map((side) => side.get(key) || []);
        if (ones.length && others.length) yield* this.matched(ones, others);
        else yield* this.alone(ones, others);
      }
    }

    side(id) {
      const { figures, question } = this;
      const { part, head } = figures;
      const found = new Map();
      if (this.metric < 0) return found;
      const { scenarios } = head.metrics[this.metric];
      const models = figures.modelsOf.get(this.metric) || new Set();
      const where = Object.entries({ ...question.where, [question.facet]: id })
        .map(([name, value]) => [name, figures.number(name, value)]);
      const all = question.facet === 'release' || 'release' in question.where;
      const facet = `${question.facet} ${figures.number(question.facet, id)}`;
      for (const at of figures.cellsOf.get(facet) || []) {
        const cell = part.cells[at];
        if (!scenarios.includes(cell[1]) || !models.has(cell[MODEL])) continue;
        if (!(all || cell[NEWEST])) continue;
        if (!where.every(([name, number]) => figures.field(cell, name) === number)) continue;
        const key = this.held.map((name) => figures.field(cell, name)).join(' ');
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(at);
      }
      return found;
    }

    * matched(ones, others) {
      if (this.question.facet === 'precision') {
        [ones, others] = [this.plain(ones), this.plain(others)];
      } else if (ones.length > 1 || others.length > 1) {
        yield refused(ones[0], others[0], NOT, 'several measurements match: choose more precisely');
        return;
      }
      for (const one of ones) for (const other of others) yield this.pair(one, other);
    }

    plain(cells) {
      const { head, part } = this.figures;
      const plain = cells.filter((at) => head.originals[part.cells[at][RECIPE]]);
      return plain.length ? plain : cells;
    }

    * alone(ones, others) {
      const { question, figures } = this;
      const side = ones.length ? question.b : question.a;
      const label = figures.label(question.facet, side);
      for (const at of ones.length ? ones : others) {
        const near = this.near(side, at);
        const told = near ? `${label} has it only with ${near}` : `not measured for ${label}`;
        yield ones.length ? refused(at, -1, near ? NOT : ALONE, told)
          : refused(-1, at, near ? NOT : ALONE, told);
      }
    }

    near(side, at) {
      const { question, figures } = this;
      const mine = figures.part.cells[at];
      const conditions = question.facet === 'runtime' ? [...CONDITIONS, 'recipe'] : CONDITIONS;
      const identity = this.held.filter((name) => !conditions.includes(name));
      const wanted = figures.number(question.facet, side);
      let found = null;
      for (const cell of figures.byModel.get(mine[MODEL]) || []) {
        if (figures.field(cell, question.facet) !== wanted) continue;
        if (!identity.every((name) => figures.field(cell, name) === figures.field(mine, name))) {
          continue;
        }
        const differences = this.differences(mine, cell);
        if (differences.length && (!found || differences.length < found.length)) {
          found = differences;
        }
      }
      return found ? found.join('; ') : '';
    }

    differences(mine, cell) {
      const { figures } = this;
      return this.held.filter((name) => figures.field(cell, name) !== figures.field(mine, name))
        .map((name) => `${name.replace('_', ' ')} ${figures.named(cell, name) || 'none'} ` +
          `instead of ${figures.named(mine, name) || 'none'}`);
    }

    pair(one, other) {
      const { figures } = this;
      const metric = figures.head.metrics[this.metric];
      const reason = this.refusal(metric, one, other);
      if (reason) return refused(one, other, NOT, reason);
      const [found, paired] = figures.between(this.metric, one, other);
      const floor = metric.timed ? figures.floor(one, other) : null;
      const word = metric.ratio ? gainWord(metric, found, floor) : lossWord(found);
      return { one, other, word, reason: word === UNJUDGED ? UNKNOWN : '', found, paired, floor };
    }

    refusal(metric, one, other) {
      const cells = [one, other].map((at) => this.figures.part.cells[at]);
      const values = [one, other].map((at) => this.figures.value(this.metric, at));
      for (const side of [0, 1]) {
        const reason = this.unfit(metric, cells[side], values[side]);
        if (reason) return `${'AB'[side]}: ${reason}`;
      }
      return this.unlike(metric, values, cells);
    }

    unfit(metric, cell, value) {
      const { texts } = this.figures.head;
      const [state, reason, calm] = [STATE, REASON, CALM].map((column) => texts[cell[column]]);
      if (state !== 'ok') return reason ? `${state}, ${reason}` : state;
      if (!value) return 'measured without this metric';
      if (value[8]) return 'the published row stands shifted against its header';
      return metric.timed ? calm : '';
    }

    unlike(metric, [a, b], cells) {
      if (a[6] !== b[6]) return 'the two are in different units';
      if (a[7] !== b[7]) return 'the two were computed by different definitions';
      const { texts } = this.figures.head;
      const data = cells.map((cell) => texts[cell[DATA]]);
      if (!metric.ratio && data[0] && data[1] && data[0] !== data[1]) {
        return 'the data set is no longer the same';
      }
      if (!metric.ratio && a[5] >= 0 && b[5] >= 0 && a[5] !== b[5]) {
        return 'the two were measured on different numbers of samples';
      }
      return metric.ratio && !(a[2] > 0 && b[2] > 0) ? 'a ratio needs two positive values' : '';
    }

    /** Of what was measured and of what was published apart. */
    means(same) {
      const { figures } = this;
      if (this.metric < 0 || !figures.head.metrics[this.metric].ratio) return [];
      const by = new Map();
      for (const pair of same) {
        const origin = figures.field(figures.part.cells[pair.one], 'origin');
        if (!by.has(origin)) by.set(origin, []);
        by.get(origin).push(pair);
      }
      return [...by].sort((x, y) => x[0] - y[0]).map(([origin, pairs]) => mean(origin, pairs));
    }

    told(same) {
      const held = [];
      const differ = [];
      for (const name of FIELDS) {
        const sides = new Map(same.map((pair) => {
          const both = [pair.one, pair.other]
            .map((at) => this.figures.field(this.figures.part.cells[at], name));
          return [both.join(' '), both];
        }));
        const all = [...sides.values()].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
        const apart = all.filter(([a, b]) => a !== b);
        if (apart.length) differ.push([name, apart]);
        else if (all.length) held.push([name, all.map(([a]) => a)]);
      }
      return { held, differ };
    }
  }

  function mean(origin, pairs) {
    const sum = pairs.reduce((total, pair) => total + Math.log(pair.found.value), 0);
    const value = Math.exp(sum / pairs.length);
    const largest = pairs.reduce((most, { floor }) =>
      (floor === null || (most !== null && most >= floor) ? most : floor), null);
    const near = largest !== null && Math.abs(Math.log(value)) <= Math.log1p(largest);
    const noise = near || pairs.every((pair) => pair.word === SAME);
    return { origin, value, of: pairs.length, noise };
  }

  function refused(one, other, word, reason) {
    return { one, other, word, reason, found: null, paired: false, floor: null };
  }

  function gainWord(metric, gain, floor) {
    if (gain.value === 1) return SAME;
    if (!metric.exact) {
      if (gain.low === null && floor === null) return UNJUDGED;
      if (!isBeyond(gain, floor)) return SAME;
    }
    return gain.value > 1 ? BETTER : WORSE;
  }

  function lossWord(loss) {
    if (loss.value === 0) return SAME;
    if (loss.low === null || loss.high === null) return UNJUDGED;
    if (loss.low <= 0 && 0 <= loss.high) return SAME;
    return loss.value > 0 ? WORSE : BETTER;
  }

  // Ranking ------------------------------------------------------------------------------------

  /** Answers one wish; see `generator/explore/ranking.py`. */
  class Ranking {
    /** @param {Figures} figures @param {any} wish */
    constructor(figures, wish) {
      this.figures = figures;
      this.wish = { where: {}, by: 'speed', accepted: null, ...wish };
      this.metric = figures.metrics.get(wish.metric);
    }

    rank() {
      const { choices } = this.figures.part;
      const judged = [...choices.keys()].filter((at) => this.isMeant(choices[at]))
        .map((at) => [at, this.unaccepted(choices[at]) || this.unranked(choices[at])]);
      const good = judged.filter(([, reason]) => !reason).map(([at]) => at);
      return [...this.ranked(good), ...judged.filter(([, reason]) => reason)
        .map(([choice, reason]) => ({ choice, rank: 0, speed: -1, reason }))];
    }

    isMeant([cell]) {
      const { figures, wish } = this;
      return Object.entries(wish.where).every(([name, id]) =>
        figures.head.names[name][figures.field(figures.part.cells[cell], name)][0] === id);
    }

    unaccepted([, baseline, loss, limit, why]) {
      const { texts } = this.figures.head;
      if (baseline) return '';
      if (why || !loss) return `not judged: ${texts[why] || 'its loss is not known'}`;
      let most = this.wish.accepted;
      if (most === null) {
        if (!limit || limit[0] !== loss[1]) return 'not judged: no acceptance limit is stated';
        [, most] = limit;
      }
      return loss[2] > most ? 'over' : '';
    }

    unranked(choice) {
      const { head, part } = this.figures;
      const speed = this.speed(choice);
      if (!speed) {
        const metric = head.metrics[this.metric];
        return head.texts[choice[5]] || `${metric ? metric.label : this.wish.metric} was not measured`;
      }
      if (!speed[6]) return head.texts[part.cells[speed[0]][CALM]] || 'unusable';
      return this.wish.by === 'gain' && speed[2] === null ? 'its gain is not known' : '';
    }

    speed(choice) {
      return choice[6].find((speed) => speed[1] === this.metric) || null;
    }

    ranked(good) {
      const { choices } = this.figures.part;
      const speeds = new Map(good.map((at) => [at, this.speed(choices[at])]));
      const order = [...good].sort((x, y) =>
        this.score(speeds.get(y)) - this.score(speeds.get(x)) || x - y);
      let leader = -1;
      let rank = 0;
      return order.map((at, place) => {
        if (leader < 0 || this.isApart(speeds.get(leader), speeds.get(at))) {
          [leader, rank] = [at, place + 1];
        }
        return { choice: at, rank, speed: speeds.get(at)[0], reason: '' };
      });
    }

    score(speed) {
      if (this.wish.by === 'gain') return Math.log(speed[2] || 1e-300);
      const value = this.figures.value(speed[1], speed[0])[2];
      const sign = this.figures.head.metrics[speed[1]].higher ? 1 : -1;
      return value > 0 ? sign * Math.log(value) : -Infinity;
    }

    isApart(first, one) {
      const floor = this.figures.floor(first[0], one[0]);
      if (this.wish.by === 'gain') {
        const side = (speed) => [speed[2] || 1e-300, speed[3], speed[4]];
        return isBeyond(ratio(side(first), side(one)), floor);
      }
      const value = (speed) => this.figures.value(speed[1], speed[0])[2];
      if (Math.min(value(first), value(one)) <= 0) return true;
      return isBeyond(this.figures.between(first[1], one[0], first[0])[0], floor);
    }
  }

  // Loading --------------------------------------------------------------------------------------

  /** Root of the site: the folder of scripts stands in it. */
  function root() {
    return benchfolio.folder.replace(/[^/]*\/$/, '');
  }

  function head() {
    return benchfolio.find('explore', `${benchfolio.folder}${FOLDER}head.js`);
  }

  const opened = new Map();

  /**
   * Load the figures of some models, or of all.
   * @param {any} known The head.
   * @param {Set<number> | null} models
   * @returns {Promise<Figures>}
   */
  async function figures(known, models) {
    const wanted = [...known.parts.keys()].filter((number) => models === null ||
      known.parts[number].some((model) => models.has(model)));
    const key = wanted.join(' ');
    if (!opened.has(key)) {
      const parts = await Promise.all(wanted.map((number) => benchfolio.find(`explore-${number}`,
        `${benchfolio.folder}${FOLDER}part-${number}.js`)));
      opened.set(key, new Figures(known, parts.length === 1 ? parts[0] : joined(parts)));
    }
    return opened.get(key);
  }

  /** Parts as one: cells are numbered through. */
  function joined(parts) {
    const whole = { cells: [], values: [], gains: [], drops: [], choices: [] };
    for (const part of parts) {
      const first = whole.cells.length;
      const moved = (row) => row && [row[0] + first, ...row.slice(1)];
      const pair = (row) => [row[0], row[1] + first, row[2] + first, ...row.slice(3)];
      for (const cell of part.cells) whole.cells.push(cell);
      for (const row of part.values) whole.values.push(moved(row));
      for (const row of part.gains) whole.gains.push(pair(row));
      for (const row of part.drops) whole.drops.push(pair(row));
      for (const row of part.choices) {
        const [cell, baseline, loss, limit, why, slow, speeds] = row;
        whole.choices.push([cell + first, baseline, moved(loss), limit, why, slow,
          speeds.map(moved)]);
      }
    }
    return whole;
  }

  // Writing ----------------------------------------------------------------------------------------

  const MINUS = '\u2212';
  const THIN = '\u202f';

  /** A number as in the tables: true minus, thin spaces from 10 000 on. */
  function number(value, places, signed = false) {
    const digits = Math.abs(value).toFixed(places);
    let [whole, fraction] = digits.split('.');
    if (whole.length > 4) whole = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
    const text = fraction === undefined ? whole : `${whole}.${fraction}`;
    if (!/[1-9]/.test(digits)) return text;
    return (value < 0 ? MINUS : signed ? '+' : '') + text;
  }

  function withUnit(text, unit) {
    if (unit === '' || unit === '1') return text;
    return unit === '×' ? `${text}×` : `${text}${THIN}${unit}`;
  }

  /** Digits that an uncertainty supports: one or two of it. */
  function supported(half) {
    const exponent = Math.floor(Math.log10(half));
    const leading = Math.round((half / 10 ** exponent) * 100);
    if (leading >= 950) return -exponent;
    return leading < 355 ? 1 - exponent : -exponent;
  }

  function twoDigits(value) {
    return value > 0 ? 1 - Math.floor(Math.log10(value)) : 0;
  }

  /** Decimals of a column of [value, low, high]; see `formatting.decimals`. */
  function decimals(samples, most) {
    const halves = samples.filter(([, low, high]) => low !== null && high !== null && high > low)
      .map(([value, low, high]) => [Math.abs(value), supported((high - low) / 2)]);
    if (halves.length) {
      const counts = halves.map(([, count]) => count).sort((x, y) => x - y);
      const needed = halves.map(([value, count]) => Math.min(count, twoDigits(value)));
      const typical = counts[Math.floor((counts.length - 1) / 2)];
      return Math.max(0, Math.min(6, Math.max(typical, ...needed)));
    }
    const values = samples.map(([value]) => Math.abs(value)).filter((value) => value > 0)
      .sort((x, y) => x - y);
    if (!values.length) return most;
    const median = values[Math.floor(values.length / 2)];
    return Math.max(0, Math.min(most, 2 - Math.floor(Math.log10(median))));
  }

  /** How many decimals show that a number is not 0; at most 6. */
  function firstDigit(value) {
    return value === 0 ? 0 : Math.min(6, Math.max(0, -Math.floor(Math.log10(Math.abs(value)))));
  }

  /** A value with its interval below it. */
  function figure([value, low, high], places, { signed = false, words = '', unit = '' } = {}) {
    const text = withUnit(number(value, places, signed), unit);
    const span = low === null || high === null ? ''
      : `${number(low, places, signed)} to ${number(high, places, signed)}`;
    const part = (told) => element('span', { class: 'bf-part' }, told);
    const detail = words && span ? [part(`${text};`), ' ', part(span)] : [words ? text : span];
    return [element('span', { class: 'bf-value' }, words || text),
      (words || span) && element('span', { class: 'bf-detail' }, ...detail)];
  }

  // Forms --------------------------------------------------------------------------------------------

  let count = 0;

  /** A control with its label. */
  function labelled(label, control, hint = '') {
    count += 1;
    control.id = `bf-explore-${count}`;
    return element('div', { class: 'bf-field' },
      element('label', { for: control.id }, label), control,
      hint && element('span', { class: 'bf-hint' }, hint));
  }

  /** Fill a list; keep what was chosen where it is still there. */
  function fill(select, options, chosen) {
    const keep = chosen === undefined ? select.value : chosen;
    select.replaceChildren(...options.map((option) => (option.options
      ? element('optgroup', { label: option.label },
        ...option.options.map(([id, label]) => element('option', { value: id }, label)))
      : element('option', { value: option[0] }, option[1]))));
    if ([...select.options].some((option) => option.value === keep)) select.value = keep;
    else if (select.options.length) select.selectedIndex = 0;
  }

  /** What stands behind `#`, as text by name; null where it is about something else. */
  function readAddress() {
    const text = location.hash.slice(1);
    if (!text.includes('=') || /^t=/.test(text)) return null;
    return new Map(new URLSearchParams(text));
  }

  /** Put what was chosen into the address; typing is one step. */
  function writeAddress(pairs, replace) {
    const text = new URLSearchParams(pairs).toString().replace(/%40/g, '@').replace(/%3A/g, ':');
    if (`#${text}` === location.hash) return;
    const target = `${location.pathname}${location.search}#${text}`;
    history[replace ? 'replaceState' : 'pushState'](history.state, '', target);
  }

  /** A header cell; what `column` adds is what the models of tables know of a column. */
  function head_(label, { numeric = false, unit = '', note = '', first = false, short = false,
    column = {} } = {}) {
    const known = { id: label.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-'), label, unit, numeric,
      ...column };
    return element('th', { scope: 'col', 'data-column': JSON.stringify(known),
      class: `${numeric ? 'bf-num' : 'bf-text'}${first ? ' bf-first' : ''}${
        short ? ' bf-short' : ''}` },
    element('span', { class: 'bf-label' }, label),
    unit && element('span', { class: 'bf-unit' }, unit),
    note && element('span', { class: 'bf-better' }, note));
  }

  /**
   * A table as those that come with the page: it sorts, and can be taken along.
   * @param {string} name What its files are called.
   * @param {number} [step] How many rows are shown at first, and more with each press of a button.
   */
  function table(name, caption, heads, rows, step = 0) {
    count += 1;
    const id = `bf-explore-${count}`;
    const block = element('div', { class: 'bf-block', id: `${id}-table`, 'data-table': name,
      'data-step': step > 0 ? step : false },
      element('div', { class: 'bf-scroll', tabindex: '0', role: 'region', 'aria-labelledby': id },
        element('table', { class: 'bf-table' },
          element('caption', { id }, element('span', { class: 'bf-caption' }, caption)),
          element('thead', {}, element('tr', {}, ...heads)),
          element('tbody', {}, ...rows))),
      rows.length > 0 && element('div', { class: 'bf-bar bf-bar-small' }));
    if (rows.length) benchfolio.tables.adopt(block);
    return block;
  }

  /** A cell of figures: what is shown, and the numbers behind it. */
  function figureCell(sample, shown, worded = false) {
    const [value = null, low = null, high = null] = sample || [];
    const parts = typeof shown === 'string' ? [element('span', { class: 'bf-value' }, shown)]
      : shown;
    return element('td', { class: 'bf-num', 'data-worded': worded,
      'data-raw': value === null ? false : value,
      'data-low': low === null || high === null ? false : low,
      'data-high': low === null || high === null ? false : high }, ...parts);
  }

  /** A state with its reason beside it. */
  function stated(word, reason) {
    return [element('span', { class: 'bf-state' }, word),
      reason && element('span', { class: 'bf-detail bf-why' }, reason)];
  }

  /** Choose an option by its value; the first where there is none of it. */
  function choose(select, value) {
    const found = [...select.options].findIndex((option) => option.value === value);
    if (select.options.length) select.selectedIndex = Math.max(0, found);
  }

  /** Bring a section of the page to life; what stands in it is all that there is where that fails. */
  function open(selector, Kind) {
    benchfolio.ready(async () => {
      const section = document.querySelector(selector);
      if (!section) return;
      const note = section.querySelector('p');
      try {
        const kind = new Kind(section, await benchfolio.explore.head());
        await kind.open();
        if (note) note.remove();
        section.classList.add('bf-ready');
      } catch (error) {
        console.error(error);
        for (const one of section.querySelectorAll('.bf-ask, .bf-status, .bf-answer')) one.remove();
      }
    });
  }

  benchfolio.explore = {
    FACETS, FIELDS, WORDS, BETTER, WORSE, SAME, UNJUDGED, NOT, ALONE, MODEL, PRECISION, RECIPE,
    Figures, compare: (figures_, question) => new Comparing(figures_, question).answer(),
    rank: (figures_, wish) => new Ranking(figures_, wish).rank(),
    head, figures, joined, root,
    number, withUnit, decimals, firstDigit, figure, labelled, fill, readAddress, writeAddress,
    headCell: head_, table, figureCell, stated, choose, open,
  };
})();
