-- What may be proposed: what is in stock, or of unknown stock. The stock of the day of the backtest is
-- not known, so that day offers everything.
{%- for days_ago in [0, setting('recommend_test_days')] %}
select
    {{ days_ago }} as days_ago,
    product_id,
    category
from {{ ref('stg_shop__products') }}
{%- if days_ago == 0 %}
where
    stock_quantity is null
    or stock_quantity > 0
{%- endif %}
{{ 'union all' if not loop.last }}
{%- endfor %}
