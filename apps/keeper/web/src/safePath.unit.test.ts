import { expect, it } from 'vitest';
import { safePath } from './safePath.ts';

it('keeps paths of this console and nothing else', () => {
  expect(safePath('/incidents/412?x=1#event-1')).toBe('/incidents/412?x=1#event-1');
  for (const outside of [undefined, '', 'https://evil.test', '//evil.test', '/\\evil.test', 'javascript:alert(1)']) {
    expect(safePath(outside)).toBe('/incidents');
  }
});
