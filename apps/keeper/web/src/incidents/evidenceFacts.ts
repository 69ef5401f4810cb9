/** What a step or a detector wrote down: `summary` and whatever its playbook knows. */
export type Facts = Record<string, unknown>;

/** `mrrAtRisk` as "Mrr at risk", `payment_method` as "Payment method". */
export function words(key: string): string {
  const spaced = key
    .replace(/([a-z\d])([A-Z])|([a-z])(?=\d)/g, (_, before, after, letter) =>
      letter ? `${letter} ` : `${before} ${after}`,
    )
    .replaceAll('_', ' ')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The line that a step or a finding gives of itself. */
export function summaryOf(facts: Facts | undefined): string | undefined {
  return typeof facts?.summary === 'string' ? facts.summary : undefined;
}

/** `amountDueMinor` beside a `currency` becomes one amount: nobody at night should read 9900 as dollars. */
export function withAmounts(facts: Facts): Facts {
  const { currency } = facts;
  if (typeof currency !== 'string') return facts;
  const amounts = Object.entries(facts).filter(([key, value]) => key.endsWith('Minor') && typeof value === 'number');
  if (amounts.length === 0) return facts;
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([key]) => key !== 'currency')
      .map(([key, value]) =>
        amounts.some(([name]) => name === key)
          ? [key.slice(0, -'Minor'.length), { minor: value, currency }]
          : [key, value],
      ),
  );
}
