/**
 * Charts as PNG: the SVG file beside the page, drawn on a canvas in the browser of the reader.
 *
 * Only where pages come from a server: a browser gives out no pixels of a picture from file://,
 * and then the SVG is all that is offered.
 */
(function () {
  'use strict';

  const SCALE = 2;

  /**
   * Load a picture of this site by its address: the policy allows neither blob: nor data:.
   * @param {string} address
   * @returns {Promise<HTMLImageElement>}
   */
  function picture(address) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.addEventListener('load', () => resolve(image));
      image.addEventListener('error', () => reject(new Error(`cannot load ${address}`)));
      image.src = address;
    });
  }

  /**
   * Draw an SVG file at twice its size.
   * @param {string} address
   * @returns {Promise<Blob>}
   */
  async function png(address) {
    const image = await picture(address);
    const canvas = benchfolio.element('canvas', {
      width: image.naturalWidth * SCALE, height: image.naturalHeight * SCALE,
    });
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser draws no canvas');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png');
    });
  }

  /** @param {HTMLElement} line The downloads of one chart. */
  function offer(line) {
    const link = line.querySelector('a');
    if (!link) return;
    const name = link.pathname.replace(/^.*\//, '').replace(/\.svg$/, '.png');
    const button = benchfolio.element('button', { type: 'button', class: 'bf-png' }, 'PNG');
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await benchfolio.script('table-export.js');
        benchfolio.exporting.save(name, await png(link.href));
      } catch {
        button.remove();
        return;
      }
      button.disabled = false;
    });
    line.append(', ', button);
  }

  benchfolio.ready(() => {
    if (!location.protocol.startsWith('http')) return;
    document.querySelectorAll('.bf-chart-downloads').forEach(offer);
  });
})();
