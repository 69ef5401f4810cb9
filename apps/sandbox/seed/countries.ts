/** Tax that is inside a shop's prices, in basis points, and who signs for the shop. */
export interface CountryFacts {
  readonly tax: number;
  readonly foodTax: number;
  readonly givenNames: readonly string[];
  readonly familyNames: readonly string[];
}

const us: CountryFacts = {
  tax: 825,
  foodTax: 0,
  givenNames: ['Maya', 'Jordan', 'Ellie', 'Marcus', 'Tessa', 'Caleb', 'Renee', 'Andre', 'Paige', 'Omar'],
  familyNames: ['Brooks', 'Nguyen', 'Castillo', 'Walsh', 'Okafor', 'Hughes', 'Patel', 'Reyes', 'Lindqvist', 'Foster'],
};

export const countries: Readonly<Record<string, CountryFacts>> = {
  US: us,
  CA: { ...us, tax: 1300 },
  GB: {
    tax: 2000,
    foodTax: 0,
    givenNames: ['Imogen', 'Callum', 'Priya', 'Rhys', 'Freya', 'Declan', 'Zara', 'Hamish'],
    familyNames: ['Whitaker', 'Murray', 'Ahmed', 'Pritchard', 'Cole', 'Barnes', 'Sutherland'],
  },
  IE: {
    tax: 2300,
    foodTax: 0,
    givenNames: ['Aoife', 'Cian', 'Niamh', 'Eoin', 'Saoirse'],
    familyNames: ['Byrne', 'Gallagher', 'Nolan', 'Keane'],
  },
  DE: {
    tax: 1900,
    foodTax: 700,
    givenNames: ['Jonas', 'Lena', 'Mehmet', 'Katrin', 'Felix', 'Greta'],
    familyNames: ['Brandt', 'Vogel', 'Yilmaz', 'Seidel', 'Krüger'],
  },
  AT: {
    tax: 2000,
    foodTax: 1000,
    givenNames: ['Sophie', 'Lukas', 'Johanna', 'Matthias'],
    familyNames: ['Gruber', 'Steiner', 'Hofer', 'Wimmer'],
  },
  FR: {
    tax: 2000,
    foodTax: 550,
    givenNames: ['Camille', 'Théo', 'Inès', 'Bastien', 'Margaux'],
    familyNames: ['Lefèvre', 'Garnier', 'Moreau', 'Benali', 'Roussel'],
  },
  ES: {
    tax: 2100,
    foodTax: 1000,
    givenNames: ['Lucía', 'Iker', 'Marta', 'Pau', 'Nerea'],
    familyNames: ['Ferrer', 'Iglesias', 'Navarro', 'Etxeberria'],
  },
  NL: {
    tax: 2100,
    foodTax: 900,
    givenNames: ['Sanne', 'Daan', 'Fleur', 'Joris'],
    familyNames: ['de Vries', 'Bakker', 'Visser', 'Smit'],
  },
  NZ: {
    tax: 1500,
    foodTax: 1500,
    givenNames: ['Aroha', 'Liam', 'Mereana', 'Tane', 'Isla'],
    familyNames: ['Ngata', 'Fraser', 'Parata', 'Wilson'],
  },
  AU: {
    tax: 1000,
    foodTax: 0,
    givenNames: ['Matilda', 'Jack', 'Anjali', 'Cooper', 'Ruby'],
    familyNames: ['Harrington', 'Nguyen', 'Kelly', 'Papas'],
  },
  JP: {
    tax: 1000,
    foodTax: 800,
    givenNames: ['Yuki', 'Haruto', 'Aoi', 'Sota', 'Mei'],
    familyNames: ['Tanaka', 'Kobayashi', 'Mori', 'Inoue'],
  },
};

/** Minor units of the currency per US cent, and to what a shop rounds its prices. Yen have no minor unit. */
export const currencies: Readonly<Record<string, { readonly perCent: number; readonly step: number }>> = {
  USD: { perCent: 1, step: 5 },
  CAD: { perCent: 1.35, step: 5 },
  AUD: { perCent: 1.5, step: 5 },
  NZD: { perCent: 1.65, step: 10 },
  EUR: { perCent: 0.92, step: 5 },
  GBP: { perCent: 0.79, step: 5 },
  JPY: { perCent: 1.5, step: 10 },
};
