-- Behaviour is drawn in even time, "pulse" seconds. The calendar stretches it: November and December are busy, August
-- is quiet.
create table calendar as
with weighed as (
    select
        day::date as day,
        ([1.05, 0.8, 0.85, 0.9, 0.95, 1.0, 0.95, 0.7, 0.9, 1.05, 1.45, 1.6])[month(day)]
            * if(isodow(day) = 7, 1.15, 1)
            * case
                when month(day) = 11 and dayofmonth(day) >= 22 then 1.7 -- around Black Friday
                when month(day) = 12 and dayofmonth(day) >= 23 then 0.4
                else 1
            end as weight
    from range(first_day()::timestamp, last_day() + interval 1 day, interval 1 day) as r (day)
)
select
    day,
    floor(((sum(weight) over (order by day) - weight) * horizon() / sum(weight) over ())::double)::bigint as pulse_from
from weighed;

-- one row per unit of weight
create table places as
select row_number() over (order by place_no, unit) - 1 as slot, place_no, country, city, region, postal
from (
    values
    (1, 'FR', 'Paris', 'Île-de-France', '750', 26), (2, 'FR', 'Lyon', 'Auvergne-Rhône-Alpes', '690', 8),
    (3, 'FR', 'Saint-Étienne', 'Auvergne-Rhône-Alpes', '420', 4),
    (4, 'FR', 'Marseille', 'Provence-Alpes-Côte d''Azur', '130', 6),
    (5, 'FR', 'Nice', 'Provence-Alpes-Côte d''Azur', '060', 3), (6, 'FR', 'Toulouse', 'Occitanie', '310', 5),
    (7, 'FR', 'Nîmes', 'Occitanie', '300', 2), (8, 'FR', 'Nantes', 'Pays de la Loire', '440', 4),
    (9, 'FR', 'Lille', 'Hauts-de-France', '590', 5), (10, 'FR', 'Bordeaux', 'Nouvelle-Aquitaine', '330', 4),
    (11, 'FR', 'Strasbourg', 'Grand Est', '670', 3), (12, 'FR', 'Rennes', 'Bretagne', '350', 3),
    (13, 'FR', 'Orléans', 'Centre-Val de Loire', '450', 2),
    (14, 'FR', 'Besançon', 'Bourgogne-Franche-Comté', '250', 2), (15, 'FR', 'Ajaccio', 'Corse', '200', 1),
    (16, 'BE', 'Bruxelles', 'Bruxelles-Capitale', '10', 4), (17, 'BE', 'Liège', 'Wallonie', '40', 2),
    (18, 'CH', 'Genève', 'Genève', '12', 3), (19, 'CH', 'Zürich', 'Zürich', '80', 2),
    (20, 'DE', 'Köln', 'Nordrhein-Westfalen', '506', 2), (21, 'DE', 'Berlin', 'Berlin', '101', 2),
    (22, 'GB', 'London', 'England', 'E1 ', 3), (23, 'GB', 'Newcastle upon Tyne', 'England', 'NE1 ', 1),
    (24, 'US', 'New York', 'New York', '100', 2), (25, 'US', 'Saint Louis', 'Missouri', '631', 1),
    (26, 'ES', 'Málaga', 'Andalucía', '290', 1), (27, 'IT', 'Milano', 'Lombardia', '201', 1)
) as v (place_no, country, city, region, postal, weight), unnest(range(weight)) as r (unit);
create macro cities() as (select list(city order by place_no) from (select distinct place_no, city from places));

