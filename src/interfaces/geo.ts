/** Things at places, and what is near a place. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'geo',
  summary: 'Items at places on the globe, and searches for those near a place.',
  requests: {
    put: {
      doc: 'Puts an item at a place, in degrees; one that was elsewhere moves.',
      fields: { item: 'text', latitude: 'number', longitude: 'number' },
      reply: {},
      writes: true,
      recorded: { input: '[item, latitude, longitude]', output: 'ignored' },
    },
    remove: {
      doc: 'Takes an item away.',
      fields: { item: 'text' },
      reply: {},
      writes: true,
      recorded: { input: 'the item', output: 'ignored' },
    },
    near: {
      doc: 'The items within a distance in metres, the nearest first, at most `limit`.',
      fields: {
        latitude: 'number',
        longitude: 'number',
        radius: 'number',
        limit: { optional: 'integer' },
      },
      reply: { items: { list: { fields: { item: 'text', distance: 'number' } } } },
      harmless: true,
      reads: true,
      recorded: { input: '[latitude, longitude, radius]', output: '[[item, distance], ...]' },
    },
  },
});
