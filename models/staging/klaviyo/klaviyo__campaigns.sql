{{ config(enabled=is_asked('klaviyo')) }}

select
    id as campaign_id,
    coalesce({{ in_json('attributes', ['name']) }}, name) as campaign_name
from {{ raw_table('klaviyo', 'campaigns') }}
where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
