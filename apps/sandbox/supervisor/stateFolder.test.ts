import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSecrets, openStateFolder, type StateFolder } from './stateFolder.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tillkeeper-state-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function opened<T>(name: string, body: (state: StateFolder) => T, fresh = false): Promise<T> {
  const state = await openStateFolder(join(root, name), { fresh });
  try {
    return body(state);
  } finally {
    state.release();
  }
}

/** As a cluster leaves it. */
function pretendCluster(state: StateFolder, name: 'till' | 'keeper'): void {
  mkdirSync(state.clusterFolder(name), { recursive: true });
  writeFileSync(join(state.clusterFolder(name), 'initialised'), '');
}

test('one process at a time holds the folder, and a killed one holds nothing', async () => {
  const path = join(root, 'held');
  const module = new URL('./stateFolder.ts', import.meta.url).href;
  const code = `import { openStateFolder } from ${JSON.stringify(module)};
    globalThis.state = await openStateFolder(${JSON.stringify(path)}, { fresh: false });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => other.stdout.once('data', resolve));
  await expect(openStateFolder(path, { fresh: true })).rejects.toThrow(
    `the sandbox is already running in ${path} (process ${other.pid})`,
  );
  const gone = new Promise((resolve) => other.once('exit', resolve));
  other.kill('SIGKILL');
  await gone;
  await opened('held', (state) => expect(state.wasAbandoned).toBe(true));
  await opened('held', (state) => expect(state.wasAbandoned).toBe(false));
});

test('secrets are made once and for nobody else to read; a fresh start makes others', async () => {
  const first = await opened('secrets', (state) => {
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    const made = loadSecrets(state);
    expect(statSync(state.file('secrets.json')).mode & 0o777).toBe(0o600);
    return made;
  });
  expect(await opened('secrets', loadSecrets)).toEqual(first);
  writeFileSync(join(root, 'secrets', 'of-somebody-else'), '');
  expect(await opened('secrets', loadSecrets, true)).not.toEqual(first);
  expect(existsSync(join(root, 'secrets', 'of-somebody-else'))).toBe(true);
});

test('a folder that lost a part says which, and what to do', async () => {
  const hint = 'start over with: npm start -- --fresh';
  const path = join(root, 'broken');
  await opened('broken', (state) => {
    loadSecrets(state);
    pretendCluster(state, 'till');
    // The first start was killed here: nothing is lost, the next one goes on.
    expect(() => loadSecrets(state)).not.toThrow();

    writeFileSync(state.file('secrets.json'), '{"superuser":');
    expect(() => loadSecrets(state)).toThrow(`${path}/secrets.json is damaged; ${hint}`);
    writeFileSync(state.file('secrets.json'), '{"superuser":{},"roles":{}}');
    expect(() => loadSecrets(state)).toThrow(
      `${path}/secrets.json lacks keeperAuthSecret, tillAuthSecret, stripeSecretKey, operatorPassword, token; ${hint}`,
    );
    rmSync(state.file('secrets.json'));
    expect(() => loadSecrets(state)).toThrow(
      `${path} has databases but no passwords for them (secrets.json is missing); ${hint}`,
    );
  });
  await opened(
    'broken',
    (state) => {
      loadSecrets(state);
      pretendCluster(state, 'till');
      pretendCluster(state, 'keeper');
      state.markComplete();
    },
    true,
  );
  rmSync(join(path, 'postgres', 'keeper'), { recursive: true });
  await opened('broken', (state) => expect(() => loadSecrets(state)).toThrow(`${path} has lost a database; ${hint}`));
});

test('a place that cannot be written to says so, and an unused folder goes again', async () => {
  writeFileSync(join(root, 'a-file'), '');
  await expect(openStateFolder(join(root, 'a-file'), { fresh: false })).rejects.toThrow(
    `cannot write to ${root}/a-file (EEXIST): the sandbox keeps its state there`,
  );
  await expect(openStateFolder(join(root, 'a-file', 'below'), { fresh: false })).rejects.toThrow(
    `cannot write to ${root}/a-file/below (ENOTDIR): the sandbox keeps its state there`,
  );
  await opened('unused', () => undefined);
  expect(existsSync(join(root, 'unused'))).toBe(false);
});
