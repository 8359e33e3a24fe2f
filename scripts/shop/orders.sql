-- Purchases come at exponential gaps until the person is gone for good (planned_orders).
create table order_heads as
with planned as (
    select
        person, rank, order_no, arrival_pulse,
        case
            when rank = 0 then 0
            else greatest(600, floor(-ln(u('gap', order_no)) / orders_a_day * 86400))
        end::bigint as gap
    from (
        select *, unnest(range(planned_orders)) as rank, person * max_orders() + rank as order_no
        from people where is_buyer
    )
),
timed as (
    select
        person, rank, order_no, arrival_pulse + sum(gap) over (partition by person order by rank) as pulse
    from planned
),
dated as (
    select timed.person, rank, order_no, calendar.day + clock('order', order_no) as drawn_at
    from (select * from timed where pulse < horizon()) as timed
    asof join calendar on timed.pulse >= calendar.pulse_from
)
select
    order_no, dated.person, rank,
    if(rank = 0, p.arrived_at, greatest(p.arrived_at + to_seconds(rank), drawn_at)) as ordered_at,
    p.currency, p.spend_level, p.favourite_category, p.returns_a_lot,
    case
        when p.has_app and u('app order', order_no) < 0.7 then 'mobile_app'
        else pick('channel', order_no, ['web', 'store', 'phone', null], [90, 6, 3, 1])
    end as channel,
    case
        when u('gift', order_no) < 0.002 then 'gift'
        when p.loves_promotions and u('promoted', order_no) < 0.93 or u('promoted', order_no) < 0.2
            then pick('promotion', order_no, ['line', 'coupon', 'order'], [45, 42, 13])
    end as promotion,
    pick('percent', order_no, [5, 10, 15, 20, 30], [15, 35, 22, 20, 8]) as percent,
    case
        when promotion = 'gift' then 'GIFT100'
        when promotion = 'coupon' and u('free shipping', order_no) < 0.1 then 'FREESHIP'
        when promotion = 'coupon'
            then case percent when 10 then 'WELCOME10' when 20 then 'VIP20' else 'SAVE' || percent end
    end as coupon,
    coalesce(ordered_at >= p.registered_at - interval 1 hour, false) or p.kind = 'imported' as is_customer,
    ordered_at + days(2 + 25 * u('refund wait', order_no)) as refund_at
from dated inner join people as p on dated.person = p.person
where ordered_at < end_at();

create table line_facts as
with lines as (
    select
        order_no, person, ordered_at, currency, promotion, percent, line_no,
        if(u('likes', line_no) < 0.45, favourite_category, floor(8 * pow(u('category', line_no), 1.3))::int)
            as category_no,
        -- the pricier half of the catalog is for people who spend a lot
        floor(product_count() // 8 / (1 + exp(-1.9 * (0.55 * spend_level + 0.7 * normal('taste', line_no)))))::bigint
            as price_rank,
        pick('quantity', line_no, [1, 2, 3, 4], [80, 15, 4, 1]) as quantity
    from (
        select
            *, order_no * 8 + unnest(range(pick('lines', order_no, [1, 2, 3, 4, 5], [50, 26, 13, 7, 4]))) as line_no
        from order_heads
    )
)
select
    line_no, order_no, person, ordered_at, catalogue.product_no, quantity,
    (catalogue.price * case currency when 'USD' then 1.1 when 'GBP' then 0.9 else 1 end)::decimal(12, 2)
        as unit_price,
    case
        when promotion = 'line' and (line_no % 8 = 0 or u('cut', line_no) < 0.4)
            then round(quantity * unit_price * percent / 100, 2)
        else 0
    end::decimal(12, 2) as discount
from lines inner join catalogue
    on catalogue.product_no = least(price_rank, product_count() // 8 - 1) * 8 + lines.category_no;

create table order_facts as
with sums as (
    select
        order_no,
        sum(quantity * unit_price) as subtotal,
        sum(discount) as line_discount,
        min(product_no) filter (where line_no % 8 = 0) as first_product
    from line_facts
    group by order_no
),
joined as (
    select
        order_heads.*, sums.first_product, sums.subtotal, sums.line_discount,
        refund_at < end_at() as can_refund,
        date_diff('hour', ordered_at, end_at()) as age_hours,
        pick(
            'status', sums.order_no, ['cancelled', 'failed', 'voided', 'pending', 'refunded', 'partially_refunded'],
            [30, 10, 4, 12, 18, 26]
        ) as odd_status
    from order_heads inner join sums on order_heads.order_no = sums.order_no
)
select
    order_no, person, rank, ordered_at,
    case
        when returns_a_lot and can_refund and u('returned', order_no) < 0.2 then 'refunded'
        when returns_a_lot and can_refund and u('returned', order_no) < 0.5 then 'partially_refunded'
        when u('odd status', order_no) < 0.09
            then if(not can_refund and odd_status in ('refunded', 'partially_refunded'), 'delivered', odd_status)
        when age_hours < 36 then 'paid'
        when age_hours < 80 then 'processing'
        when age_hours < 150 then 'shipped'
        else pick('done', order_no, ['delivered', 'completed'], [55, 45])
    end as status,
    channel, coupon, first_product, subtotal::decimal(12, 2) as subtotal,
    case
        when promotion = 'gift' then subtotal
        when promotion in ('coupon', 'order') and coupon is distinct from 'FREESHIP'
            then line_discount + round((subtotal - line_discount) * percent / 100, 2)
        else line_discount
    end::decimal(12, 2) as discount,
    refund_at, is_customer
from joined;
drop table order_heads;
