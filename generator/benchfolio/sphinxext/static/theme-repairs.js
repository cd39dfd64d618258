/**
 * What themes leave out: the PyData theme gives the toggles of its navigation no name, so that a
 * screen reader says "button" and nothing else.
 */
(function () {
  'use strict';

  benchfolio.ready(() => {
    for (const toggle of document.querySelectorAll('summary > .toctree-toggle')) {
      const summary = /** @type {HTMLElement} */ (toggle.parentElement);
      const entry = summary.closest('li');
      const link = entry && entry.querySelector('a');
      if (!link || summary.hasAttribute('aria-label')) continue;
      summary.setAttribute('aria-label', `Pages under ${(link.textContent || '').trim()}`);
    }
  });
})();
