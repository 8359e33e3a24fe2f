-- One line per segment: dbt can't infer them, and a test names the line that is missing.
select 'all_customers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('all_customers') }}
union all
select 'prospects' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('prospects') }}
union all
select 'first_time_buyers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('first_time_buyers') }}
union all
select 'repeat_customers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('repeat_customers') }}
union all
select 'loyal_customers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('loyal_customers') }}
union all
select 'at_risk_customers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('at_risk_customers') }}
union all
select 'inactive_customers' as segment, person_id, segment_value, evidence, evidence_at, expires_on from {{ ref('inactive_customers') }}
