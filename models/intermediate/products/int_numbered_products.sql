-- In the order of their ids, so that what is a tie is settled by either.
select
    product_id,
    cast(row_number() over (order by {{ byte_order('product_id') }}) as integer) as product_number,
    category,
    stock_quantity is null or stock_quantity > 0 as is_in_stock,
    category is null
    or category not in ({{ sql_texts(setting('unproposed_categories') + ['']) }}) as is_proposed
from {{ ref('stg_shop__products') }}
