create table public.products (
  organization_id        uuid        not null references public.organizations (id),
  id                     uuid        not null default ops.uuidv7(),
  name                   text        not null check (length(name) between 1 and 200),
  sku                    text        not null check (length(sku) between 1 and 64),
  barcode                text,
  category               text        not null default 'Other',
  price_minor            bigint      not null check (price_minor >= 0), -- tax included
  tax_rate_basis_points  integer     not null default 0 check (tax_rate_basis_points between 0 and 10000),
  archived_at            timestamptz,
  created_at             timestamptz not null default ops.now(),
  primary key (organization_id, id),
  unique (organization_id, sku)
);

-- Ids are made on the device, so sending a sale twice finds the first one.
create table public.sales (
  organization_id uuid        not null references public.organizations (id),
  id              uuid        not null,
  receipt_number  text        not null,
  cashier_id      uuid        not null,
  tender          text        not null check (tender in ('cash', 'card')),
  currency        text        not null,
  total_minor     bigint      not null check (total_minor >= 0),
  tax_minor       bigint      not null check (tax_minor between 0 and total_minor),
  content_hash    text        not null,
  occurred_at     timestamptz not null, -- the device's time
  received_at     timestamptz not null default ops.now(),
  primary key (organization_id, id),
  unique (organization_id, receipt_number)
);
create index sales_by_time on public.sales (organization_id, occurred_at, id);

create table public.sale_lines (
  organization_id       uuid    not null,
  sale_id               uuid    not null,
  line_number           integer not null check (line_number > 0),
  product_id            uuid    not null,
  product_name          text    not null, -- as it was sold; never today's name, price or rate
  quantity              integer not null check (quantity > 0),
  unit_price_minor      bigint  not null check (unit_price_minor >= 0),
  tax_rate_basis_points integer not null check (tax_rate_basis_points between 0 and 10000),
  tax_minor             bigint  not null check (tax_minor between 0 and total_minor),
  total_minor           bigint  not null check (total_minor = quantity * unit_price_minor),
  primary key (organization_id, sale_id, line_number),
  foreign key (organization_id, sale_id) references public.sales (organization_id, id),
  foreign key (organization_id, product_id) references public.products (organization_id, id)
);
create index sale_lines_by_product on public.sale_lines (organization_id, product_id);

comment on table public.products is 'tenant; erasure: delete. What a shop sells.';
comment on table public.sales is 'tenant; erasure: delete. What a shop sold, as the device rang it up.';
comment on table public.sale_lines is 'tenant; erasure: delete. The lines of a sale.';
