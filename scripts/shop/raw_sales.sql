-- Orders of customers and guests, in the currency of the country.
create view orders as
select
    order_no as row_no, o.ordered_at as sort_at,
    'O' || order_no as order_id,
    owner(person, kind, is_customer, order_no) as customer_id,
    owner_email(email, is_customer, order_no, 0.55) as email,
    if(u('phone given', order_no) < 0.4, phone(person, country), null) as phone,
    stamp(o.ordered_at, order_no) as ordered_at,
    status, currency,
    subtotal::varchar as subtotal_amount,
    if(discount > 0 or u('zero', order_no) < 0.7, discount::varchar, null) as discount_amount,
    shipping::varchar as shipping_amount,
    tax::varchar as tax_amount,
    (subtotal - discount + shipping + tax)::varchar as total_amount,
    coupon as coupon_code,
    case
        when u('payment', order_no) < 0.8 then pick(
            'payment habit', person, ['card', 'paypal', 'pay_later', 'bank_transfer', 'gift_card'], [55, 28, 9, 5, 3]
        )
        when u('payment', order_no) < 0.99 then 'card'
    end as payment_method,
    if(
        channel = 'store', 'store_pickup',
        pick('shipping', order_no, ['standard', 'express', 'pickup_point', null], [62, 14, 20, 4])
    ) as shipping_method,
    channel as sales_channel,
    case
        when u('ship', order_no) < 0.82 then spelling(order_no, city)
        when u('ship', order_no) < 0.88 then one_of('gift place', order_no, cities())
    end as shipping_city,
    if(u('ship', order_no) < 0.82, country, null) as shipping_country_code,
    if(
        status in ('delivered', 'completed', 'partially_refunded', 'refunded'),
        iso(changed_at - interval 1 minute), null
    ) as delivered_at,
    -- what refunds say, too
    if(status = 'refunded' and refund_at < end_at(), (subtotal - discount)::varchar, null) as refunded_amount,
    if(channel = 'store', null, 'false') as is_test,
    iso(changed_at - interval 1 second) as updated_at
from (
    select
        o.*, p.kind, p.email, p.city, p.country, p.currency,
        if(o.coupon = 'FREESHIP' or o.subtotal > 80, 0, 4.90)::decimal(12, 2) as shipping,
        round((o.subtotal - o.discount) * 0.2, 2)::decimal(12, 2) as tax,
        until_end(o.ordered_at + days(1 + 6 * u('delivery', o.order_no)), interval 0 second) as changed_at
    from order_facts as o inner join people as p on o.person = p.person
) as o;

create view order_lines as
select
    line_no as row_no, ordered_at as sort_at,
    'L' || line_no as order_line_id,
    'O' || order_no as order_id,
    'P' || (1000 + product_no) as product_id,
    quantity::varchar as quantity,
    unit_price::varchar as unit_price,
    if(discount > 0, discount::varchar, null) as discount_amount
from line_facts;

-- refunds in one or two pieces; a few orders were paid back without a change of status
create view refunds as
with refunded as (
    select
        order_no, refund_at,
        round((subtotal - discount) * case
            when status = 'refunded' then 1.0
            when status = 'partially_refunded' then 0.2 + 0.6 * u('refund share', order_no)
            when u('silent refund', order_no) < 0.01 then 1.0
        end, 2)::decimal(12, 2) as refund,
        if(u('two refunds', order_no) < 0.2, [1, 2], [1]) as pieces
    from order_facts
    where refund_at < end_at() and status in ('refunded', 'partially_refunded', 'delivered', 'completed', 'shipped')
)
select
    order_no * 4 + piece as row_no, null as sort_at,
    'R' || row_no as refund_id,
    'O' || order_no as order_id,
    iso(refund_at - to_minutes(3 - piece)) as refunded_at,
    case
        when len(pieces) = 1 then refund
        when piece = 1 then round(refund / 3, 2)::decimal(12, 2)
        else refund - round(refund / 3, 2)::decimal(12, 2)
    end::varchar as amount
from refunded, unnest(pieces) as s (piece)
where refund is not null;

-- the catalog, with stock from sold out (and oversold) to plenty
create view products as
select
    product_no as row_no, null as sort_at,
    'P' || (1000 + product_no) as product_id,
    one_of(
        'product word', product_no,
        ['Lumen', 'Orée', 'Sillage', 'Brume', 'Galet', 'Aube', 'Rivage', 'Mistral', 'Safran']
    ) || ' ' || (product_no // 8 + 1) as product_name,
    if(product_no % 53 <> 52, categories()[product_no % 8 + 1], null) as category,
    if(u('collected', product_no) < 0.8, one_of(
        'collection', product_no, ['Essentiels', 'Été 2024', 'Hiver 2024', 'Été 2025', 'Atelier']
    ), null) as collection,
    price::decimal(12, 2)::varchar as unit_price,
    round(price * 0.42, 2)::decimal(12, 2)::varchar as unit_cost,
    if(
        u('scarce', product_no) < 0.15,
        floor(7 * u('stock', product_no))::int - 1, 6 + floor(400 * u('stock', product_no))::int
    )::varchar as stock_quantity,
    iso(end_at() - days(1 + 60 * u('restocked', product_no))) as updated_at
from catalogue;

-- reviews of things bought; those of guests name nobody
create view reviews as
select
    line_no as row_no, null as sort_at,
    'V' || line_no as review_id,
    if(is_customer, customer(person, false), null) as customer_id,
    if(is_customer and u('review by e-mail', line_no) < 0.2, typed(person, email), null) as email,
    'P' || (1000 + product_no) as product_id,
    pick('rating', line_no, ['5', '4', '3', '2', '1', '4.5', null], [45, 27, 12, 6, 6, 2, 2]) as rating,
    pick('photo', line_no, ['true', '1', 'Yes', 'false', 'no', null], [14, 3, 2, 61, 5, 15]) as has_photo,
    iso(reviewed) as reviewed_at
from (
    select
        l.line_no, l.person, l.product_no, o.is_customer, p.email,
        l.ordered_at + days(8 + 40 * u('reviewed', l.line_no)) as reviewed
    from line_facts as l
    inner join order_facts as o on l.order_no = o.order_no
    inner join people as p on l.person = p.person
    where u('reviews', l.line_no) < 0.045 and o.status in ('delivered', 'completed', 'partially_refunded')
)
where reviewed < end_at();

-- euro per unit, on weekdays, with some days missing; each a slow walk
create view exchange_rates as
with walked as (
    select
        currency_no, day_no, currency_no * 100000 + day_no as row_no,
        ([9200, 11700, 10400])[currency_no + 1] + sum(floor(u('rate step', row_no) * 61)::int - 30)
            over (partition by currency_no order by day_no) as level
    from range(shop_days() + 10) as d (day_no), range(3) as c (currency_no)
)
select
    row_no, null as sort_at,
    (['USD', 'GBP', 'CHF'])[currency_no + 1] as currency,
    (first_day() - 10 + day_no::int)::varchar as rate_on,
    (level / 10000)::decimal(12, 4)::varchar as rate
from walked
where isodow(first_day() - 10 + day_no::int) < 6 and u('rate missing', row_no) > 0.03 or day_no = 0;
