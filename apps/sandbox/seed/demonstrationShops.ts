import { type Trade, trades } from './trades.ts';

const plans = ['free', 'basic', 'pro', 'enterprise'] as const;
const states = ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'canceled'] as const;

export type PlanId = (typeof plans)[number];
export type ShopState = (typeof states)[number];

export interface DemonstrationShop {
  /** Also the name of its mail domain, `<key>.example`. */
  readonly key: string;
  readonly name: string;
  readonly owner: string;
  readonly country: string;
  readonly timezone: string;
  readonly locale: string;
  readonly currency: string;
  readonly trade: Trade;
  readonly plan: PlanId;
  readonly state: ShopState;
  /** Days since it signed up. */
  readonly age: number;
  /** Beside the owner. */
  readonly members: number;
  readonly products: number;
  /** On an average day of its last year. */
  readonly sales: number;
  /** Which monthly payments of the last year failed at first, counted back from the latest. */
  readonly failedMonths?: readonly number[];
  /** The owner leaves mails alone: some do, and the playbooks must cope. */
  readonly silent?: true;
}

type Place = Pick<DemonstrationShop, 'country' | 'timezone' | 'locale' | 'currency'>;

const place = (country: string, timezone: string, locale: string, currency = 'USD'): Place => ({
  country,
  timezone,
  locale,
  currency,
});

const places: Readonly<Record<string, Place>> = {
  newYork: place('US', 'America/New_York', 'en-US'),
  chicago: place('US', 'America/Chicago', 'en-US'),
  denver: place('US', 'America/Denver', 'en-US'),
  phoenix: place('US', 'America/Phoenix', 'en-US'),
  losAngeles: place('US', 'America/Los_Angeles', 'en-US'),
  honolulu: place('US', 'Pacific/Honolulu', 'en-US'),
  toronto: place('CA', 'America/Toronto', 'en-CA', 'CAD'),
  london: place('GB', 'Europe/London', 'en-GB', 'GBP'),
  dublin: place('IE', 'Europe/Dublin', 'en-IE', 'EUR'),
  berlin: place('DE', 'Europe/Berlin', 'de-DE', 'EUR'),
  vienna: place('AT', 'Europe/Vienna', 'de-AT', 'EUR'),
  paris: place('FR', 'Europe/Paris', 'fr-FR', 'EUR'),
  madrid: place('ES', 'Europe/Madrid', 'es-ES', 'EUR'),
  amsterdam: place('NL', 'Europe/Amsterdam', 'nl-NL', 'EUR'),
  auckland: place('NZ', 'Pacific/Auckland', 'en-NZ', 'NZD'),
  sydney: place('AU', 'Australia/Sydney', 'en-AU', 'AUD'),
  tokyo: place('JP', 'Asia/Tokyo', 'ja-JP', 'JPY'),
};

