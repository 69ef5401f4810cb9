import { Type } from 'typebox';
import type { TillServer } from '../server.ts';
import { addProduct } from './addProduct.ts';
import { listProducts } from './listProducts.ts';
import { NewProduct, Product, ProductPage } from './schema.ts';

const Shop = Type.Object({ shopId: Type.String({ format: 'uuid' }) });

export async function catalogueRoutes(app: TillServer): Promise<void> {
  app.get(
    '/shops/:shopId/products',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'A shop’s products',
        params: Shop,
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
          cursor: Type.Optional(Type.String({ format: 'uuid' })),
        }),
        response: { 200: ProductPage },
      },
    },
    async (request) => listProducts(app.contextOf(request), { shopId: request.params.shopId, ...request.query }),
  );
  app.post(
    '/shops/:shopId/products',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'Add a product',
        params: Shop,
        body: NewProduct,
        response: { 201: Product },
      },
    },
    async (request, reply) => {
      const product = await addProduct(app.contextOf(request), {
        shopId: request.params.shopId,
        product: request.body,
      });
      return reply.status(201).send(product);
    },
  );
}
