{#- RFM read a second time, from orders alone, for the tests. -#}

{% macro recounted_rfm() -%}
    {#-
    Every buyer's values, scores and name. By rank, a score counts the fifths of all buyers that are
    strictly worse; by frozen limits, the limits that were reached.

    Returns: SQL query: person_id, last_ordered_on, last_ordered_at (UTC), recency_days, frequency,
    monetary_amount, recency_score, frequency_score, monetary_score, rfm_segment.
    -#}
    {%- set limits = setting('rfm_cut_points') -%}
    with

    buyers as (
        select
            orders.person_id,
            max(orders.ordered_on) as last_ordered_on,
            max(orders.ordered_at) as last_ordered_at,
            {{ days_between('max(orders.ordered_on)', 'as_of.as_of_on') }} as recency_days,
            {% if setting('rfm_frequency') == 'orders' -%}
                count(*)
            {%- else -%}
                count(distinct orders.ordered_on)
            {%- endif %} as frequency,
            sum(orders.net_revenue_amount) as monetary_amount
        from {{ ref('orders') }} as orders
        cross join {{ ref('as_of') }} as as_of
        where
            orders.is_valid
            and orders.person_id is not null
        group by
            orders.person_id,
            as_of.as_of_on
    ),

    -- the more, the better
    measured as (
        select
            'recency' as measure,
            cast(-recency_days as decimal(18, 4)) as worth
        from buyers
        union all
        select
            'frequency' as measure,
            cast(frequency as decimal(18, 4)) as worth
        from buyers
        union all
        select
            'monetary' as measure,
            cast(monetary_amount as decimal(18, 4)) as worth
        from buyers
    ),

    held as (
        select
            measure,
            worth,
            count(*) as buyers
        from measured
        group by
            measure,
            worth
    ),

    compared as (
        select
            measure,
            worth,
            sum(buyers) over (partition by measure order by worth) - buyers as worse,
            sum(buyers) over (partition by measure) as buyers
        from held
    ),

    scored as (
        select
            measure,
            worth,
            {% if limits is none -%}
                {% for step in range(1, 5) -%}
                    case when 5 * worse >= {{ step }} * buyers then 1 else 0 end +
                {% endfor -%}
                1
            {%- else -%}
                case measure
                    when 'recency'
                        then 5 {% for limit in limits.recency -%}
                            - case when -worth >= {{ limit }} then 1 else 0 end
                        {% endfor %}
                    {% for measure in ('frequency', 'monetary') -%}
                    when '{{ measure }}'
                        then 1 {% for limit in limits[measure] -%}
                            + case when worth >= {{ limit }} then 1 else 0 end
                        {% endfor %}
                    {% endfor -%}
                end
            {%- endif %} as score
        from compared
    )

    select
        buyers.person_id,
        buyers.last_ordered_on,
        buyers.last_ordered_at,
        buyers.recency_days,
        buyers.frequency,
        buyers.monetary_amount,
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary.score as monetary_score,
        {{ recounted_rfm_name('recency.score', 'frequency.score', 'monetary.score') }} as rfm_segment
    from buyers
    inner join scored as recency
        on
            recency.measure = 'recency'
            and -buyers.recency_days = recency.worth
    inner join scored as frequency
        on
            frequency.measure = 'frequency'
            and buyers.frequency = frequency.worth
    inner join scored as monetary
        on
            monetary.measure = 'monetary'
            and buyers.monetary_amount = monetary.worth
{%- endmacro %}


{% macro recounted_rfm_name(recency, frequency, monetary) -%}
    {#-
    The name of three scores, by the table of recency against the mean of the others rounded up.

    Arguments: recency, frequency, monetary (SQL expressions, 1 to 5).
    Returns: SQL expression, text.
    -#}
    {%- set names = {
        5: ['new_customers', 'potential_loyalists', 'potential_loyalists', 'champions', 'champions'],
        4: ['promising', 'potential_loyalists', 'potential_loyalists', 'loyal', 'champions'],
        3: ['about_to_sleep', 'about_to_sleep', 'need_attention', 'loyal', 'loyal'],
        2: ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose'],
        1: ['lost', 'lost', 'at_risk', 'at_risk', 'cannot_lose'],
    } -%}
    case
        {% for score, row in names.items() -%}
        {% for name in row -%}
        when {{ recency }} = {{ score }} and {{ frequency }} + {{ monetary }} <= {{ 2 * loop.index }}
            then '{{ name }}'
        {% endfor -%}
        {% endfor -%}
    end
{%- endmacro %}
