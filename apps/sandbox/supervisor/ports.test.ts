import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { basePortOf, checkPorts, portsFrom } from './ports.ts';

test('PORT moves all ports, and must leave room for them', async () => {
  expect(basePortOf(undefined)).toBe(4600);
  expect(basePortOf('')).toBe(4600);
  expect(await portsFrom(5000)).toMatchObject({
    keeper: 5000,
    till: 5001,
    stripe: 5003,
    mail: 5004,
    smtp: 5005,
    sandbox: 5006,
  });
  expect(basePortOf('65527')).toBe(65_527);
  for (const wrong of ['80', '65528', 'abc', '46.5', '-1', '0x1000']) {
    expect(() => basePortOf(wrong)).toThrow(`PORT must be a number from 1024 to 65527, not "${wrong}"`);
  }
});

test.each(['127.0.0.1', '0.0.0.0', '::1'])(
  'a port that somebody listens on at %s is named with its use',
  async (host) => {
    const ports = await portsFrom(0);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(ports.stripe, host, resolve));
    try {
      await expect(checkPorts(ports, 0)).rejects.toThrow(
        `port ${ports.stripe} (stripe) is in use; set PORT to another base`,
      );
      const patient = checkPorts(ports, 20_000);
      setImmediate(() => server.close());
      await patient;
    } finally {
      server.close();
    }
  },
);
