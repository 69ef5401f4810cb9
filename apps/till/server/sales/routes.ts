import { Type } from 'typebox';
import type { TillServer } from '../server.ts';
import { listSales } from './listSales.ts';
import { recordSale } from './recordSale.ts';
import { NewSale, Sale, SalePage } from './schema.ts';

const Shop = Type.Object({ shopId: Type.String({ format: 'uuid' }) });

export async function saleRoutes(app: TillServer): Promise<void> {
  app.get(
    '/shops/:shopId/sales',
    {
      schema: {
        tags: ['sales'],
        summary: 'A shop’s sales, newest first',
        params: Shop,
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
          cursor: Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: { 200: SalePage },
      },
    },
    async (request) => listSales(app.contextOf(request), { shopId: request.params.shopId, ...request.query }),
  );
  app.post(
    '/shops/:shopId/sales',
    {
      schema: {
        tags: ['sales'],
        summary: 'Record a sale; 200 when it was recorded already',
        params: Shop,
        body: NewSale,
        response: { 200: Sale, 201: Sale },
      },
    },
    async (request, reply) => {
      const { sale, stored } = await recordSale(app.contextOf(request), {
        shopId: request.params.shopId,
        sale: request.body,
      });
      return reply.status(stored ? 201 : 200).send(sale);
    },
  );
}
