import { countries } from './countries.ts';
import { fixedUuid, random } from './random.ts';

export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'owner' | 'manager' | 'cashier';
  readonly joinedAt: Temporal.Instant;
}

/** `Inès Lefèvre` at `lumen` becomes `ines.lefevre@lumen.example`. */
export function addressOf(name: string, key: string): string {
  const local = name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '.');
  return `${local}@${key}.example`;
}

/** The owner and `further` more: the first of them a manager, the others at the counter. */
export function peopleOf(options: {
  key: string;
  owner: { name: string; email?: string };
  country: string;
  further: number;
  joinedAt: Temporal.Instant;
  seed: string;
}): Member[] {
  const { key, owner, country, further, joinedAt, seed } = options;
  const draw = random(seed, key, 'people');
  const names = countries[country] ?? countries.US;
  const member = (name: string, email: string, role: Member['role'], place: number): Member => ({
    userId: fixedUuid(joinedAt, seed, key, 'user', String(place)),
    name,
    email,
    role,
    joinedAt: joinedAt.add({ hours: 24 * 3 * place }),
  });
  const people = [member(owner.name, owner.email ?? addressOf(owner.name, key), 'owner', 0)];
  while (people.length <= further && names !== undefined) {
    const name = `${draw.pick(names.givenNames)} ${draw.pick(names.familyNames)}`;
    const email = addressOf(name, key);
    if (people.some((one) => one.email === email)) continue;
    people.push(member(name, email, people.length === 1 ? 'manager' : 'cashier', people.length));
  }
  return people;
}
