import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('an armed fault point kills the process with SIGKILL at the armed passing, before anything after it', () => {
  const script = `
    import { armFaultFromEnvironment, faultPoint } from ${JSON.stringify(import.meta.resolve('./faults.ts'))};
    armFaultFromEnvironment(process.argv[1]);
    for (const name of ['messages.before-send', 'messages.after-send', 'messages.before-send', 'messages.before-send']) {
      await faultPoint(name);
      process.stdout.write(name + ';');
    }`;
  const run = (armed: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script, armed], { encoding: 'utf8' });
  const killed = run('messages.before-send#2');
  expect(killed.signal).toBe('SIGKILL');
  expect(killed.stdout).toBe('messages.before-send;messages.after-send;');
  expect(run('messages.never').status).toBe(0);
});
