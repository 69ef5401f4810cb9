import { type Static, Type } from 'typebox';

export const Product = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  sku: Type.String(),
  barcode: Type.Union([Type.String(), Type.Null()]),
  category: Type.String(),
  priceMinor: Type.Integer({ description: 'Minor units of the shop’s currency, tax included' }),
  taxRateBasisPoints: Type.Integer({ description: '2500 is 25 %' }),
  archivedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
export type Product = Static<typeof Product>;

export const NewProduct = Type.Object({
  id: Type.Optional(Type.String({ format: 'uuid', description: 'Made on the device; otherwise here' })),
  name: Type.String({ minLength: 1, maxLength: 200 }),
  sku: Type.String({ minLength: 1, maxLength: 64 }),
  barcode: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  category: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  priceMinor: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  taxRateBasisPoints: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
});
export type NewProduct = Static<typeof NewProduct>;

export const ProductPage = Type.Object({
  items: Type.Array(Product),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
