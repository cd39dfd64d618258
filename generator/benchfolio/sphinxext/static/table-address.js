/**
 * Queries in the address, readable: `#t=validated&sort=-gain&model=digits-resnet&drop.max=1`.
 *
 * Each `t=` names a table of the page; what follows is about it, up to the next one.
 *
 *     sort=COLUMN, sort=-COLUMN     ascending, descending
 *     q=WORDS                       every word stands in the row
 *     COLUMN=VALUE,VALUE            one of these values
 *     COLUMN.min=N, COLUMN.max=N    at least, at most
 *     hide=COLUMN,COLUMN            columns left out
 *
 * A column whose id is one of these words is written with a tilde before it.
 */
(function () {
  'use strict';

  const RESERVED = new Set(['t', 'sort', 'q', 'hide']);

  /** Encode what an address gives a meaning to; leave the rest readable. @param {string} text */
  function encode(text) {
    return encodeURIComponent(text).replace(/%20/g, '+')
      .replace(/%(40|3A|2F|3B|24)/g, (code) => decodeURIComponent(code));
  }

  /** @param {string} text */
  function decode(text) {
    try {
      return decodeURIComponent(text.replace(/\+/g, ' '));
    } catch {
      return text; // A broken escape is what it is: text that names nothing.
    }
  }

  /** @param {Iterable<string>} texts */
  const list = (texts) => [...texts].map(encode).join(',');
  /** @param {string} text */
  const unlist = (text) => text.split(',').filter(Boolean).map(decode);
  /** @param {string} id */
  const keyOf = (id) => (RESERVED.has(id) || id.startsWith('~') ? `~${id}` : id);

  /**
   * Write one table's query; empty where it asks for nothing.
   * @param {string} id Of the table on its page.
   * @param {any} query
   */
  function write(id, query) {
    const parts = [];
    if (query.sort) {
      parts.push(`sort=${query.sort.descending ? '-' : ''}${encode(query.sort.column)}`);
    }
    if (query.search.trim()) parts.push(`q=${encode(query.search.trim())}`);
    for (const [column, values] of query.facets) {
      parts.push(`${encode(keyOf(column))}=${list(values)}`);
    }
    for (const [column, range] of query.ranges) {
      for (const end of ['min', 'max']) {
        if (range[end] !== undefined) parts.push(`${encode(column)}.${end}=${range[end]}`);
      }
    }
    if (query.hidden.size) parts.push(`hide=${list(query.hidden)}`);
    return parts.length ? [`t=${encode(id)}`, ...parts].join('&') : '';
  }

  /**
   * Read the queries of an address, by table.
   * @param {string} hash With or without `#`.
   * @returns {Map<string, any> | null} Null where it is no such address, but a place on the page.
   */
  function read(hash) {
    const text = hash.replace(/^#/, '');
    if (!/^t=/.test(text)) return null;
    const queries = new Map();
    let query = benchfolio.query.nothing();
    for (const part of text.split('&')) {
      const cut = part.indexOf('=');
      if (cut < 0) continue;
      const key = decode(part.slice(0, cut));
      const value = part.slice(cut + 1);
      if (key === 't') {
        query = benchfolio.query.nothing();
        queries.set(decode(value), query);
      } else {
        take(query, key, value);
      }
    }
    return queries;
  }

  /** @param {any} query @param {string} key @param {string} value Still encoded. */
  function take(query, key, value) {
    const range = /^(.*)\.(min|max)$/.exec(key);
    if (key === 'sort') {
      const column = decode(value);
      query.sort = { column: column.replace(/^-/, ''), descending: column.startsWith('-') };
    } else if (key === 'q') {
      query.search = decode(value);
    } else if (key === 'hide') {
      query.hidden = new Set(unlist(value));
    } else if (range) {
      const number = Number(decode(value));
      if (value.trim() === '' || !Number.isFinite(number)) return;
      query.ranges.set(range[1], { ...query.ranges.get(range[1]), [range[2]]: number });
    } else {
      query.facets.set(key.replace(/^~/, ''), new Set(unlist(value)));
    }
  }

  benchfolio.address = { read, write };
})();
