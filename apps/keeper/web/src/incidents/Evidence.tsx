import { Link } from '@tanstack/react-router';
import { BeforeAfter } from '@tillkeeper/ui/BeforeAfter';
import { Stamp } from '@tillkeeper/ui/Times';
import { money } from '@tillkeeper/ui/words/money';
import { createContext, type ReactNode, useContext } from 'react';
import { type Facts, withAmounts, words } from './evidenceFacts.ts';

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// `api_failing` is a word, `cus_l9yIRvLQTuF8pN` an id.
const stripeId = /^[a-z]{2,8}_(?=\w*[A-Z0-9])\w{8,}$/;
const rowsShown = 12;

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFlat(value: Facts): boolean {
  return Object.values(value).every((each) => typeof each !== 'object' || each === null);
}

function isChange(value: Facts): boolean {
  return 'before' in value && 'after' in value && isFlat(value) && Object.keys(value).length === 2;
}

/** Names of the organizations on this page, by id: evidence speaks of them by id alone. */
export const OrganizationNames = createContext<ReadonlyMap<string, string>>(new Map());

function Id({ id }: { id: string }) {
  const name = useContext(OrganizationNames).get(id);
  if (name === undefined) return <span className="code">{id}</span>;
  return (
    <Link to="/organizations/$id" params={{ id }} className="link">
      {name}
    </Link>
  );
}

function Scalar({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') return <span className="text-ink-3">none</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString('en-US');
  const text = String(value);
  if (instant.test(text)) return <Stamp at={text} />;
  return uuid.test(text) || stripeId.test(text) ? <Id id={text} /> : text;
}

function Rows({ rows }: { rows: readonly Facts[] }) {
  const columns = [...new Set(rows.slice(0, rowsShown).flatMap((row) => Object.keys(row)))].slice(0, 6);
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-collapse text-12">
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                className="h-[27px] border-b border-line pr-3 text-left font-regular text-ink-3"
              >
                {words(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, rowsShown).map((row) => (
            <tr key={JSON.stringify(row)}>
              {columns.map((column) => (
                <td key={column} className="h-[29px] max-w-60 truncate border-b border-line pr-3">
                  <Value value={row[column]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > rowsShown ? <p className="pt-1.5 text-12 text-ink-3">{rows.length - rowsShown} more</p> : null}
    </div>
  );
}

function Value({ value }: { value: unknown }): ReactNode {
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-ink-3">none</span>;
    if (value.every((each) => isFacts(each) && isFlat(each))) return <Rows rows={value as Facts[]} />;
    return (
      <ul>
        {value.slice(0, rowsShown).map((each) => (
          <li key={JSON.stringify(each)} className="wrap-anywhere">
            <Value value={each} />
          </li>
        ))}
        {value.length > rowsShown ? <li className="text-ink-3">{value.length - rowsShown} more</li> : null}
      </ul>
    );
  }
  if (!isFacts(value)) return <Scalar value={value} />;
  if (typeof value.minor === 'number' && typeof value.currency === 'string') return money(value.minor, value.currency);
  if (typeof value.kind === 'string' && typeof value.name === 'string' && isFlat(value)) return value.name;
  if (isChange(value)) {
    return <BeforeAfter before={<Scalar value={value.before} />} after={<Scalar value={value.after} />} />;
  }
  return (
    <ul>
      {Object.entries(value).map(([key, each]) => (
        <li key={key} className={isFacts(each) && !isChange(each) ? 'wrap-anywhere [&_ul]:pl-3' : 'wrap-anywhere'}>
          <span className="text-ink-3">{words(key)}</span> <Value value={each} />
        </li>
      ))}
    </ul>
  );
}

/** What a step saw, whatever its playbook wrote down: a name and a value each, lists as tables. */
export function Evidence({ facts }: { facts: Facts }) {
  const shown = Object.entries(withAmounts(facts)).filter(([key]) => key !== 'summary');
  if (shown.length === 0) return null;
  return (
    <dl className="grid gap-x-3 gap-y-1.5 px-3.5 py-2.5 text-12 desk:grid-cols-[132px_minmax(0,1fr)]">
      {shown.map(([key, value]) => (
        <div key={key} className="contents">
          <dt className="text-ink-3">{words(key)}</dt>
          <dd className="min-w-0 wrap-anywhere max-desk:mb-1">
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
