import { expect, it } from 'vitest';
import { HeatboxError } from '../../src/error.ts';
import { fromWire, toWire } from '../../src/threads/wire-error.ts';

it('lets no secret of a URL cross, neither in a message nor in its causes', () => {
  const url = 'rtsp://me:hunter22@cam/user=me_password=hunter22?pin=hunter22';
  const cause = new Error(`read ${url}`, { cause: new Error(`open ${url}`) });
  const wire = toWire(new HeatboxError('SOURCE_LOST', `lost ${url}: gone`, { cause }));
  expect(wire.causes).toHaveLength(2);
  expect(JSON.stringify(wire)).not.toContain('hunter22');
  expect(fromWire(wire)).toMatchObject({ code: 'SOURCE_LOST', message: 'lost rtsp://***@cam/user=***: gone' });
});
