{#-
A life table of silences (Cox and Oakes, Analysis of Survival Data, 1984, chapter 3): of all days that buyers of a class
have spent in a band of silence, on how many did somebody buy? It knows what the purchase model cannot, that buyers who
look lost to it do come back, and how often.
-#}

{% macro life_table_classes() -%}
    {#- Returns: list of the number of purchases with which each class of buyers begins. -#}
    {%- do return([1] + setting('life_table_class_purchases')) -%}
{%- endmacro %}


{% macro life_table_bands() -%}
    {#- Returns: list of the days of silence with which each band begins. -#}
    {%- do return([0] + setting('life_table_band_days')) -%}
{%- endmacro %}


{% macro purchases_class(purchases) -%}
    {#-
    Arguments: purchases (SQL expression, a number from 1).
    Returns: SQL expression, the number of purchases with which its class begins.
    -#}
    {{- last_start(purchases, life_table_classes()) -}}
{%- endmacro %}


{% macro silence_band(days) -%}
    {#-
    Arguments: days (SQL expression, a number from 0).
    Returns: SQL expression, the days of silence with which their band begins.
    -#}
    {{- last_start(days, life_table_bands()) -}}
{%- endmacro %}


{% macro last_start(number, starts) -%}
    {#-
    Arguments: number (SQL expression, at least the first start), starts (list of ascending numbers).
    Returns: SQL expression, the last start that the number has reached.
    -#}
    case
        {%- for start in starts[1:] | reverse %}
        when {{ number }} >= {{ start }} then {{ start }}
        {%- endfor %}
        else {{ starts[0] }}
    end
{%- endmacro %}


{% macro life_table(days_ago=0) %}
    {#-
    How often silences end in a purchase, by class of buyers and band of silence, from int_purchases.

    Arguments: days_ago (how many days before the as-of date what is known ends).
    Returns: SQL query with the columns of int_life_table, one row per class and band.
    -#}
    {%- set classes, bands = life_table_classes(), life_table_bands() -%}
    {%- set exact_sum = "cast(%s as decimal(38, 18))" -%}
    {%- set prior = setting('life_table_prior_purchases') -%}
    {%- set around = "(partition by purchases_from order by silence_from_days)" -%}
with

as_of as (
    select {{ add_days('as_of_on', -days_ago) }} as as_of_on
    from {{ ref('as_of') }}
),

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

-- the last band has no end; as the rate falls there like 1 ÷ silence, its middle is that of a band up to twice its start
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
        {{ purchases_class('purchases.purchase_number') }} as purchases_from,
        greatest(
            {{ days_between('purchases.purchased_on', 'as_of.as_of_on') }} - {{ setting('life_table_days') }},
            0
        ) as from_day,
        {{ days_between(
            'purchases.purchased_on',
            'case when purchases.next_purchased_on <= as_of.as_of_on then purchases.next_purchased_on else as_of.as_of_on end'
        ) }} as to_day,
        case when purchases.next_purchased_on <= as_of.as_of_on then 1 else 0 end as has_ended
    from {{ ref('int_purchases') }} as purchases
    cross join as_of
    {%- if days_ago %}
    where purchases.purchased_on <= as_of.as_of_on
    {%- endif %}
),

silences as (
    select
        purchases_from,
        from_day,
        to_day,
        has_ended,
        count(*) as silences
    from each_silence
    where to_day > from_day
    group by
        purchases_from,
        from_day,
        to_day,
        has_ended
),

counted as (
    select
        silences.purchases_from,
        bands.silence_from_days,
        sum(
            silences.silences
            * (least(silences.to_day, bands.ends_at) - greatest(silences.from_day, bands.silence_from_days))
        ) as silent_days,
        sum(case when silences.to_day <= bands.ends_at then silences.silences * silences.has_ended else 0 end)
            as purchases
    from silences
    inner join bands
        on
            silences.to_day > bands.silence_from_days
            and silences.from_day < bands.ends_at
    group by
        silences.purchases_from,
        bands.silence_from_days
),

cells as (
    select
        classes.purchases_from,
        classes.purchases_to,
        bands.silence_from_days,
        bands.silence_to_days,
        bands.ends_at,
        bands.twice_the_middle,
        cast(coalesce(counted.silent_days, 0) as bigint) as silent_days,
        cast(coalesce(counted.purchases, 0) as bigint) as purchases
    from classes
    cross join bands
    left join counted
        on
            classes.purchases_from = counted.purchases_from
            and bands.silence_from_days = counted.silence_from_days
),

-- each step reads the one before only, which every engine plans fast
of_shop as (
    select
        cells.*,
        sum(purchases) over (partition by silence_from_days) as shop_purchases,
        ({{ as_double('sum(purchases) over (partition by silence_from_days)') }} + 0.5)
        / ({{ as_double('sum(silent_days) over (partition by silence_from_days)') }} + 1) as shop_rate
    from cells
),

known as (
    select
        of_shop.*,
        coalesce(
            max(
                case when shop_purchases >= {{ setting('life_table_min_purchases') }} then silence_from_days end
            ) over (),
            0
        ) as last_known_from
    from of_shop
),

-- beyond the last band with enough purchases the rate falls like 1 ÷ silence
falling as (
    select
        known.*,
        case
            when silence_from_days <= last_known_from then shop_rate
            else
                max(case when silence_from_days = last_known_from then shop_rate end) over ()
                * max(case when silence_from_days = last_known_from then twice_the_middle end) over ()
                / twice_the_middle
        end as usual_rate
    from known
),

of_class as (
    select
        falling.*,
        usual_rate * (
            ({{ as_double('sum(purchases) over (partition by purchases_from)') }} + 1)
            / ({{ as_double(
                'sum(' ~ exact_sum | replace('%s', 'silent_days * usual_rate') ~ ') over (partition by purchases_from)'
            ) }} + 1)
        ) as base_rate
    from falling
),

expected as (
    select
        of_class.*,
        silent_days * base_rate as expected_purchases
    from of_class
),

nearby as (
    select
        expected.*,
        (
            coalesce(lag(purchases) over {{ around }}, 0) + purchases
            + coalesce(lead(purchases) over {{ around }}, 0) + {{ as_double(prior) }}
        ) / (
            coalesce(lag(expected_purchases) over {{ around }}, 0) + expected_purchases
            + coalesce(lead(expected_purchases) over {{ around }}, 0) + {{ as_double(prior) }}
        ) as nearby_risk
    from expected
),

rates as (
    select
        nearby.*,
        (purchases + {{ as_double(prior) }}) / (silent_days + {{ as_double(prior) }} / (base_rate * nearby_risk)) as daily_rate
    from nearby
)

select
    cast(purchases_from as integer) as purchases_from,
    cast(purchases_to as integer) as purchases_to,
    cast(silence_from_days as integer) as silence_from_days,
    cast(silence_to_days as integer) as silence_to_days,
    silent_days,
    purchases,
    daily_rate,
    {{ as_double(
        'coalesce(sum(' ~ exact_sum | replace('%s', 'daily_rate * (ends_at - silence_from_days)')
        ~ ') over (partition by purchases_from order by silence_from_days rows between unbounded preceding and 1 preceding), 0)'
    ) }} as rate_before
from rates
{% endmacro %}


{% macro silence_chances(people, table) %}
    {#-
    What share of buyers of the same class, after as many days of silence, buy within each horizon: 1 - exp(-(what the
    daily rates of the days ahead add up to)).

    Arguments: people (relation with `purchases` and `days_since_purchase`), table (relation with the columns of
    int_life_table).
    Returns: SQL query, one row per class and days of silence that occur: purchases_from, days_since_purchase, `share_<h>`
    for each horizon and the columns of the cell that the silence is in.
    -#}
    {%- set horizons = prediction_horizons() -%}
    select
        silences.purchases_from,
        silences.days_since_purchase,
        here.purchases_to,
        here.silence_from_days,
        here.silence_to_days,
        here.silent_days,
        here.purchases,
        {%- for days in horizons %}
        1 - exp(
            here.rate_before + here.daily_rate * (silences.days_since_purchase - here.silence_from_days)
            - in_{{ days }}.rate_before
            - in_{{ days }}.daily_rate * (silences.days_since_purchase + {{ days }} - in_{{ days }}.silence_from_days)
        ) as share_{{ days }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            purchases_from,
            days_since_purchase,
            {%- for days in [0] + horizons %}
            {{ silence_band('days_since_purchase + ' ~ days) }} as band_in_{{ days }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select distinct
                {{ purchases_class('purchases') }} as purchases_from,
                days_since_purchase
            from {{ people }}
        ) as each_silence
    ) as silences
    {%- for days in [0] + horizons %}
    {%- set name = 'in_' ~ days if days else 'here' %}
    inner join {{ table }} as {{ name }}
        on
            silences.purchases_from = {{ name }}.purchases_from
            and silences.band_in_{{ days }} = {{ name }}.silence_from_days
    {%- endfor %}
{% endmacro %}


{% macro mean_of_model_and_table(of_model, of_table) -%}
    {#-
    Arguments: of_model, of_table (SQL expressions, probabilities).
    Returns: SQL expression, their mean by life_table_weight.
    -#}
    {%- set weight = setting('life_table_weight') -%}
    {{ 1 - weight }} * {{ of_model }} + {{ weight }} * {{ of_table }}
{%- endmacro %}
