import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder = '';

// A project whose one dependency is a folder of its own: npm ci on it needs no network.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillkeeper-ensure-'));
  for (const name of ['bin', 'leaf']) mkdirSync(join(folder, name));
  copyFileSync(fileURLToPath(new URL('./ensure.cjs', import.meta.url)), join(folder, 'bin', 'ensure.cjs'));
  copyFileSync(fileURLToPath(new URL('../.npmrc', import.meta.url)), join(folder, '.npmrc'));
  write('package.json', { name: 'project', version: '1.0.0', workspaces: ['leaf'] });
  writeLock('1.0.0');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function write(name: string, content: object): void {
  writeFileSync(join(folder, name), JSON.stringify(content));
}

function writeLock(version: string): void {
  write('leaf/package.json', { name: 'leaf', version });
  write('package-lock.json', {
    name: 'project',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'project', version: '1.0.0', workspaces: ['leaf'] },
      leaf: { version },
      'node_modules/leaf': { resolved: 'leaf', link: true },
    },
  });
}

function ensure(): Promise<{ code: number; said: string }> {
  const { npm_execpath: _npm, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, 'bin', 'ensure.cjs')], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });
}

const installing = 'Installing packages; this takes half a minute the first time …\n';
const installedFile = (): string => join(folder, 'node_modules', '.package-lock.json');

/** As if the installation were older than the lock file. */
function makeOld(): void {
  utimesSync(installedFile(), new Date(2020, 0), new Date(2020, 0));
}

test('what is missing is installed once, and then there is nothing to do', async () => {
  const both = await Promise.all([ensure(), ensure()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.map(({ said }) => said).sort()).toEqual(['', installing]);
  expect(existsSync(installedFile())).toBe(true);
  expect(await ensure()).toEqual({ code: 0, said: '' });
});

test('an older installation is repeated only if the lock says something else', async () => {
  await ensure();
  makeOld();
  expect(await ensure()).toEqual({ code: 0, said: '' });
  writeLock('1.0.1');
  makeOld();
  expect(await ensure()).toEqual({ code: 0, said: installing });
  expect(readFileSync(installedFile(), 'utf8')).toContain('1.0.1');
});

test('the lock of an installation that was killed is taken over', async () => {
  mkdirSync(join(folder, '.cache'));
  // Above the highest process id that Linux gives.
  writeFileSync(join(folder, '.cache', 'install.lock'), '4194305');
  expect(await ensure()).toEqual({ code: 0, said: installing });
  expect(existsSync(join(folder, '.cache', 'install.lock'))).toBe(false);
});

test('an installation that fails is an error and leaves no lock', async () => {
  write('package.json', { name: 'project', version: '1.0.0', dependencies: { forgotten: '1.0.0' } });
  const { code, said } = await ensure();
  expect(code).toBe(1);
  expect(said.trim().split('\n').at(-1)).toBe('the packages could not be installed (npm ci ended with 1)');
  expect(existsSync(join(folder, '.cache', 'install.lock'))).toBe(false);
});
