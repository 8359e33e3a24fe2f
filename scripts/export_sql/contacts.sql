-- one row per contact: all that a column may ask for
create table contacts as
with viewed as (
    select
        viewers.person_id,
        list(coalesce(clean(products.product_name), clean(viewers.segment_value))
            order by viewers.evidence, viewers.segment_value) as last_viewed_products
    from recent_viewers as viewers
    left join stg_shop__products as products on viewers.segment_value = products.product_id
    group by viewers.person_id
),
low_stock as (
    select
        favorites.person_id,
        list(coalesce(clean(products.product_name), clean(favorites.segment_value))
            order by favorites.evidence, favorites.segment_value) as low_stock_favorites
    from favorites_low_stock as favorites
    left join stg_shop__products as products on favorites.segment_value = products.product_id
    group by favorites.person_id
)
select
    points.*,
    -- an address of which a part is missing is none
    points.first_name is not null and points.last_name is not null
    and points.country_code is not null and points.postal_code is not null as has_address,
    people.stage,
    people.stage_from,
    clean(people.favorite_category) as favorite_category,
    people.last_order_on,
    case when people.last_order_on is not null then dependent.person_id is not null end
        as buys_at_discount,
    predictions.expected_next_order_on,
    viewed.last_viewed_products,
    low_stock.low_stock_favorites
from contact_points as points
left join people on points.person_id = people.person_id
left join person_predictions as predictions on points.person_id = predictions.person_id
left join (select distinct person_id from promotion_dependent_buyers) as dependent
    on points.person_id = dependent.person_id
left join viewed on points.person_id = viewed.person_id
left join low_stock on points.person_id = low_stock.person_id;

create table erased_keys as
select 'customer:' || customer_id as key
from stg_crm__erasure_requests where customer_id is not null
union
select 'email:' || email_key from stg_crm__erasure_requests where email_key is not null
union
-- whoever is one person with somebody who is named
select key_type || ':' || key_value from int_person_keys where person_id is null;
