{{ config(enabled=is_asked('klaviyo')) }}

-- Events of the export = message events + deleted ones + opens by machines + those of other
-- metrics; that a received e-mail was sent is not an event of its own.
with

counts as (
    select
        (select count(*) from {{ raw_table('klaviyo', 'events') }}) as export_rows,
        (
            select count(*)
            from {{ ref('klaviyo__message_events') }}
            where message_event_id not like '%:sent'
        ) as message_events,
        (
            select count(*)
            from {{ raw_table('klaviyo', 'events') }}
            where {{ lower_case('_fivetran_deleted') }} = 'true'
        ) as deleted,
        (
            select count(*)
            from {{ ref('klaviyo__event_rows') }}
            where metric = 'opened email' and is_by_machine = 'true'
        ) as by_machines,
        (
            select count(*)
            from {{ ref('klaviyo__event_rows') }}
            where
                (metric not like '%email%' and metric not like '%sms%' and metric <> 'unsubscribed')
                or metric like 'subscribed to%'
                or metric is null
        ) as of_other_metrics
)

select
    export_rows,
    message_events,
    deleted,
    by_machines,
    of_other_metrics
from counts
where (export_rows = message_events + deleted + by_machines + of_other_metrics) is not true
