/**
 * What is shown of a table, in other languages: CSV, JSON, Markdown, XLSX.
 *
 * The same conventions as the downloads of whole tables: numbers unformatted, units in headers,
 * ends of intervals in columns of their own, nothing that a spreadsheet would run.
 */
(function () {
  'use strict';

  /**
   * @typedef {object} Shown What to write.
   * @property {string} id
   * @property {string} title
   * @property {any[]} columns
   * @property {number[]} rows
   * @property {any} model
   */

  const FORMULA_STARTS = /^\s*[=+\-@\t\r\n＝＋－＠−]/;
  /**
   * Make text harmless to look at, as the downloads of whole tables do: white space becomes
   * blanks, what is invisible is shown.
   * @param {unknown} text
   */
  function clean(text) {
    return String(text).replace(/[\t\n\v\f\r\x85\u2028\u2029]/g, ' ').replace(/[\p{C}]/gu, (sign) =>
      `⟨U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
  }

  /** Keep spreadsheets from running text (OWASP, CSV injection). @param {string} text */
  function safe(text) {
    const shown = clean(text);
    return FORMULA_STARTS.test(shown) ? `'${shown}` : shown;
  }

  /** @param {any} entry */
  const textOf = (entry) => (entry.detail ? `${entry.text} (${entry.detail})` : entry.text);

  /**
   * Return the table as rows of numbers and texts, below a row of headers.
   * @param {Shown} shown
   * @returns {{heads: string[], lines: (string | number | null)[][]}}
   */
  function flat({ columns, rows, model }) {
    const entries = columns.map((column) => rows.map((row) => column.entry(row)));
    const extras = entries.map((column) => [
      ...(column.some((entry) => entry.unit) ? ['unit'] : []),
      ...(column.some((entry) => entry.low !== null) ? ['low', 'high'] : []),
      ...(column.some((entry) => entry.mark) ? ['mark'] : []),
    ]);
    const heads = columns.flatMap((column, place) =>
      [column.title, ...extras[place].map((name) => `${column.title} ${name}`)]);
    const lines = rows.map((_, at) => columns.flatMap((column, place) => {
      const entry = entries[place][at];
      const value = typeof entry.raw === 'number' ? entry.raw : textOf(entry);
      return [value, ...extras[place].map((name) => entry[name])];
    }));
    return { heads, lines };
  }

  /** @param {string} text */
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

  /** @param {string | number | null} value */
  function csvValue(value) {
    if (value === null) return '';
    return typeof value === 'number' ? String(value) : quoted(safe(value));
  }

  /** @param {Shown} shown */
  function csv(shown) {
    const { heads, lines } = flat(shown);
    return [heads, ...lines].map((line) => line.map(csvValue).join(',')).join('\r\n') + '\r\n';
  }

  /** @param {any} entry */
  function jsonEntry(entry) {
    const told = {
      text: clean(entry.text),
      value: typeof entry.raw === 'string' ? clean(entry.raw) : entry.raw,
      low: entry.low,
      high: entry.high,
      unit: entry.unit,
      state: entry.state === 'ok' ? '' : entry.state,
      detail: entry.low === null || entry.worded ? clean(entry.detail) : '',
      mark: entry.mark,
      note: clean(entry.tip),
      cell: entry.cell,
      file: entry.file,
    };
    return Object.fromEntries(
      Object.entries(told).filter(([, value]) => value !== '' && value !== null));
  }

  /** @param {any} column */
  function jsonColumn({ id, label, group, unit, formula, better, numeric, heading }) {
    const told = { id, label, group, unit, formula, better, numeric, heading };
    return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
  }

  /** @param {Shown} shown */
  function json({ id, title, columns, rows, model }) {
    const written = {
      id,
      title,
      columns: columns.map(jsonColumn),
      rows: rows.map((row) => ({
        anchor: model.anchors[row],
        ...(model.verify(row).length ? { verify: model.verify(row) } : {}),
        cells: Object.fromEntries(
          columns.map((column) => [column.id, jsonEntry(column.entry(row))])),
      })),
    };
    return JSON.stringify(written, null, 2) + '\n';
  }

  /** Escape what Markdown, its tables and its HTML give a meaning to. @param {string} text */
  function marked(text) {
    return clean(text).replace(/[\\`*_[\]|~$@]/g, '\\$&')
      .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  }

  /** @param {any} entry */
  function markedEntry(entry) {
    const beside = [entry.detail, entry.mark].filter(Boolean).join('; ');
    return beside ? `${marked(entry.text)} (${marked(beside)})` : marked(entry.text);
  }

  /** @param {string[]} cells */
  const pipes = (cells) => `| ${cells.join(' | ')} |`;

  /** @param {Shown} shown */
  function markdown({ title, columns, rows }) {
    return [
      ...(title ? [`**${marked(title)}**`, ''] : []),
      pipes(columns.map((column) => marked(column.title))),
      pipes(columns.map((column) => (column.numeric ? '---:' : '---'))),
      ...rows.map((row) => pipes(columns.map((column) => markedEntry(column.entry(row))))),
    ].join('\n') + '\n';
  }

  /** @param {string} text */
  const xml = (text) => clean(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

  /** Name of a column in a spreadsheet: A, B … AA. @param {number} place */
  function letters(place) {
    const rest = String.fromCharCode(65 + (place % 26));
    return place < 26 ? rest : letters(Math.floor(place / 26) - 1) + rest;
  }

  /** A number is a number, everything else an inline string: never a formula. */
  function sheetCell(value, row, place) {
    if (value === null || value === '') return '';
    const at = `${letters(place)}${row + 1}`;
    if (typeof value === 'number') return `<c r="${at}"><v>${value}</v></c>`;
    return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${xml(value)}</t></is></c>`;
  }

  /** @param {Shown} shown */
  function sheet(shown) {
    const { heads, lines } = flat(shown);
    const rows = [heads, ...lines].map((line, row) =>
      `<row r="${row + 1}">${line.map((value, at) => sheetCell(value, row, at)).join('')}</row>`);
    return `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
      '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>' +
      `</sheetViews><sheetData>${rows.join('')}</sheetData></worksheet>`;
  }

  const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
  const KIND = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

  /** The parts of a workbook that do not depend on the table (ECMA-376). */
  const PARTS = {
    '[Content_Types].xml': `${XML}<Types xmlns="${PACKAGE}/content-types">` +
      '<Default Extension="rels" ' +
      'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${KIND}.sheet.main+xml"/>` +
      `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${KIND}.worksheet+xml"/>` +
      '</Types>',
    '_rels/.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
      `<Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/>` +
      '</Relationships>',
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
      `<Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>` +
      '</Relationships>',
    'xl/workbook.xml': `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">` +
      '<sheets><sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>',
  };

  /**
   * Write a workbook of one sheet.
   * @param {Shown} shown
   * @returns {Promise<Uint8Array>}
   */
  async function xlsx(shown) {
    await benchfolio.load(`${benchfolio.folder}vendor/fflate/fflate.js`);
    const parts = { ...PARTS, 'xl/worksheets/sheet1.xml': sheet(shown) };
    const files = Object.entries(parts).map(([name, text]) => [name, fflate.strToU8(text)]);
    return fflate.zipSync(Object.fromEntries(files));
  }

  /** Writers, with what their files are called and are. */
  const formats = {
    csv: { label: 'CSV', type: 'text/csv;charset=utf-8', write: csv },
    json: { label: 'JSON', type: 'application/json', write: json },
    xlsx: { label: 'XLSX', type: `${KIND}.sheet`, write: xlsx },
  };

  /**
   * Offer a file for saving.
   * @param {string} name
   * @param {Blob} content
   */
  function save(name, content) {
    const address = URL.createObjectURL(content);
    const link = benchfolio.element('a', { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  /** @param {string} format @param {Shown} shown */
  async function download(format, shown) {
    const { type, write } = formats[format];
    save(`${shown.id}-shown.${format}`, new Blob([await write(shown)], { type }));
  }

  benchfolio.exporting = { csv, download, formats, json, markdown, save, sheet, xlsx };
})();
