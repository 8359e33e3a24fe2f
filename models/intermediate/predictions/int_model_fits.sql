{#- long: two models, each searched for where its gates are open, or told why not -#}
{%- set modified = setting('purchase_model') == 'mbg_nbd' -%}
{%- set by_gamma_gamma = setting('spend_model') == 'gamma_gamma' -%}
{%- set double = double_type() -%}
with recursive

shops as (
    select
        days_ago,
        count(*) as buyers,
        max(tenure_days) as history_days,
        min(tenure_days - recency_days) as days_since_last_order,
        max(repeat_orders) + 1 as most_orders,
        sum(case when is_outlier then 0 else tenure_days end) as tenure_days,
        sum(case when is_outlier then 1 else 0 end) as buyers_left_out,
        sum(order_value_amount) as order_value_amount,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('int_person_histories') }}
    group by days_ago
),

gates as (
    select
        each_day.days_ago,
        coalesce(shops.buyers, 0) as buyers,
        coalesce(shops.buyers_left_out, 0) as buyers_left_out,
        {{ as_double('shops.tenure_days') }} / nullif(shops.buyers - shops.buyers_left_out, 0)
            as mean_tenure_days,
        {{ as_double('shops.net_revenue_amount') }} / nullif(shops.order_value_amount, 0)
            as kept_share,
        case
            when coalesce(shops.buyers, 0) < {{ setting('prediction_min_buyers') }}
                then 'too_few_buyers'
            when shops.history_days < {{ setting('prediction_min_history_days') }}
                then 'too_short_history'
            when shops.days_since_last_order >= {{ setting('prediction_recent_days') }}
                then 'no_recent_order'
            when shops.most_orders < {{ setting('prediction_min_orders') }} then 'no_repeat_buyers'
            else 'fitted'
        end as status
    from {{ ref('int_prediction_days') }} as each_day
    left join shops on each_day.days_ago = shops.days_ago
),

purchase_starts as (
    select
        days_ago,
        greatest(mean_tenure_days, 1) as mean_tenure_days
    from gates
    where status = 'fitted'
),

purchase_search as (
    {{ maximum_likelihood(
        'purchase_search',
        'purchase_starts',
        {'r': 1, 'alpha': 'mean_tenure_days', 'a': 1, 'b': 1},
        purchase_likelihood(ref('int_purchase_histories'), modified),
        setting('prediction_prior_sd')
    ) }}
),

purchase_fits as (
    {{ last_step('purchase_search') }}
),

{%- if by_gamma_gamma %}

spenders as (
    select
        days_ago,
        {{ as_double('repeat_paid_purchases') }} as x,
        {{ as_double('repeat_paid_amount') }} / repeat_paid_purchases as z
    from {{ ref('int_person_histories') }}
    where
        not is_outlier
        and repeat_paid_purchases > 0
),

spend_observations as (
    select
        days_ago,
        x,
        z,
        {{ as_double('count(*)') }} as n,
        {{ as_double(0) }} as of_x
    from spenders
    group by
        days_ago,
        x,
        z
    union all
    select
        days_ago,
        x,
        {{ as_double(1) }} as z,
        {{ as_double(0) }} as n,
        {{ as_double('count(*)') }} as of_x
    from spenders
    group by
        days_ago,
        x
),

spend_starts as (
    select
        spenders.days_ago,
        {{ as_double('sum(cast(spenders.z as decimal(38, 9)))') }} / count(*) as mean_amount
    from spenders
    inner join gates on spenders.days_ago = gates.days_ago
    where gates.status = 'fitted'
    group by spenders.days_ago
),

spend_search as (
    {{ maximum_likelihood(
        'spend_search',
        'spend_starts',
        {'p': 1, 'q': 2, 'v': 'mean_amount'},
        gamma_gamma_likelihood('spend_observations'),
        setting('prediction_prior_sd')
    ) }}
),

spend_fits as (
    {{ last_step('spend_search') }}
),

spend as (
    select
        gates.days_ago,
        case
            when gates.status <> 'fitted' then gates.status
            when spend_fits.iteration is null then 'no_repeat_buyers'
            -- at q = 1 or less the mean of the customers' means is infinite
            when spend_fits.step <= {{ converged_step() }} and spend_fits.best_q > 0 then 'fitted'
            else 'not_converged'
        end as status,
        {%- for name in ['p', 'q', 'v'] %}
        {{ parameter('spend_fits.best_' ~ name) }} as {{ name }},
        {%- endfor %}
        cast(null as {{ double }}) as log_mean,
        cast(null as {{ double }}) as within_variance,
        cast(null as {{ double }}) as between_variance,
        spend_fits.log_likelihood,
        spend_fits.iteration as iterations
    from gates
    left join spend_fits on gates.days_ago = spend_fits.days_ago
)
{%- else %}

