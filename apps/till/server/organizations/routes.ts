import { Type } from 'typebox';
import type { TillServer } from '../server.ts';
import { listShops } from './listShops.ts';
import { readShop } from './readShop.ts';
import { Me, Shop, ShopList } from './schema.ts';

export async function organizationRoutes(app: TillServer): Promise<void> {
  app.get(
    '/me',
    { schema: { tags: ['shops'], summary: 'Who is signed in', response: { 200: Me } } },
    async (request) => {
      const { userId, name, email } = app.memberOf(request);
      const shops = await listShops(app.contextOf(request));
      return {
        id: userId,
        name,
        email,
        shops: shops.map((shop) => ({ id: shop.id, name: shop.name, role: shop.role })),
      };
    },
  );
  app.get(
    '/shops',
    { schema: { tags: ['shops'], summary: 'The caller’s shops', response: { 200: ShopList } } },
    async (request) => ({
      items: await listShops(app.contextOf(request)),
      nextCursor: null,
    }),
  );
  app.get(
    '/shops/:shopId',
    {
      schema: {
        tags: ['shops'],
        summary: 'One shop: plan, state, use, today',
        params: Type.Object({ shopId: Type.String({ format: 'uuid' }) }),
        response: { 200: Shop },
      },
    },
    (request) => readShop(app.contextOf(request), request.params.shopId),
  );
}