-- within a category, prices rise log-normally with the number
create table catalogue as
select
    product_no,
    product_no % 8 as category_no,
    (product_no // 8 + 0.5) / (product_count() // 8) as price_share,
    floor(exp(3.35 + 0.42 * ln(price_share / (1 - price_share)))) + 0.9 as price
from range(product_count()) as r (product_no);

-- One row per contact: who it is, where it lives, how it behaves. Names are invented; any resemblance is chance.
create table people as
with drawn as (
    select
        person,
        u('buyer', person) < buyer_share() as is_buyer,
        case
            when is_buyer then pick(
                'kind of buyer', person,
                ['registered', 'late', 'guest', 'no_account', 'imported', 'double'], [60, 10, 14, 10, 2, 4]
            )
            else pick('kind of prospect', person, ['registered', 'no_account', 'subscriber'], [58, 14, 28])
        end as kind,
        floor(horizon() * pow(u('arrival', person), arrival_power()))::bigint as arrival_pulse,
        rate_scale() * pow(normal('rate', person), 2) / 2 as orders_a_day,
        1 - pow(u('dropout', person), dropout_power()) as dropout,
        1 + floor(least(
            ln(u('orders', person)) / ln(1 - dropout), max_orders() - 2, 12 + 3 * orders_a_day * shop_days()
        ))::bigint as planned_orders,
        normal('spend', person) as spend_level,
        floor(u('place', person) * (select count(*) from places))::int as place_slot,
        floor(u('favourite category', person) * 8)::int as favourite_category,
        u('gender', person) < 0.62 as is_female,
        u('promotions', person) < 0.07 as loves_promotions,
        u('returns', person) < 0.03 as returns_a_lot,
        u('app', person) < 0.18 as has_app,
        u('reader', person) as reader
    from range(1, contact_count() + 1) as r (person)
),
arrived as (
    select drawn.*, calendar.day + clock('arrival', person) as arrived_at
    from drawn asof join calendar on drawn.arrival_pulse >= calendar.pulse_from
),
registered as (
    select
        *,
        -- a guest may register weeks after the first order; others register at the checkout, or look around first
        case
            when kind in ('guest', 'subscriber', 'imported') then null
            when kind = 'late' then arrived_at + days(5 + 85 * u('wait', person))
            when is_buyer and u('looks first', person) < 0.25 then arrived_at - days(45 * u('wait', person))
            else arrived_at - days(0.02 * u('wait', person))
        end as registration_at
    from arrived
)
select
    registered.* exclude (kind, registration_at, place_slot),
    if(registration_at >= end_at(), 'guest', kind) as kind,
    if(registration_at < end_at(), registration_at, null) as registered_at,
    coalesce(registered_at, arrived_at) as known_at,
    places.country, places.city, places.region, places.postal,
    case places.country when 'CH' then 'CHF' when 'GB' then 'GBP' when 'US' then 'USD' else 'EUR' end as currency,
    if(
        is_female,
        one_of('first name', person, string_split(
            'Alvine Brisane Célinde Dorelle Elwine Fiannet Gisaline Helmine Iselle Jorane Kelvane Lysaure Maëlinde '
            'Norelle Orsane Pervine Quirelle Rosaline Sylvaine Thessane Ulvie Valdine Wenaëlle Ysolde Zéphine', ' '
        )),
        one_of('first name', person, string_split(
            'Aldemar Brunec Corvin Dalmont Evrain Florick Gaudric Halbert Isembart Joscar Keldan Lorvic Maugis '
            'Norbain Oldéric Perrick Quentric Rudemar Sylvard Thélan Ulbert Vaudric Wilmar Yvrain Zoltric', ' '
        ))
    ) as first_name,
    one_of('name start', person, string_split(
        'Bar Bel Cal Chan Dor Fal Gré Har Jol Kel Lor Mar Nor Or Par Qué Rou Sal Tor Var Wol Yver', ' '
    )) || one_of('name end', person, string_split(
        'bier cour delle dieu fard gnac lier mont nay pin quet rive sac teuil vaux vigne wick zelle', ' '
    )) as last_name,
    lower(strip_accents(first_name || '.' || last_name)) || person || '@example.'
        || one_of('mail domain', person, ['com', 'org', 'net']) as email,
    case
        when kind = 'subscriber' then pick('consent of subscriber', person, ['opted_in', 'pending'], [80, 20])
        else pick('consent', person, ['opted_in', 'pending', 'opted_out', null], [58, 6, 8, 28])
    end as email_consent
from registered inner join places on registered.place_slot = places.slot
order by person;
