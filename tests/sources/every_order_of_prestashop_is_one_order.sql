{{ config(enabled=is_asked('prestashop')) }}

-- Orders, lines and customers of the database = those staged, but for who was erased.
with

counts as (
    {%- for table, model, condition in [
        ('orders', 'orders', 'true'),
        ('order_detail', 'order_lines', 'true'),
        (
            'customer', 'customers',
            "email is null or " ~ lower_case('email') ~ " <> 'anonymous@psgdpr.com'",
        ),
    ] %}
    select
        '{{ model }}' as what,
        (
            select count(*)
            from {{ raw_table('prestashop', table) }}
            where {{ condition }}
        ) as export_rows,
        (select count(*) from {{ ref('prestashop__' ~ model) }}) as rows_made
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    what,
    export_rows,
    rows_made
from counts
where export_rows <> rows_made
