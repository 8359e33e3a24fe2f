{%- set least = setting('email_sleeper_min_messages') -%}

-- Without a new e-mail, too few are left once the one that makes up the number leaves the window.
select
    person_id,
    '' as segment_value,
    cast(count(*) as decimal(18, 4)) as evidence,
    max(sent_at) as evidence_at,
    {{ leaves_days(
        'max(sent_on) filter (where newest_first = ' ~ least ~ ')', setting('email_sleeper_days')
    ) }} as expires_on
from {{ ref('int_person_recent_emails') }}
group by person_id
having
    count(*) >= {{ least }}
    and sum(reads) = 0