spenders as (
    select
        days_ago,
        paid_purchases,
        log_amount,
        log_amount_squared,
        cast(
            {{ as_double('log_amount') }} * {{ as_double('log_amount') }} / paid_purchases
            as decimal(38, 12)
        ) as log_amount_explained
    from {{ ref('int_person_histories') }}
    where
        not is_outlier
        and paid_purchases > 0
),

sums as (
    select
        days_ago,
        count(*) as customers,
        {{ as_double('sum(paid_purchases)') }} as purchases,
        {{ as_double('sum(cast(paid_purchases as bigint) * paid_purchases)') }}
            as purchases_squared,
        {{ as_double('sum(log_amount)') }} as log_amount,
        {{ as_double('sum(log_amount_explained)') }} as explained,
        {{ as_double('sum(log_amount_squared - log_amount_explained)') }} as unexplained
    from spenders
    group by days_ago
),

-- Analysis of variance with one random effect (Searle, Casella and McCulloch, Variance Components).
within_customers as (
    select
        *,
        log_amount / purchases as log_mean,
        greatest(unexplained / nullif(purchases - customers, 0), 1e-12) as within_variance
    from sums
),

moments as (
    select
        days_ago,
        log_mean,
        within_variance,
        purchases > customers as somebody_paid_twice,
        greatest(
            (
                explained - log_amount * log_amount / purchases
                - (customers - 1) * within_variance
            ) / nullif(purchases - purchases_squared / purchases, 0),
            1e-9
        ) as between_variance
    from within_customers
),

spend as (
    select
        gates.days_ago,
        case
            when gates.status <> 'fitted' then gates.status
            when not coalesce(moments.somebody_paid_twice, false) then 'no_repeat_buyers'
            else 'fitted'
        end as status,
        {%- for name in ['p', 'q', 'v'] %}
        cast(null as {{ double }}) as {{ name }},
        {%- endfor %}
        moments.log_mean,
        moments.within_variance,
        moments.between_variance,
        cast(null as {{ double }}) as log_likelihood,
        cast(null as integer) as iterations
    from gates
    left join moments on gates.days_ago = moments.days_ago
)
{%- endif %},

fits as (
    select
        gates.days_ago,
        'orders' as predicts,
        '{{ setting('purchase_model') }}' as model,
        case
            when gates.status = 'fitted' and not purchase_fits.step <= {{ converged_step() }}
                then 'not_converged'
            else gates.status
        end as status,
        {%- for name in ['r', 'alpha', 'a', 'b'] %}
        {{ parameter('purchase_fits.best_' ~ name) }} as {{ name }},
        {%- endfor %}
        {%- for name in [
            'p', 'q', 'v', 'log_mean', 'within_variance', 'between_variance', 'kept_share',
        ] %}
        cast(null as {{ double }}) as {{ name }},
        {%- endfor %}
        purchase_fits.log_likelihood,
        purchase_fits.iteration as iterations,
        gates.buyers,
        gates.buyers_left_out
    from gates
    left join purchase_fits on gates.days_ago = purchase_fits.days_ago
    union all
    select
        gates.days_ago,
        'order_value' as predicts,
        '{{ setting('spend_model') }}' as model,
        spend.status,
        {%- for name in ['r', 'alpha', 'a', 'b'] %}
        cast(null as {{ double }}) as {{ name }},
        {%- endfor %}
        spend.p,
        spend.q,
        spend.v,
        spend.log_mean,
        spend.within_variance,
        spend.between_variance,
        gates.kept_share,
        spend.log_likelihood,
        spend.iterations,
        gates.buyers,
        gates.buyers_left_out
    from gates
    inner join spend on gates.days_ago = spend.days_ago
)

select
    days_ago,
    predicts,
    model,
    status,
    case when status = 'fitted' then r end as r,
    case when status = 'fitted' then alpha end as alpha_days,
    {%- for name in ['a', 'b', 'p', 'q', 'v', 'log_mean', 'within_variance', 'between_variance'] %}
    case when status = 'fitted' then {{ name }} end as {{ name }},
    {%- endfor %}
    case when status = 'fitted' then kept_share end as kept_share,
    case
        when status = 'fitted' then {{ as_double('cast(log_likelihood as decimal(24, 6))') }}
    end as log_likelihood,
    cast(iterations as integer) as iterations,
    cast(buyers as integer) as buyers,
    cast(buyers_left_out as integer) as buyers_left_out
from fits
