/**
 * "This model or task, this machine, this much loss": acceptable formats, ranked, with evidence.
 *
 * What is asked for stands in the address: `#model=digits-resnet&platform=lab-xeon&loss=0.5`.
 */
(function () {
  'use strict';

  const { element, explore } = benchfolio;
  const { headCell, number, withUnit } = explore;
  const [CELL, BASELINE, LOSS, LIMIT] = [0, 1, 2, 3];
  const SPEEDS = ['throughput', 'latency@median'];

  class Chooser {
    /** @param {HTMLElement} section @param {any} head */
    constructor(section, head) {
      this.head = head;
      this.section = section;
      this.what = element('select');
      this.platform = element('select');
      this.loss = element('input', { type: 'number', min: '0', step: 'any', inputmode: 'decimal' });
      this.metric = element('select');
      this.by = element('select');
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
      const lossField = explore.labelled('Accepted loss', this.loss, 'The limit of the suite.');
      this.hint = lossField.querySelector('.bf-hint');
      this.hint.id = 'bf-loss-hint';
      this.loss.setAttribute('aria-describedby', 'bf-loss-hint');
      this.form = element('form', { class: 'bf-ask' },
        explore.labelled('Model or task', this.what),
        explore.labelled('Platform', this.platform),
        lossField,
        explore.labelled('Speed', this.metric),
        explore.labelled('Rank by', this.by));
      this.form.addEventListener('submit', (event) => event.preventDefault());
      this.form.addEventListener('change', (event) => this.changed(event.target, false));
      this.loss.addEventListener('input', () => this.changed(this.loss, true));
      explore.fill(this.by, [['speed', 'speed'], ['gain', 'gain over FP32']]);
      this.section.append(this.form, this.status, this.answer);
    }

    fill() {
      const { head } = this;
      const there = {
        model: head.choosable,
        task: head.choosable.map((model) => head.tasks[model]),
        platform: head.hosts.map(([platform]) => platform),
      };
      const names = (field) => [...new Set(there[field])].map((at) => head.names[field][at])
        .sort((x, y) => x[1].localeCompare(y[1], 'en', { numeric: true }));
      const as = (kind) => ([id, label]) => [`${kind}=${id}`, label || 'task not stated'];
      explore.fill(this.what, [
        { label: 'Models', options: names('model').map(as('model')) },
        { label: 'Tasks', options: names('task').map(as('task')) },
      ]);
      explore.fill(this.platform, [['', 'any'], ...names('platform')]);
      const known = SPEEDS.map((id) => head.metrics.find((metric) => metric.id === id));
      explore.fill(this.metric, known.filter(Boolean).map(({ id, label }) => [id, label]));
    }

    // The address ------------------------------------------------------------------------------

    /** Load the figures of what is asked for; false where something else was asked meanwhile. */
    async load() {
      const { head } = this;
      const [kind, id] = this.asked();
      const models = head.choosable.filter((model) => (kind === 'model'
        ? head.names.model[model][0] : head.names.task[head.tasks[model]][0]) === id);
      const { value } = this.what;
      const figures = await explore.figures(head, new Set(models));
      if (value !== this.what.value) return false;
      this.figures = figures;
      return true;
    }

    async restore() {
      const asked = explore.readAddress();
      if (asked === null && this.shown) return;
      const wanted = asked || new Map();
      const what = wanted.has('task') ? `task=${wanted.get('task')}` : `model=${wanted.get('model')}`;
      explore.choose(this.what, what);
      explore.choose(this.platform, wanted.get('platform') || '');
      this.meet(wanted.has('model') || wanted.has('task'));
      explore.choose(this.metric, wanted.get('speed'));
      explore.choose(this.by, wanted.get('by'));
      const loss = wanted.get('loss');
      const isNumber = loss !== undefined && loss.trim() !== '' && Number(loss) >= 0;
      if (!await this.load()) return;
      this.setLimit();
      if (isNumber) this.loss.value = loss;
      this.show();
    }

    /** A platform alone was asked for: begin with a model that was measured there. */
    meet(named) {
      if (named || !this.platform.value) return;
      const { names, hosts } = this.head;
      const host = hosts.find(([platform]) => names.platform[platform][0] === this.platform.value);
      if (host) explore.choose(this.what, `model=${names.model[host[1]][0]}`);
    }

    remember(typed) {
      const [kind, id] = this.asked();
      const pairs = [[kind, id]];
      if (this.platform.value) pairs.push(['platform', this.platform.value]);
      if (this.accepted() !== null) pairs.push(['loss', this.loss.value]);
      if (this.metric.selectedIndex > 0) pairs.push(['speed', this.metric.value]);
      if (this.by.selectedIndex > 0) pairs.push(['by', this.by.value]);
      explore.writeAddress(pairs, typed);
    }

    asked() {
      const cut = this.what.value.indexOf('=');
      return [this.what.value.slice(0, cut), this.what.value.slice(cut + 1)];
    }

    async changed(control, typed) {
      if (!typed && control === this.loss) return; // Said already, letter by letter.
      if (!await this.load()) return;
      if (control === this.what || control === this.platform) this.setLimit();
      this.remember(typed);
      this.show();
    }

    /** Put the limit of the suite where none was typed: the field says which one holds. */
    setLimit() {
      const limits = this.meant().map((choice) => choice[LIMIT]).filter(Boolean);
      const same = limits.length > 0 && limits.every((limit) =>
        limit[0] === limits[0][0] && limit[1] === limits[0][1]);
      const quality = this.quality();
      this.limit = same ? limits[0][1] : null;
      this.loss.value = this.limit === null ? '' : String(this.limit);
      const unit = quality ? `${quality.label}, ${quality.unit || 'no unit stated'}` : '';
      const told = this.limit === null
        ? (limits.length ? 'each by its own limit, where this is empty' : 'no limit is stated')
        : `the limit of the suite is ${this.limit}`;
      this.hint.textContent = [unit, told].filter(Boolean).join('; ');
    }

    /** The quality that is judged, where all that is asked for is judged by one. */
    quality() {
      const { figures, head } = this;
      const losses = this.meant().map((choice) => choice[LOSS]).filter(Boolean);
      const limits = this.meant().map((choice) => choice[LIMIT]).filter(Boolean);
      const [metric] = losses.length ? [losses[0][1]] : limits.length ? [limits[0][0]] : [-1];
      if (metric < 0) return null;
      const value = losses.length ? figures.value(metric, losses[0][0]) : null;
      const unit = value ? head.texts[value[6]] : '';
      return { label: head.metrics[metric].label, unit: unit === '%' ? 'points' : unit };
    }

    meant() {
      const { figures } = this;
      const where = Object.entries(this.where());
      return figures.part.choices.filter((choice) => where.every(([name, id]) =>
        figures.field(figures.part.cells[choice[CELL]], name) === figures.number(name, id)));
    }

    where() {
      const [kind, id] = this.asked();
      return { [kind]: id, ...(this.platform.value ? { platform: this.platform.value } : {}) };
    }

    /** What was typed, where it is not the limit itself. */
    accepted() {
      const typed = this.loss.value.trim();
      const value = Number(typed);
      if (typed === '' || !Number.isFinite(value) || value < 0) return null;
      return value === this.limit ? null : value;
    }

    // The answer -----------------------------------------------------------------------------------

    show() {
      const typed = this.loss.value.trim();
      const wrong = this.loss.validity.badInput || (typed !== '' && Number(typed) < 0);
      this.loss.setAttribute('aria-invalid', String(wrong));
      const found = explore.rank(this.figures, {
        where: this.where(), metric: this.metric.value, by: this.by.value,
        accepted: this.accepted(),
      });
      const ranked = found.filter((one) => one.rank > 0);
      const others = found.filter((one) => one.rank === 0);
      this.shown = true;
      this.status.textContent = this.told(ranked, others, wrong);
      this.answer.replaceChildren(...[
        ranked.length && this.ranking(ranked),
        ranked.length && this.key(),
        others.length && this.excluded(others),
      ].filter(Boolean));
    }

    told(ranked, others, wrong) {
      const what = this.what.selectedOptions[0] ? this.what.selectedOptions[0].textContent : '';
      const where = this.platform.value
        ? ` on ${this.platform.selectedOptions[0].textContent}` : '';
      const note = wrong ? ' The accepted loss is no number of 0 or more; the limits hold.' : '';
      if (!ranked.length && !others.length) return `Nothing was measured of ${what}${where}.${note}`;
      if (!ranked.length) return `No format of ${what}${where} is acceptable.${note}`;
      const first = ranked.filter((one) => one.rank === 1);
      const names = first.map((one) => this.name(one));
      const lead = first.length > 1
        ? `noise cannot separate the first ${first.length}: ${names.slice(0, 3).join(', ')}`
        : `first is ${names[0]}`;
      return `${ranked.length} acceptable, ${others.length} excluded of ${what}${where}; ` +
        `${lead}${first.length > 3 ? ' and others' : ''}.${note}`;
    }

    name(one) {
      const cell = this.cell(one);
      const { figures } = this;
      return `${figures.named(cell, 'precision')} on ${figures.named(cell, 'runtime')}`;
    }

    cell(one) {
      const { choices, cells } = this.figures.part;
      return cells[choices[one.choice][CELL]];
    }

    ranking(ranked) {
      const { figures } = this;
      const metric = figures.metrics.get(this.metric.value);
      const values = ranked.map((one) => figures.value(metric, one.speed));
      const speeds = values.map((value) => value.slice(2, 5));
      const units = new Set(values.map((value) => this.head.texts[value[6]]));
      const gains = ranked.map((one) => this.speed(one).slice(2, 5)).filter(([gain]) => gain);
      const losses = ranked.map((one) => this.loss_(one)).filter(Boolean)
        .map((loss) => loss.slice(2, 5));
      const places = {
        speed: explore.decimals(speeds, this.head.metrics[metric].decimals),
        gain: explore.decimals(gains, 2),
        loss: explore.decimals(losses, 2),
      };
      const ranks = ranked.map((one) => one.rank);
      const alike = (rank) => ranks.filter((one) => one === rank).length > 1;
      const rows = ranked.map((one, at) => this.row(one, values[at], places, alike(one.rank),
        units.size > 1, at > 0 && ranks[at - 1] === one.rank));
      const quality = this.quality();
      const { label, higher } = this.head.metrics[metric];
      const better = higher ? 'higher is better' : 'lower is better';
      return explore.table('acceptable', 'Acceptable formats', [
        headCell('Rank', { first: true, short: true, column: { heading: true } }), ...this.heads(),
        headCell(label, { numeric: true, unit: units.size === 1 ? [...units][0] : '',
          note: better, column: { better: higher ? 'higher' : 'lower' } }),
        headCell('Gain', { numeric: true, unit: '×', note: 'against FP32',
          column: { better: 'higher' } }),
        headCell('Drop', { numeric: true, unit: quality ? quality.unit : '', note: 'against FP32',
          column: { better: 'lower' } }),
        headCell('Evidence'),
      ], rows);
    }

    /** Names that differ in what is asked for. */
    heads() {
      return this.fields().map((field) => headCell({ model: 'Model', platform: 'Platform',
        precision: 'Format', runtime: 'Runtime', form: 'Form' }[field]));
    }

    fields() {
      const cells = this.meant().map((choice) => this.figures.part.cells[choice[CELL]]);
      const several = (field) =>
        new Set(cells.map((cell) => this.figures.field(cell, field))).size > 1;
      return ['precision', 'runtime', ...['form', 'model', 'platform']
        .filter((field) => several(field))];
    }

    row(one, value, places, alike, mixed, same) {
      const { figures } = this;
      const cell = this.cell(one);
      const rank = element('th', { scope: 'row', class: 'bf-num bf-first bf-short' },
        element('span', { class: 'bf-value' }, alike ? `${one.rank} =` : String(one.rank)),
        alike && element('span', { class: 'bf-sr' }, ' shared'));
      if (same) rank.classList.add('bf-same');
      const unit = mixed ? this.head.texts[value[6]] : '';
      return element('tr', {}, rank,
        ...this.fields().map((field) => element('td', { class: 'bf-text' },
          ...this.words(cell, field))),
        explore.figureCell(value.slice(2, 5),
          explore.figure(value.slice(2, 5), places.speed, { unit })),
        this.gain(one, places.gain), this.drop(one, places.loss),
        element('td', { class: 'bf-text' }, this.evidence(one)));
    }

    /** A name; of a precision also the recipe, below it. */
    words(cell, field) {
      const name = element('span', { class: 'bf-value' }, this.figures.named(cell, field) || '–');
      return field !== 'precision' ? [name]
        : [name, element('span', { class: 'bf-detail' }, this.figures.named(cell, 'recipe'))];
    }

    speed(one) {
      const metric = this.figures.metrics.get(this.metric.value);
      return this.figures.part.choices[one.choice][6].find((speed) => speed[1] === metric);
    }

    loss_(one) {
      const choice = this.figures.part.choices[one.choice];
      return choice[BASELINE] ? null : choice[LOSS];
    }

    gain(one, places) {
      const speed = this.speed(one);
      if (this.figures.part.choices[one.choice][BASELINE]) {
        return explore.figureCell(null, 'baseline');
      }
      if (speed[2] === null) return explore.figureCell(null, explore.stated('not comparable', ''));
      const words = speed[5] ? 'no difference beyond noise' : '';
      const sample = speed.slice(2, 5);
      return explore.figureCell(sample, explore.figure(sample, places, { words }), words !== '');
    }

    drop(one, places) {
      const loss = this.loss_(one);
      if (!loss) return explore.figureCell(null, 'baseline');
      const [, , drop, low, high, paired] = loss;
      const words = paired && low !== null && low <= 0 && high >= 0 ? 'no detectable loss' : '';
      const sample = [drop, low, high];
      return explore.figureCell(sample, explore.figure(sample, places, { words }), words !== '');
    }

    evidence(one) {
      const { figures } = this;
      const cell = figures.part.cells[one.speed];
      const href = figures.place(cell);
      const label = `${this.name(one)}, ${figures.named(cell, 'model')}`;
      return element('span', { class: 'bf-value' }, href
        ? element('a', { href, 'aria-label': `Measurement of ${label}` }, 'measurement') : '–');
    }

    key() {
      const floors = new Map();
      for (const choice of this.meant()) {
        const cell = this.figures.part.cells[choice[CELL]];
        const floor = this.head.floors[cell[4]];
        if (floor !== null) floors.set(this.figures.named(cell, 'platform'), floor);
      }
      const known = [...floors].map(([platform, floor]) =>
        `${number(100 * floor, 1)}\u202f%${floors.size > 1 ? ` on ${platform}` : ''}`);
      const noise = known.length
        ? ` Noise floor: ${known.join(', ')}.`
        : ' No baseline ran against itself here: no noise floor is known, intervals alone decide.';
      return element('p', { class: 'bf-notes' },
        `Formats that noise cannot separate from the first of their group share a rank.${noise}`);
    }

    excluded(others) {
      const rows = others.map((one) => {
        const cell = this.cell(one);
        return element('tr', {},
          ...this.fields().map((field, at) => element(at ? 'td' : 'th',
            at ? { class: 'bf-text' } : { class: 'bf-text bf-first', scope: 'row' },
            ...this.words(cell, field))),
          element('td', { class: 'bf-text' }, ...this.why(one)));
      });
      const heads = this.heads();
      heads[0].classList.add('bf-first');
      return explore.table('excluded', 'Excluded', [...heads, headCell('Why')], rows);
    }

    why(one) {
      if (one.reason !== 'over') {
        const cut = one.reason.indexOf(': ');
        return cut < 0 ? [element('span', { class: 'bf-value' }, one.reason)]
          : explore.stated(one.reason.slice(0, cut), one.reason.slice(cut + 2));
      }
      const choice = this.figures.part.choices[one.choice];
      const [cell, metric, drop, low, high] = choice[LOSS];
      const accepted = this.accepted();
      const most = accepted === null ? choice[LIMIT][1] : accepted;
      const raw = this.head.texts[this.figures.value(metric, cell)[6]];
      const unit = raw === '%' ? 'points' : raw;
      const places = Math.max(explore.decimals([[drop, low, high]], 2),
        (String(most).split('.')[1] || '').length, 1, explore.firstDigit(drop - most));
      return explore.stated(
        `over the limit by ${withUnit(number(drop - most, places), unit)}`,
        `loses ${withUnit(number(drop, places), unit)} of ` +
          `${this.head.metrics[metric].label}, accepted ${number(most, places)}`);
    }
  }

  explore.open('section[id$="choose"]', Chooser);
})();
