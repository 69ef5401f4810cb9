/** What a kind of shop sells. A product is an item in a variant; prices are for one in US cents, and each variant costs a little more than the one before it. */
export interface Department {
  readonly category: string;
  readonly items: readonly string[];
  readonly variants: readonly string[];
  readonly cents: readonly [low: number, high: number];
  /** Taxed at the country's rate for food. */
  readonly food?: true;
}

export interface TradeFacts {
  readonly departments: readonly Department[];
  /** Local hours, 0 to 24. */
  readonly opens: number;
  readonly closes: number;
  /** Busiest hour. */
  readonly peak: number;
  /** How much of an average day each weekday brings, Monday first. */
  readonly week: readonly [number, number, number, number, number, number, number];
}

const weekdays = [1.05, 1, 1, 1.05, 1.25, 1.1, 0.55] as const;
const weekends = [0.7, 0.7, 0.8, 0.9, 1.15, 1.6, 1.15] as const;
const sixDays = [0.9, 0.9, 0.95, 1, 1.25, 1.5, 0] as const;

export const trades = {
  coffee: {
    opens: 6.5,
    closes: 18,
    peak: 9,
    week: weekdays,
    departments: [
      {
        category: 'Coffee',
        items: ['Espresso', 'Flat white', 'Latte', 'Cappuccino', 'Filter coffee', 'Cold brew', 'Mocha', 'Cortado'],
        variants: ['small', 'large', 'oat', 'decaf'],
        cents: [290, 520],
        food: true,
      },
      {
        category: 'Tea',
        items: ['English breakfast', 'Earl Grey', 'Green sencha', 'Chai latte', 'Rooibos'],
        variants: ['cup', 'pot'],
        cents: [280, 480],
        food: true,
      },
      {
        category: 'Bakery',
        items: ['Croissant', 'Pain au chocolat', 'Banana bread', 'Blueberry muffin', 'Cinnamon roll', 'Cookie'],
        variants: ['', 'to go', 'two'],
        cents: [260, 450],
        food: true,
      },
      {
        category: 'Beans',
        items: ['House blend', 'Ethiopia Guji', 'Colombia Huila', 'Decaf Peru'],
        variants: ['250 g', '500 g', '1 kg'],
        cents: [1250, 1900],
        food: true,
      },
      {
        category: 'Ware',
        items: ['Travel cup', 'Dripper', 'Paper filters', 'Hand grinder'],
        variants: ['', 'gift box'],
        cents: [900, 4900],
      },
    ],
  },
  bakery: {
    opens: 6,
    closes: 17,
    peak: 8.5,
    week: weekends,
    departments: [
      {
        category: 'Bread',
        items: ['Sourdough', 'Rye', 'Baguette', 'Ciabatta', 'Spelt loaf', 'Brioche', 'Focaccia'],
        variants: ['half', 'whole', 'sliced'],
        cents: [380, 780],
        food: true,
      },
      {
        category: 'Pastry',
        items: ['Croissant', 'Danish', 'Éclair', 'Apple turnover', 'Cardamom bun', 'Pretzel'],
        variants: ['', 'box of 4'],
        cents: [290, 520],
        food: true,
      },
      {
        category: 'Cake',
        items: ['Carrot cake', 'Cheesecake', 'Lemon tart', 'Black forest', 'Victoria sponge'],
        variants: ['slice', 'small', 'whole'],
        cents: [480, 620],
        food: true,
      },
      {
        category: 'Sandwiches',
        items: ['Ham and cheese', 'Egg mayonnaise', 'Roast beef', 'Hummus and carrot'],
        variants: ['', 'toasted'],
        cents: [690, 980],
        food: true,
      },
    ],
  },
  books: {
    opens: 9.5,
    closes: 19,
    peak: 15,
    week: weekends,
    departments: [
      {
        category: 'Fiction',
        items: [
          'The Salt Road',
          'Winter Harbour',
          'A House of Small Rooms',
          'The Cartographer',
          'Nine Tides',
          'Paper Lanterns',
          'The Last Orchard',
          'Glass River',
        ],
        variants: ['paperback', 'hardback', 'large print'],
        cents: [1290, 1890],
      },
      {
        category: 'Non-fiction',
        items: [
          'How Cities Eat',
          'The Quiet Machine',
          'Bread and Empire',
          'Maps of the Mind',
          'Field Notes',
          'A Short History of Glass',
        ],
        variants: ['paperback', 'hardback'],
        cents: [1490, 2400],
      },
      {
        category: 'Children',
        items: ['The Bear Who Counted', 'Moon Bus', 'Ten Small Ducks', 'Pirate Aunt', 'Where Rain Lives'],
        variants: ['board book', 'picture book', 'hardback'],
        cents: [790, 1290],
      },
      {
        category: 'Stationery',
        items: ['Notebook', 'Fountain pen', 'Greeting card', 'Bookmark', 'Wrapping paper'],
        variants: ['plain', 'ruled', 'gift set'],
        cents: [290, 1600],
      },
    ],
  },
  bikes: {
    opens: 9,
    closes: 18.5,
    peak: 16,
    week: sixDays,
    departments: [
      {
        category: 'Service',
        items: ['Tune-up', 'Wheel truing', 'Brake bleed', 'Puncture repair', 'Drivetrain clean'],
        variants: ['', 'express'],
        cents: [1500, 6900],
      },
      {
        category: 'Parts',
        items: ['Inner tube', 'Tyre', 'Chain', 'Brake pads', 'Cassette', 'Saddle', 'Pedals', 'Grips'],
        variants: ['28"', '26"', 'MTB', 'gravel'],
        cents: [690, 4200],
      },
      {
        category: 'Accessories',
        items: ['Helmet', 'Front light', 'Rear light', 'Lock', 'Bell', 'Bottle cage', 'Mudguard set', 'Pump'],
        variants: ['black', 'red', 'reflective'],
        cents: [890, 6900],
      },
      {
        category: 'Clothing',
        items: ['Jersey', 'Bib shorts', 'Gloves', 'Rain jacket', 'Socks'],
        variants: ['S', 'M', 'L', 'XL'],
        cents: [1200, 8900],
      },
    ],
  },
  garden: {
    opens: 8.5,
    closes: 18,
    peak: 11,
    week: weekends,
    departments: [
      {
        category: 'Plants',
        items: [
          'Lavender',
          'Rosemary',
          'Hydrangea',
          'Olive tree',
          'Fern',
          'Boxwood',
          'Climbing rose',
          'Hosta',
          'Japanese maple',
        ],
        variants: ['9 cm', '2 l', '5 l'],
        cents: [390, 1900],
      },
      {
        category: 'Seeds',
        items: ['Tomato', 'Basil', 'Carrot', 'Sunflower', 'Pumpkin', 'Radish', 'Sweet pea'],
        variants: ['packet', 'organic packet'],
        cents: [250, 480],
      },
      {
        category: 'Soil',
        items: ['Potting soil', 'Compost', 'Bark mulch', 'Seedling mix'],
        variants: ['20 l', '40 l', '70 l'],
        cents: [590, 990],
      },
      {
        category: 'Tools',
        items: ['Trowel', 'Pruners', 'Watering can', 'Rake', 'Garden hose'],
        variants: ['', 'pro'],
        cents: [1200, 3900],
      },
      {
        category: 'Pots',
        items: ['Terracotta pot', 'Glazed pot', 'Hanging basket'],
        variants: ['15 cm', '25 cm', '40 cm'],
        cents: [690, 1800],
      },
    ],
  },
  wine: {
    opens: 11,
    closes: 21,
    peak: 18.5,
    week: weekends,
    departments: [
      {
        category: 'Red',
        items: [
          'Rioja Crianza',
          'Chianti Classico',
          'Malbec',
          'Pinot Noir',
          'Côtes du Rhône',
          'Shiraz',
          'Blaufränkisch',
        ],
        variants: ['2021', '2022', '2023'],
        cents: [1190, 2900],
      },
      {
        category: 'White',
        items: ['Sauvignon Blanc', 'Riesling', 'Grüner Veltliner', 'Chablis', 'Albariño', 'Chenin Blanc'],
        variants: ['2022', '2023', '2024'],
        cents: [1090, 2600],
      },
      {
        category: 'Sparkling',
        items: ['Prosecco', 'Crémant', 'Cava', 'Champagne Brut'],
        variants: ['bottle', 'half bottle', 'magnum'],
        cents: [1290, 3900],
      },
      {
        category: 'Deli',
        items: ['Manchego', 'Olives', 'Salted almonds', 'Sourdough crackers', 'Pâté'],
        variants: ['100 g', '200 g'],
        cents: [390, 890],
        food: true,
      },
    ],
  },
  toys: {
    opens: 10,
    closes: 18.5,
    peak: 15.5,
    week: weekends,
    departments: [
      {
        category: 'Building',
        items: ['Wooden blocks', 'Marble run', 'Brick set', 'Train track', 'Magnet tiles'],
        variants: ['starter', 'large', 'extension'],
        cents: [1490, 3900],
      },
      {
        category: 'Games',
        items: ['Memory', 'Dominoes', 'Draughts', 'Card game', 'Dice tower', 'Puzzle 500', 'Puzzle 1000'],
        variants: ['', 'travel'],
        cents: [790, 2900],
      },
      {
        category: 'Soft toys',
        items: ['Bear', 'Rabbit', 'Fox', 'Whale', 'Owl', 'Dragon'],
        variants: ['small', 'large'],
        cents: [1290, 2490],
      },
      {
        category: 'Craft',
        items: ['Crayons', 'Modelling clay', 'Paint set', 'Bead kit', 'Origami paper'],
        variants: ['', 'box'],
        cents: [490, 1600],
      },
    ],
  },
  clothing: {
    opens: 10,
    closes: 19.5,
    peak: 17,
    week: weekends,
    departments: [
      {
        category: 'Tops',
        items: ['T-shirt', 'Oxford shirt', 'Merino jumper', 'Linen shirt', 'Hoodie', 'Cardigan'],
        variants: ['XS', 'S', 'M', 'L', 'XL'],
        cents: [1900, 7900],
      },
      {
        category: 'Bottoms',
        items: ['Chinos', 'Jeans', 'Pleated skirt', 'Shorts', 'Wool trousers'],
        variants: ['S', 'M', 'L', 'XL'],
        cents: [3900, 8900],
      },
      {
        category: 'Outerwear',
        items: ['Rain coat', 'Wool coat', 'Denim jacket', 'Gilet'],
        variants: ['S', 'M', 'L'],
        cents: [6900, 18900],
      },
      {
        category: 'Accessories',
        items: ['Scarf', 'Beanie', 'Belt', 'Socks', 'Tote bag', 'Gloves'],
        variants: ['navy', 'grey', 'olive'],
        cents: [900, 3900],
      },
    ],
  },
  hardware: {
    opens: 7.5,
    closes: 18,
    peak: 10,
    week: sixDays,
    departments: [
      {
        category: 'Fixings',
        items: ['Wood screws', 'Wall plugs', 'Nails', 'Hinges', 'Brackets', 'Washers', 'Hex bolts'],
        variants: ['4 mm', '5 mm', '6 mm', '8 mm'],
        cents: [290, 990],
      },
      {
        category: 'Hand tools',
        items: ['Claw hammer', 'Screwdriver', 'Spirit level', 'Tape measure', 'Handsaw', 'Pliers', 'Chisel'],
        variants: ['', 'pro'],
        cents: [890, 3900],
      },
      {
        category: 'Paint',
        items: ['Matt white', 'Satin white', 'Primer', 'Wood stain', 'Metal paint'],
        variants: ['0.75 l', '2.5 l', '5 l'],
        cents: [1490, 2900],
      },
      {
        category: 'Electrical',
        items: ['LED bulb', 'Extension lead', 'Socket', 'Cable ties', 'Batteries AA', 'Batteries AAA'],
        variants: ['single', 'pack'],
        cents: [390, 1900],
      },
      {
        category: 'Garden',
        items: ['Hose connector', 'Work gloves', 'Tarpaulin', 'Padlock'],
        variants: ['small', 'large'],
        cents: [490, 1900],
      },
    ],
  },
  grocery: {
    opens: 8,
    closes: 21,
    peak: 17.5,
    week: weekdays,
    departments: [
      {
        category: 'Produce',
        items: ['Apples', 'Bananas', 'Tomatoes', 'Carrots', 'Potatoes', 'Spinach', 'Lemons', 'Onions', 'Peppers'],
        variants: ['500 g', '1 kg', 'organic'],
        cents: [190, 420],
        food: true,
      },
      {
        category: 'Dairy',
        items: ['Milk', 'Yoghurt', 'Butter', 'Cheddar', 'Feta', 'Cream'],
        variants: ['small', 'large', 'organic'],
        cents: [150, 520],
        food: true,
      },
      {
        category: 'Pantry',
        items: ['Spaghetti', 'Basmati rice', 'Olive oil', 'Chickpeas', 'Oats', 'Honey', 'Passata', 'Flour'],
        variants: ['500 g', '1 kg'],
        cents: [190, 890],
        food: true,
      },
      {
        category: 'Drinks',
        items: ['Sparkling water', 'Apple juice', 'Kombucha', 'Cola', 'Ginger beer'],
        variants: ['33 cl', '75 cl', 'case'],
        cents: [150, 390],
        food: true,
      },
      {
        category: 'Household',
        items: ['Washing-up liquid', 'Kitchen roll', 'Laundry powder', 'Sponges'],
        variants: ['', 'value pack'],
        cents: [290, 990],
      },
    ],
  },
  flowers: {
    opens: 8.5,
    closes: 18.5,
    peak: 12,
    week: weekends,
    departments: [
      {
        category: 'Bouquets',
        items: [
          'Seasonal bouquet',
          'Rose bouquet',
          'Wildflower bouquet',
          'Tulip bunch',
          'Peony bunch',
          'Dried bouquet',
        ],
        variants: ['small', 'medium', 'large'],
        cents: [1500, 3900],
      },
      {
        category: 'Stems',
        items: ['Rose', 'Sunflower', 'Eucalyptus', 'Lily', 'Gerbera', 'Hydrangea'],
        variants: ['single', 'ten'],
        cents: [250, 590],
      },
      {
        category: 'House plants',
        items: ['Monstera', 'Snake plant', 'Peace lily', 'Orchid', 'Succulent'],
        variants: ['12 cm', '19 cm'],
        cents: [890, 3400],
      },
      {
        category: 'Gifts',
        items: ['Vase', 'Candle', 'Greeting card', 'Ribbon', 'Watering can'],
        variants: ['', 'gift box'],
        cents: [350, 2900],
      },
    ],
  },
  pets: {
    opens: 9,
    closes: 19,
    peak: 16.5,
    week: sixDays,
    departments: [
      {
        category: 'Dog food',
        items: ['Chicken kibble', 'Salmon kibble', 'Lamb tin', 'Puppy kibble', 'Grain-free kibble'],
        variants: ['400 g', '2 kg', '12 kg'],
        cents: [390, 1900],
      },
      {
        category: 'Cat food',
        items: ['Tuna pouch', 'Chicken pouch', 'Indoor kibble', 'Kitten kibble'],
        variants: ['single', 'box of 12', '2 kg'],
        cents: [120, 1490],
      },
      {
        category: 'Toys',
        items: ['Rope', 'Ball', 'Feather wand', 'Chew bone', 'Puzzle feeder'],
        variants: ['small', 'large'],
        cents: [490, 1600],
      },
      {
        category: 'Care',
        items: ['Shampoo', 'Brush', 'Litter', 'Flea collar', 'Nail clippers'],
        variants: ['', 'sensitive'],
        cents: [690, 2400],
      },
      {
        category: 'Beds and leads',
        items: ['Bed', 'Lead', 'Collar', 'Harness', 'Carrier'],
        variants: ['S', 'M', 'L'],
        cents: [990, 4900],
      },
    ],
  },
} as const satisfies Record<string, TradeFacts>;

export type Trade = keyof typeof trades;
