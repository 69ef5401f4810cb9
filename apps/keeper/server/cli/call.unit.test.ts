import { describe, expect, it } from 'vitest';
import { readCall } from './call.ts';
import { commands } from './commands.ts';

const id = '0197f0c0-0000-7000-8000-000000000001';

describe('the words behind keeper', () => {
  it.each([
    [['incidents'], 'incidents', []],
    [['incidents', 'all'], 'incidents', ['all']],
    [['incident', '#101'], 'incident', ['#101']],
    [['operator', 'create', 'a@example.com', 'Ana Ruiz'], 'operator create', ['a@example.com', 'Ana Ruiz']],
    [['organization', id], 'organization', [id]],
    [['reconcile'], 'reconcile', []],
  ])('%j are the command "%s" with %j', (argv, name, operands) => {
    const call = readCall(commands, argv);
    expect(call).toMatchObject({ command: { name }, operands, json: false, envFile: undefined, limit: 100 });
  });

  it('may come with options anywhere', () => {
    const call = readCall(commands, [
      '--json',
      'organizations',
      '--limit',
      '5',
      'Alder',
      '--cursor',
      'abc',
      '--env',
      'file',
    ]);
    expect(call).toMatchObject({ json: true, envFile: 'file', limit: 5, cursor: 'abc', operands: ['Alder'] });
    expect(call.command?.name).toBe('organizations');
    expect(readCall(commands, ['incidents', '--help']).command).toBeUndefined();
  });

  it.each([
    [[], /no command was given/],
    [['no', 'such'], /there is no command "no such"/],
    [['operator'], /there is no command "operator"/],
    [['incidents', '--env'], /--env/],
    [['incidents', 'closed'], /"closed" is not open, resolved or all/],
    [['incidents', 'open', 'more'], /incidents does not take "more"/],
    [['incidents', '--limit', '0'], /--limit must be a whole number from 1 to 1000/],
    [['incidents', '--limit', '1e2'], /--limit must be a whole number/],
    [['engine', '--cursor', 'x'], /engine takes neither --limit nor --cursor/],
    [['incident'], /incident needs NUMBER/],
    [['incident', 'x'], /"x" is not the number of an incident/],
    [['operator', 'create', 'a@example.com'], /operator create needs NAME/],
    [['reconcile', 'x'], /"x" is not the id of an organization/],
    [['token', 'revoke', 'tk_secret'], /"tk_secret" is not the id of a token/],
  ])('%j are refused', (argv, said) => {
    expect(() => readCall(commands, argv)).toThrow(said);
  });
});
