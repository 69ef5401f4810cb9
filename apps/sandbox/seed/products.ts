import { countries, currencies } from './countries.ts';
import { random } from './random.ts';
import { type Department, type Trade, trades } from './trades.ts';

export interface Product {
  readonly name: string;
  readonly sku: string;
  readonly barcode: string;
  readonly category: string;
  /** Minor units of the shop's currency, tax included. */
  readonly priceMinor: number;
  readonly taxRateBasisPoints: number;
}

/** Further ranges when a shop lists more than its trade has: another supplier of the same things. */
const ranges = ['', 'Classic', 'Studio', 'North', 'Heritage', 'Coast', 'Field', 'Atelier'];

function priceOf(department: Department, variant: number, currency: string, draw: number): number {
  const [low, high] = department.cents;
  const { perCent, step } = currencies[currency] ?? { perCent: 1, step: 1 };
  const cents = (low + (high - low) * draw) * (1 + 0.35 * variant);
  return Math.max(step, Math.round((cents * perCent) / step) * step);
}

// EAN-13 in the range that GS1 leaves to shops for their own use.
function barcode(number: number): string {
  const digits = `20${String(number).padStart(10, '0')}`;
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return digits + String((10 - (sum % 10)) % 10);
}

/** `count` different products of a trade, spread over its departments, in a stable order. */
export function productsOf(options: {
  trade: Trade;
  country: string;
  currency: string;
  count: number;
  seed: string;
}): Product[] {
  const { trade, country, currency, count, seed } = options;
  const draw = random(seed, 'products');
  const tax = countries[country] ?? { tax: 0, foodTax: 0 };
  const departments: readonly Department[] = trades[trade].departments;
  const shelves = departments.map((department) => {
    const skuPrefix = department.category.slice(0, 3).toUpperCase();
    const offers: Omit<Product, 'sku' | 'barcode'>[] = [];
    for (const range of ranges) {
      for (const [index, variant] of department.variants.entries()) {
        for (const item of department.items) {
          offers.push({
            name: [range, item, variant].filter((word) => word !== '').join(' '),
            category: department.category,
            priceMinor: priceOf(department, index, currency, draw.next()),
            taxRateBasisPoints: department.food === true ? tax.foodTax : tax.tax,
          });
        }
      }
    }
    return { skuPrefix, offers };
  });
  const products: Product[] = [];
  for (let place = 0; products.length < count; place += 1) {
    const before = products.length;
    for (const { skuPrefix, offers } of shelves) {
      const offer = offers[place];
      if (offer === undefined || products.length === count) continue;
      const number = products.length + 1;
      products.push({ ...offer, sku: `${skuPrefix}-${String(number).padStart(4, '0')}`, barcode: barcode(number) });
    }
    if (products.length === before) throw new Error(`the trade ${trade} has no ${count} products`);
  }
  return products;
}
