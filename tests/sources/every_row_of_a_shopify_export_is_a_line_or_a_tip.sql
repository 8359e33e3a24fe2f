{{ config(enabled=is_asked('shopify_csv')) }}

-- Rows of the orders export = order lines + tips + rows without a line + those of older files. What
-- orders were paid for goods = their Subtotals, tests among them.
with

export_rows as (
    select
        {{ trimmed('name') }} as order_id,
        {{ trimmed('financial_status') }} as financial_status,
        {{ trimmed('lineitem_name') }} as lineitem_name,
        file_number
    from {{ raw_table('shopify_csv', 'orders') }}
),

latest_files as (
    select
        order_id as order_name,
        max(file_number) as latest_file
    from export_rows
    where financial_status is not null
    group by order_id
),

older_rows as (
    select count(*) as row_count
    from export_rows
    inner join latest_files on export_rows.order_id = latest_files.order_name
    where
        export_rows.file_number < latest_files.latest_file
        or export_rows.file_number > latest_files.latest_file + 1
),

counts as (
    select
        (select count(*) from export_rows) as export_rows,
        (select count(*) from {{ ref('shopify_csv__order_lines') }}) as lines,
        (
            select count(*)
            from {{ ref('shopify_csv__order_rows') }}
            where is_tip
        ) as tips,
        (
            select count(*)
            from {{ ref('shopify_csv__order_rows') }}
            where lineitem_name is null
        ) as without_line,
        (select row_count from older_rows) as older,
        (
            select sum({{ parse_number('subtotal', 12, 6) }})
            from {{ ref('shopify_csv__order_rows') }}
            where is_order
        ) as paid,
        (
            select
                sum(
                    {{ parse_number('subtotal_amount', 12, 6) }}
                    - {{ parse_number('discount_amount', 12, 6) }}
                )
            from {{ ref('shopify_csv__orders') }}
        ) as staged
)

select
    export_rows,
    lines,
    tips,
    without_line,
    older,
    paid,
    staged
from counts
where
    (export_rows = lines + tips + without_line + older) is not true
    or (paid = staged) is not true
