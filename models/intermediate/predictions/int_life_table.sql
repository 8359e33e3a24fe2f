{#- long: a life table of silences (Cox and Oakes, Analysis of Survival Data, 1984, chapter 3), from
counting to smoothing: of all days that buyers of a class have spent in a band of silence, on how
many did somebody buy? It knows what the purchase model cannot, that buyers who look lost to it do
come back, and how often. -#}
{%- set classes, bands = life_table_classes(), life_table_bands() -%}
{%- set prior = as_double(setting('life_table_prior_purchases')) -%}
{%- set around = "(partition by days_ago, purchases_from order by silence_from_days)" -%}
with

classes as (
    {%- for first in classes %}
    select
        {{ first }} as purchases_from,
        {{ 'cast(null as integer)' if loop.last else loop.nextitem - 1 }} as purchases_to
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- the last band has no end; as the rate falls there like 1 ÷ silence, its middle is that of a band
-- up to twice its start
bands as (
    {%- for first in bands %}
    select
        {{ first }} as silence_from_days,
        {{ 'cast(null as integer)' if loop.last else loop.nextitem }} as silence_to_days,
        {{ 1000000 if loop.last else loop.nextitem }} as ends_at,
        {{ first + (2 * first if loop.last else loop.nextitem) }} as twice_the_middle
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

each_silence as (
    select
        each_day.days_ago,
        {{ last_start('purchases.purchase_number', classes) }} as purchases_from,
        purchases.purchased_on,
        each_day.as_of_on,
        case
            when purchases.next_purchased_on <= each_day.as_of_on then purchases.next_purchased_on
        end as ended_on
    from {{ ref('int_purchases') }} as purchases
    inner join {{ ref('int_prediction_days') }} as each_day
        on purchases.purchased_on <= each_day.as_of_on
),

measured as (
    select
        days_ago,
        purchases_from,
        greatest(
            {{ days_between('purchased_on', 'as_of_on') }} - {{ setting('life_table_days') }},
            0
        ) as from_day,
        {{ days_between('purchased_on', 'coalesce(ended_on, as_of_on)') }} as to_day,
        case when ended_on is not null then 1 else 0 end as has_ended
    from each_silence
),

silences as (
    select
        days_ago,
        purchases_from,
        from_day,
        to_day,
        has_ended,
        count(*) as silences
    from measured
    where to_day > from_day
    group by
        days_ago,
        purchases_from,
        from_day,
        to_day,
        has_ended
),

counted as (
    select
        silences.days_ago,
        silences.purchases_from,
        bands.silence_from_days,
        sum(
            silences.silences
            * (
                least(silences.to_day, bands.ends_at)
                - greatest(silences.from_day, bands.silence_from_days)
            )
        ) as silent_days,
        sum(
            case
                when silences.to_day <= bands.ends_at then silences.silences * silences.has_ended
                else 0
            end
        ) as purchases
    from silences
    inner join bands
        on
            silences.to_day > bands.silence_from_days
            and silences.from_day < bands.ends_at
    group by
        silences.days_ago,
        silences.purchases_from,
        bands.silence_from_days
),

cells as (
    select
        each_day.days_ago,
        classes.purchases_from,
        classes.purchases_to,
        bands.silence_from_days,
        bands.silence_to_days,
        bands.ends_at,
        bands.twice_the_middle,
        cast(coalesce(counted.silent_days, 0) as bigint) as silent_days,
        cast(coalesce(counted.purchases, 0) as bigint) as purchases
    from {{ ref('int_prediction_days') }} as each_day
    cross join classes
    cross join bands
    left join counted
        on
            each_day.days_ago = counted.days_ago
            and classes.purchases_from = counted.purchases_from
            and bands.silence_from_days = counted.silence_from_days
),

-- each step reads the one before only, which every engine plans fast
of_shop as (
    select
        *,
        sum(purchases) over (partition by days_ago, silence_from_days) as shop_purchases,
        sum(silent_days) over (partition by days_ago, silence_from_days) as shop_silent_days
    from cells
),

known as (
    select
        *,
        ({{ as_double('shop_purchases') }} + 0.5)
        / ({{ as_double('shop_silent_days') }} + 1) as shop_rate,
        coalesce(
            max(
                case
                    when shop_purchases >= {{ setting('life_table_min_purchases') }}
                        then silence_from_days
                end
            ) over (partition by days_ago),
            0
        ) as last_known_from
    from of_shop
),

-- beyond the last band with enough purchases the rate falls like 1 ÷ silence
falling as (
    select
        *,
        case
            when silence_from_days <= last_known_from then shop_rate
            else
                max(case when silence_from_days = last_known_from then shop_rate end)
                    over (partition by days_ago)
                * max(case when silence_from_days = last_known_from then twice_the_middle end)
                    over (partition by days_ago)
                / twice_the_middle
        end as usual_rate
    from known
),

-- sums of decimals, which are the same in whatever order they are added
of_class as (
    select
        *,
        sum(purchases) over (partition by days_ago, purchases_from) as class_purchases,
        sum(cast(silent_days * usual_rate as decimal(38, 18)))
            over (partition by days_ago, purchases_from) as usual_purchases
    from falling
),

based as (
    select
        *,
        usual_rate * (
            ({{ as_double('class_purchases') }} + 1) / ({{ as_double('usual_purchases') }} + 1)
        ) as base_rate
    from of_class
),

expected as (
    select
        *,
        silent_days * base_rate as expected_purchases
    from based
),

nearby as (
    select
        *,
        (
            coalesce(lag(purchases) over {{ around }}, 0) + purchases
            + coalesce(lead(purchases) over {{ around }}, 0) + {{ prior }}
        ) / (
            coalesce(lag(expected_purchases) over {{ around }}, 0) + expected_purchases
            + coalesce(lead(expected_purchases) over {{ around }}, 0) + {{ prior }}
        ) as nearby_risk
    from expected
),

rates as (
    select
        *,
        (purchases + {{ prior }}) / (silent_days + {{ prior }} / (base_rate * nearby_risk))
            as daily_rate
    from nearby
),

added_up as (
    select
        *,
        sum(cast(daily_rate * (ends_at - silence_from_days) as decimal(38, 18))) over (
            partition by days_ago, purchases_from order by silence_from_days
            rows between unbounded preceding and 1 preceding
        ) as rate_before
    from rates
)

select
    days_ago,
    cast(purchases_from as integer) as purchases_from,
    cast(purchases_to as integer) as purchases_to,
    cast(silence_from_days as integer) as silence_from_days,
    cast(silence_to_days as integer) as silence_to_days,
    silent_days,
    purchases,
    daily_rate,
    {{ as_double('coalesce(rate_before, 0)') }} as rate_before
from added_up
