import { afterEach, describe, expect, it } from 'vitest';
import {
  armFaultFromEnvironment,
  faultPoint,
  installFaultHandler,
  isSimulatedCrash,
  SimulatedCrash,
} from './faults.ts';

afterEach(() => installFaultHandler(undefined));

describe('fault points', () => {
  it('do nothing until a handler is installed, and nothing after it is taken away', async () => {
    await faultPoint('messages.before-send');
    const seen: string[] = [];
    installFaultHandler((name) => void seen.push(name));
    await faultPoint('messages.before-send');
    installFaultHandler(undefined);
    await faultPoint('messages.after-send');
    expect(seen).toEqual(['messages.before-send']);
  });

  it('let a handler crash the caller', async () => {
    installFaultHandler((name) => {
      if (name === 'runs.after-act') throw new SimulatedCrash(name);
    });
    await faultPoint('runs.before-act');
    await expect(faultPoint('runs.after-act')).rejects.toBeInstanceOf(SimulatedCrash);
  });

  it('are recognised as a crash behind another error', () => {
    const wrapped = new Error('step failed', { cause: new Error('relay failed', { cause: new SimulatedCrash() }) });
    expect(isSimulatedCrash(wrapped)).toBe(true);
    expect(isSimulatedCrash(new Error('other'))).toBe(false);
    expect(isSimulatedCrash(undefined)).toBe(false);
  });

  it('are not armed by an empty setting, and refuse one that names nothing', async () => {
    armFaultFromEnvironment(undefined);
    armFaultFromEnvironment('');
    await faultPoint('a');
    for (const wrong of ['#3', 'messages.before-send#0', 'messages.before-send#', 'two words', 'A.b']) {
      expect(() => armFaultFromEnvironment(wrong), wrong).toThrow(/not of the form/);
    }
  });
});
