/**
 * Two releases, platforms, runtimes, precisions or recipes side by side, cell by cell.
 *
 * What is asked for stands in the address: `#facet=release&a=2026.1&b=2026.2&metric=throughput`.
 */
(function () {
  'use strict';

  const { element, explore } = benchfolio;
  const { headCell, number, withUnit } = explore;
  const { ALONE, BETTER, NOT, SAME, UNJUDGED, WORSE } = explore;
  const FILTERS = ['model', 'task', 'platform', 'release', 'runtime', 'precision', 'recipe',
    'origin'];
  const FIRST = ['throughput', 'latency@median'];
  const STEP = 200;
  /** Nobody reads as many lines, and a browser is slow to make more. */
  const MOST = 2000;
  const LABELS = {
    model: 'Model', task: 'Task', platform: 'Platform', release: 'Release', runtime: 'Runtime',
    precision: 'Precision', recipe: 'Recipe', scenario: 'Scenario', device: 'Device',
    dataset: 'Data set', form: 'Form', batch: 'Batch', shape: 'Shape', load: 'Load',
    origin: 'Origin', runtime_version: 'Runtime version',
  };
  const SHOWN = [['all', 'all pairs'], ['worse', 'only worse'], ['better', 'only better']];

  class Compare {
    /** @param {HTMLElement} section @param {any} head */
    constructor(section, head) {
      this.head = head;
      this.section = section;
      this.facet = element('select');
      this.a = element('select');
      this.b = element('select');
      this.metric = element('select');
      this.only = element('select');
      this.filters = new Map(FILTERS.map((name) => [name, element('select')]));
      this.answer = element('div', { class: 'bf-answer' });
      this.status = element('p', { class: 'bf-status', role: 'status', 'aria-live': 'polite' });
      this.build();
    }

    async open() {
      this.fill();
      await this.restore();
      addEventListener('hashchange', () => this.restore());
      addEventListener('popstate', () => this.restore());
    }

    build() {
      const swap = element('button', { type: 'button', class: 'bf-swap',
        onclick: () => this.swap() }, 'Swap A and B');
      this.fields = new Map([...this.filters].map(([name, select]) =>
        [name, explore.labelled(LABELS[name], select)]));
      this.folded = element('details', { class: 'bf-only' },
        element('summary', {}, 'Only …'),
        element('div', { class: 'bf-fields' }, ...this.fields.values()));
      const form = element('form', { class: 'bf-ask' },
        explore.labelled('Compare', this.facet),
        explore.labelled('A', this.a), explore.labelled('B', this.b),
        explore.labelled('Metric', this.metric), explore.labelled('Show', this.only), swap,
        this.folded);
      form.addEventListener('submit', (event) => event.preventDefault());
      form.addEventListener('change', (event) => this.changed(event.target));
      this.section.append(form, this.status, this.answer);
    }

    fill() {
      const { head } = this;
      const facets = explore.FACETS.filter((name) => this.names(name).length > 1);
      explore.fill(this.facet, facets.map((name) => [name, LABELS[name].toLowerCase() + 's']));
      const known = head.metrics.map((metric) => [metric.id, metric.label]);
      const rank = ([id]) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
      explore.fill(this.metric, known.sort((x, y) => rank(x) - rank(y)));
      explore.fill(this.only, SHOWN);
      for (const [name, select] of this.filters) {
        const first = name === 'release' ? 'newest of each platform' : 'any';
        explore.fill(select, [['', first], ...this.names(name)]);
        this.fields.get(name).hidden = this.names(name).length < 2;
      }
    }

    /** Names of a field that cells have, told apart where two read the same. */
    names(field) {
      const found = this.head.names[field].filter(([id]) => id)
        .sort((x, y) => x[1].localeCompare(y[1], 'en', { numeric: true }));
      const twice = (label) => found.filter((one) => one[1] === label).length > 1;
      return found.map(([id, label]) => [id, twice(label) ? `${label} (${id})` : label]);
    }

    fillSides() {
      const options = this.names(this.facet.value);
      explore.fill(this.a, options);
      explore.fill(this.b, options);
    }

    // The address ------------------------------------------------------------------------------

    /** Load the figures of what is asked for; false where something else was asked meanwhile. */
    async load() {
      const { head } = this;
      const [model, task] = ['model', 'task'].map((name) => this.filters.get(name).value);
      const fits = (at) => (!model || head.names.model[at][0] === model) &&
        (!task || head.names.task[head.tasks[at]][0] === task);
      const wanted = model || task ? new Set([...head.tasks.keys()].filter(fits)) : null;
      const asked = this.asked;
      const figures = await explore.figures(head, wanted);
      if (asked !== this.asked) return false;
      this.figures = figures;
      return true;
    }

    async restore() {
      const asked = explore.readAddress();
      if (asked === null && this.shown) return;
      const wanted = asked || new Map();
      for (const [name, select] of this.filters) explore.choose(select, wanted.get(name) || '');
      this.folded.open = [...this.filters.values()].some((select) => select.value !== '');
      explore.choose(this.only, wanted.get('show'));
      this.asked = {};
      if (!await this.load()) return;
      if (has(this.facet, wanted.get('facet'))) this.take(wanted);
      else this.begin();
      this.show();
    }

    /** Take sides and metric from an address; seek what it does not say. */
    take(wanted) {
      explore.choose(this.facet, wanted.get('facet'));
      this.fillSides();
      explore.choose(this.metric, wanted.get('metric'));
      const [a, b] = [wanted.get('a'), wanted.get('b')];
      if (!has(this.a, a) || !has(this.b, b)) {
        this.seek(a, b);
        return;
      }
      explore.choose(this.a, a);
      explore.choose(this.b, b);
      if (!wanted.has('metric')) this.seekMetric();
    }

    /** Begin with the first facet of which two sides can be compared, measured ones if any. */
    begin() {
      for (const own of [true, false]) {
        for (const option of this.facet.options) {
          this.facet.value = option.value;
          this.fillSides();
          if (this.seek(undefined, undefined, own)) return;
        }
      }
      this.facet.selectedIndex = 0;
    }

    /** Choose two sides that can be compared, the last ones first; the metric with them. */
    seek(a, b, own = false) {
      const ids = [...this.a.options].map((option) => option.value).reverse();
      for (const other of b && ids.includes(b) ? [b] : ids) {
        for (const one of a && ids.includes(a) ? [a] : ids) {
          if (one === other) continue;
          explore.choose(this.a, one);
          explore.choose(this.b, other);
          if (this.seekMetric(own)) return true;
        }
      }
      explore.choose(this.b, b && ids.includes(b) ? b : ids[0]);
      explore.choose(this.a, a && ids.includes(a) ? a : ids.find((id) => id !== this.b.value));
      return false;
    }

    /** Choose the first metric in which something can be compared. */
    seekMetric(own = false) {
      const before = this.metric.selectedIndex;
      for (const option of this.metric.options) {
        this.metric.value = option.value;
        if (this.compare().pairs.some((pair) => pair.found && (!own || this.isOwn(pair)))) {
          return true;
        }
      }
      this.metric.selectedIndex = before;
      return false;
    }

    /** Whether a pair is of what was measured, not read off a publication. */
    isOwn(pair) {
      const cell = this.figures.part.cells[pair.one];
      return this.head.names.origin[this.figures.field(cell, 'origin')][0] !== 'transcribed';
    }

    remember() {
      const pairs = [['facet', this.facet.value], ['a', this.a.value], ['b', this.b.value],
        ['metric', this.metric.value], ...Object.entries(this.where())];
      if (this.only.value !== 'all') pairs.push(['show', this.only.value]);
      explore.writeAddress(pairs, false);
    }

    where() {
      return Object.fromEntries([...this.filters].map(([name, select]) => [name, select.value])
        .filter(([name, value]) => value !== '' && name !== this.facet.value));
    }

    async changed(control) {
      this.asked = {};
      if (!await this.load()) return;
      if (control === this.facet) {
        this.fillSides();
        this.seek();
      }
      this.remember();
      this.show();
    }

    swap() {
      const { value } = this.a;
      this.a.value = this.b.value;
      this.b.value = value;
      this.remember();
      this.show();
    }

    // The answer ---------------------------------------------------------------------------------

    compare() {
      return explore.compare(this.figures, { facet: this.facet.value, a: this.a.value,
        b: this.b.value, metric: this.metric.value, where: this.where() });
    }

    show() {
      this.shown = true;
      for (const [name] of this.filters) {
        this.fields.get(name).hidden = name === this.facet.value || this.names(name).length < 2;
      }
      const same = this.a.value === this.b.value;
      const found = same ? null : this.compare();
      this.status.textContent = same ? 'A and B are the same: choose two.' : this.told(found);
      this.answer.replaceChildren(...(same ? [] : this.parts(found)));
    }

    told(found) {
      const { counts } = found;
      const [a, b] = [this.a, this.b].map((select) => select.selectedOptions[0].textContent);
      const compared = found.pairs.filter((pair) => pair.found).length;
      if (!found.pairs.length) return `Nothing was measured of ${a} or ${b} that fits.`;
      if (!compared) {
        return `Nothing of ${b} is comparable with ${a}: ${this.reasons(found).join('; ')}.`;
      }
      const words = [WORSE, BETTER, SAME, UNJUDGED, NOT, ALONE].filter((word) => counts[word])
        .map((word) => `${counts[word]} ${word}`);
      return `${b} against ${a}: ${words.join(', ')}.${this.mean(found)}`;
    }

    /** Why nothing is compared, most frequent first. */
    reasons(found) {
      const counts = new Map();
      for (const pair of found.pairs) {
        counts.set(pair.reason, (counts.get(pair.reason) || 0) + 1);
      }
      return [...counts].sort((x, y) => y[1] - x[1]).slice(0, 3).map(([reason, count]) =>
        `${reason} (${count}×)`);
    }

    mean(found) {
      if (!found.means.length) return '';
      const told = found.means.map(({ origin, value, of, noise }) => {
        const name = found.means.length > 1 ? `${this.head.names.origin[origin][1]} ` : '';
        return `${name}${number(value, 2)}×${noise ? ' (no difference beyond noise)' : ''} over ` +
          `${of} ${of === 1 ? 'pair' : 'pairs'}`;
      });
      const left = found.pairs.filter((pair) => !pair.found).length;
      return ` Geometric mean of the gains: ${told.join(', ')}${left ? `; ${left} left out` : ''}.`;
    }

    parts(found) {
      const shown = found.pairs.filter((pair) => this.isShown(pair))
        .sort((x, y) => this.place(x) - this.place(y) || this.size(y) - this.size(x));
      const alone = this.only.value === 'all' ? found.pairs.filter((pair) => pair.word === ALONE)
        : [];
      return [
        this.facts(found),
        shown.length ? this.table(shown) : element('p', { class: 'bf-empty' },
          this.only.value === 'all' ? 'No pair to show.' : `No pair is ${this.only.value}.`),
        ...(alone.length ? [this.alone(alone)] : []),
        this.note(found),
      ];
    }

    isShown(pair) {
      if (this.only.value !== 'all') return pair.word === this.only.value;
      return pair.word !== ALONE;
    }

    place(pair) {
      return explore.WORDS.indexOf(pair.word);
    }

    /** How far a pair is from no difference. */
    size(pair) {
      if (!pair.found) return 0;
      return this.isRatio() ? Math.abs(Math.log(pair.found.value)) : Math.abs(pair.found.value);
    }

    isTimed() {
      return this.head.metrics[this.figures.metrics.get(this.metric.value)].timed;
    }

    isRatio() {
      return this.head.metrics[this.figures.metrics.get(this.metric.value)].ratio;
    }

    /** What differs first, then what is held equal. */
    facts(found) {
      const line = (label, text) => element('div', {}, element('dt', {}, label),
        element('dd', {}, text));
      const name = (field, at) => this.head.names[field][at][1] || 'not stated';
      const differ = found.differ.map(([field, sides]) => {
        const told = [...new Set(sides.map(([a, b]) => `${name(field, a)} | ${name(field, b)}`))];
        const more = told.length > 3 ? ` and ${told.length - 3} more` : '';
        return line(`${LABELS[field]} differs`, `${told.slice(0, 3).join('; ')}${more}`);
      });
      const one = found.held.filter(([field, values]) =>
        values.length === 1 && this.head.names[field][values[0]][0] !== '');
      const several = found.held.filter(([, values]) => values.length > 1);
      const equal = [...one.map(([field, [at]]) => `${LABELS[field]} ${name(field, at)}`),
        ...several.map(([field]) => LABELS[field].toLowerCase())];
      return element('dl', { class: 'bf-facts bf-differ' }, ...differ,
        equal.length > 0 && line('Held equal', equal.join(', ')));
    }

    /** Names that tell rows apart: as many of the first ones as differ, of the others as needed. */
    named(pairs) {
      const value = (pair, field) => [...new Set(this.sides(pair)
        .map((cell) => this.figures.field(cell, field)))].join(' ');
      const kinds = (fields) => new Set(pairs.map((pair) =>
        fields.map((field) => value(pair, field)).join(', '))).size;
      const found = ['form', 'platform', 'release', 'precision', 'recipe', 'runtime']
        .filter((field) => field !== this.facet.value && kinds([field]) > 1);
      for (const field of ['device', 'dataset', 'scenario', 'shape', 'load']) {
        const known = ['model', ...found];
        if (kinds([...known, field]) > kinds(known)) found.push(field);
      }
      return found;
    }

    sides(pair) {
      return [pair.one, pair.other].filter((at) => at >= 0)
        .map((at) => this.figures.part.cells[at]);
    }

    table(pairs) {
      const metric = this.head.metrics[this.figures.metrics.get(this.metric.value)];
      const fields = this.named(pairs);
      const style = this.style(pairs);
      const [a, b] = [this.a, this.b].map((select) => select.selectedOptions[0].textContent);
      const better = metric.higher ? 'higher is better' : 'lower is better';
      const unit = style.units.size === 1 ? [...style.units][0] : '';
      const side = { better: metric.higher ? 'higher' : 'lower' };
      const heads = [headCell('Model', { first: true, column: { heading: true } }),
        headCell(`A: ${a}`, { numeric: true, unit, note: better, column: { id: 'a', ...side } }),
        headCell(`B: ${b}`, { numeric: true, unit, note: better, column: { id: 'b', ...side } }),
        headCell(metric.ratio ? 'Gain of B' : 'Loss of B', { numeric: true,
          unit: metric.ratio ? '×' : unit === '%' ? 'points' : unit,
          note: metric.ratio ? 'above 1 is better' : 'positive is worse',
          column: { better: metric.ratio ? 'higher' : 'lower' } }),
        headCell('Verdict')];
      const made = explore.table('compare', `${metric.label}: B against A`, heads,
        pairs.slice(0, MOST).map((pair) => this.row(pair, fields, style)), STEP);
      const left = pairs.length - MOST;
      return left <= 0 ? made : element('div', {}, made, element('p', { class: 'bf-notes' },
        `${left} more pairs are not listed: choose a model, a task or what else is in “Only …”.`));
    }

    /** Decimals and units of the columns. */
    style(pairs) {
      const { figures } = this;
      const number_ = figures.metrics.get(this.metric.value);
      const values = pairs.flatMap((pair) => [pair.one, pair.other])
        .map((at) => (at < 0 ? undefined : figures.value(number_, at))).filter(Boolean);
      const found = pairs.filter((pair) => pair.found)
        .map(({ found: { value, low, high } }) => [value, low, high]);
      const { decimals } = this.head.metrics[number_];
      return {
        number: number_,
        units: new Set(values.map((value) => this.head.texts[value[6]])),
        value: explore.decimals(values.map((value) => value.slice(2, 5)), decimals),
        change: explore.decimals(found, this.isRatio() ? 2 : decimals),
      };
    }

    row(pair, fields, style) {
      const name = (field) => [...new Set(this.sides(pair)
        .map((cell) => this.figures.named(cell, field)))].filter(Boolean).join(' | ');
      const more = fields.map(name).filter(Boolean).join(', ');
      return element('tr', {},
        element('th', { scope: 'row', class: 'bf-text bf-first' },
          element('span', { class: 'bf-value' }, name('model')),
          more && element('span', { class: 'bf-detail bf-why' }, more)),
        this.side(pair.one, 'A', style), this.side(pair.other, 'B', style),
        this.change(pair, style),
        element('td', { class: 'bf-text' }, ...verdict(pair)));
    }

    side(at, name, style) {
      if (at < 0) return explore.figureCell(null, '–');
      const { figures } = this;
      const cell = figures.part.cells[at];
      const value = figures.value(style.number, at);
      if (!value) return explore.figureCell(null, this.head.texts[cell[5]]);
      const unit = style.units.size > 1 ? this.head.texts[value[6]] : '';
      const parts = explore.figure(value.slice(2, 5), style.value, { unit });
      const href = figures.place(cell);
      if (href) {
        const link = element('a', { href }, ...parts[0].childNodes);
        link.append(element('span', { class: 'bf-sr' }, `, measurement of ${name}`));
        parts[0].append(link);
      }
      return explore.figureCell(value.slice(2, 5), parts);
    }

    change(pair, style) {
      if (!pair.found) return explore.figureCell(null, '–');
      const { value, low, high } = pair.found;
      const ratio = this.isRatio();
      const none = pair.word === SAME && value !== (ratio ? 1 : 0);
      const words = ratio ? 'no difference beyond noise' : 'no detectable difference';
      const sample = [value, low, high];
      return explore.figureCell(sample, explore.figure(sample, style.change,
        { signed: !ratio, words: none ? words : '' }), none);
    }

    alone(pairs) {
      const counts = new Map();
      for (const pair of pairs) {
        const [cell] = this.sides(pair);
        const name = ['model', 'platform', 'precision', 'recipe', 'runtime']
          .map((field) => this.figures.named(cell, field)).filter(Boolean).join(', ');
        const text = `${name}: ${pair.reason}`;
        counts.set(text, (counts.get(text) || 0) + 1);
      }
      const lines = [...counts.keys()];
      return element('details', { class: 'bf-alone' },
        element('summary', {}, `On one side only: ${pairs.length}`),
        element('ul', {}, ...lines.slice(0, STEP).map((line) => element('li', {}, line)),
          lines.length > STEP && element('li', {}, `and ${lines.length - STEP} more`)));
    }

    note(found) {
      const paired = found.pairs.filter((pair) => pair.paired).length;
      const floors = [...new Set(found.pairs.map((pair) => pair.floor)
        .filter((floor) => floor !== null))];
      const told = [
        paired ? `${paired} ${paired === 1 ? 'pair was' : 'pairs were'} measured together: their ` +
          'intervals are those of common rounds or samples.' : '',
        `${paired ? 'Other intervals' : 'Intervals'} combine both sides as independent; they do ` +
          'not know what changed on a machine between two runs.',
        floors.length ? `Noise floor: ${floors.map((floor) =>
          withUnit(number(100 * floor, 1), '%')).join(', ')}.`
          : this.isTimed() ? 'No noise floor is known here: intervals alone decide.' : '',
      ];
      return element('p', { class: 'bf-notes' }, told.filter(Boolean).join(' '));
    }
  }

  function verdict(pair) {
    if (pair.word === NOT || pair.word === UNJUDGED) return explore.stated(pair.word, pair.reason);
    const tone = { [WORSE]: ' bf-bad', [BETTER]: ' bf-good' }[pair.word] || '';
    return [element('span', { class: `bf-value${tone}` },
      tone && element('span', { class: 'bf-mark', 'aria-hidden': 'true' },
        pair.word === WORSE ? '▾' : '▴'), pair.word)];
  }

  function has(select, value) {
    return value !== undefined && [...select.options].some((option) => option.value === value);
  }

  explore.open('section[id$="compare-sides"]', Compare);
})();