// One shop a line, columns two blanks apart, as `DemonstrationShop` describes them: team are its members beside the owner, shelf its
// products; `failed 2,7` are its failed months.
const table = `
key                  name                   owner            place       trade     plan        state      age  team  shelf  sales  more
harbor-coffee        Harbor Coffee          Ana Ruiz         losAngeles  coffee    pro         active     730     6     64     22  failed 4
northside-bikes      Northside Bikes        Theo Lindgren    chicago     bikes     basic       active     512     3    110      7
maple-and-rye        Maple & Rye Bakery     Grace Okonkwo    toronto     bakery    pro         active    1020     6     58     20
paper-lantern-books  Paper Lantern Books    Miriam Feld      newYork     books     basic       active     640     3    240      8  failed 2,7
kauri-garden         Kauri Garden Centre    Hemi Walker      auckland    garden    pro         active     890     5    260     13
sakura-stationers    Sakura Bunbōgu         Naoko Sato       tokyo       books     pro         active     460     4    180     14
weinhaus-adler       Weinhaus Adler         Stefan Adler     vienna      wine      basic       active     380     2    130      6
copper-kettle        The Copper Kettle      Fiona Barr       london      coffee    pro         active    1190     5     72     18  failed 9
meridian-outfitters  Meridian Outfitters    Dana Whitfield   denver      clothing  enterprise  active    1400     6    320     20
harvest-lane         Harvest Lane Markets   Robert Achebe    chicago     grocery   enterprise  active    1310     6    400     26
bluebird-toys        Bluebird Toys          Claire Dubois    paris       toys      basic       active     590     2    150      6
iron-and-oak         Iron & Oak Hardware    Walter Brandt    newYork     hardware  pro         active     980     5    340     12  failed 1
petal-street         Petal Street Florists  Nadia Haddad     dublin      flowers   basic       active     420     2     70      6
tail-and-whisker     Tail & Whisker         Sam Petrov       sydney      pets      pro         active     700     4    170     11
la-despensa          La Despensa            Carmen Vidal     madrid      grocery   pro         active     545     5    280     17
brood-en-zo          Brood en Zo            Pieter Mulder    amsterdam   bakery    basic       active     610     3     55      9
summit-cycles        Summit Cycles          Hannah Kim       denver      bikes     pro         active     330     4    140      9
old-mill-wines       Old Mill Wines         George Tanner    london      wine      basic       active     775     2    120      5  failed 5
lumen-clothing       Lumen                  Ines Moreau      paris       clothing  pro         active     410     4    210     10
cascade-garden       Cascade Garden Supply  Peter Novak      losAngeles  garden    enterprise  active     860     6    300     16
hinoki-toys          Hinoki Toys            Kenji Mori       tokyo       toys      basic       active     295     1    120      5
southern-paws        Southern Paws          Lily Nguyen      phoenix     pets      basic       active     205     2    140      6
corner-press         Corner Press Coffee    Malik Johnson    newYork     coffee    basic       past_due   365     2     48     11  silent
waikiki-blooms       Waikiki Blooms         Leilani Kahale   honolulu    flowers   pro         past_due   480     3     66      8  silent
holzwurm             Holzwurm Spielwaren    Anke Richter     berlin      toys      basic       unpaid     440     2    110      4  silent
prairie-tools        Prairie Tools          Earl Jensen      chicago     hardware  pro         unpaid     690     3    220      7  silent
tiny-shelf           Tiny Shelf             Rosa Lind        berlin      books     basic       paused      24     0     45      3  silent
first-light          First Light Coffee     Jonah Reed       losAngeles  coffee    pro         trialing     3     2     40     14
moss-and-fern        Moss & Fern            Elin Sand        amsterdam   garden    basic       trialing     6     1     60      6
bay-street-books     Bay Street Books       Oscar Lam        toronto     books     basic       trialing    11     0     80      5
kereru-kitchen       Kererū Kitchen         Moana Ria        auckland    bakery    pro         trialing     9     2     36     10
desert-rose          Desert Rose Flowers    Elena Soto       phoenix     flowers   basic       canceled   520     1     50      4
gear-loft            The Gear Loft          Piotr Zielinski  dublin      bikes     pro         canceled   610     2     90      5
sunday-market        Sunday Market Stall    Amy Pond         london      grocery   free        active     340     0     60      3
the-yarn-barn        The Yarn Barn          Ruth Salter      denver      clothing  free        active     260     1     84      3
pocket-press         Pocket Press           Ivo Marek        vienna      books     free        active     180     0     40      2
pier-nine            Pier Nine Supplies     Frank Doyle      newYork     hardware  free        active     410     1     95      4
yuzu-cafe            Yuzu Café              Emi Hayashi      tokyo       coffee    free        active     300     1     32     13
green-thumb          Green Thumb Plants     Ben Carver       sydney      garden    free        active      90     0     70      4
paws-corner          Paws Corner            Alba Serra       madrid      pets      free        active     150     1     52      3
`;

function oneOf<T extends string>(word: string, words: readonly T[]): T {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new Error(`"${word}" is none of ${words.join(', ')}`);
  return found;
}

function readShop(line: string): DemonstrationShop {
  const cells = line.split(/ {2,}/);
  const [key = '', name = '', owner = '', where = '', trade = '', plan = '', state = '', ...rest] = cells;
  const [age, members, products, sales] = rest.map(Number);
  const failed = /failed ([\d,]+)/.exec(line)?.[1]?.split(',').map(Number);
  const facts = places[oneOf(where, Object.keys(places))];
  if (facts === undefined || sales === undefined || !Number.isInteger(sales)) throw new Error(`cannot read "${line}"`);
  return {
    key,
    name,
    owner,
    ...facts,
    trade: oneOf(trade, Object.keys(trades) as Trade[]),
    plan: oneOf(plan, plans),
    state: oneOf(state, states),
    age: age ?? 0,
    members: members ?? 0,
    products: products ?? 0,
    sales,
    ...(failed === undefined ? {} : { failedMonths: failed }),
    ...(line.endsWith('silent') ? { silent: true } : {}),
  };
}

/** The shops that live in the sandbox: all plans, all states of a subscription, currencies with two decimals and with none. */
export const demonstrationShops: readonly DemonstrationShop[] = table.trim().split('\n').slice(1).map(readShop);
