-- What each person signed up for, and withdrew.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
)

select
    people.person_id,
    greatest(
        case
            when {{ local_day('people.account_created_at') }} <= as_of.as_of_on
                then people.account_created_at
        end,
        web.account_created_at
    ) as account_created_at,
    consents.status as email_status,
    coalesce(consents.is_unclear, false) as is_email_status_unclear,
    consents.changed_at as email_status_changed_at,
    consents.last_opted_out_at as last_email_opted_out_at,
    messages.last_email_complained_at,
    messages.last_email_hard_bounced_at,
    cast(
        coalesce(web.newsletter_signups, 0) + coalesce(consents.newsletter_opt_ins, 0) as integer
    ) as newsletter_sign_ups,
    greatest(web.last_newsletter_signup_at, consents.last_newsletter_opt_in_at)
        as last_newsletter_sign_up_at
from {{ ref('int_people') }} as people
cross join as_of
left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
left join {{ ref('int_person_messages') }} as messages on people.person_id = messages.person_id
left join {{ ref('int_person_consents') }} as consents
    on
        people.person_id = consents.person_id
        and consents.channel = 'email'
