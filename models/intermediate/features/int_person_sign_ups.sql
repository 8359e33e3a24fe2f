-- What each person signed up for, and took back.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

facts as (
    select
        people.person_id,
        greatest(
            case
                when {{ local_day('people.account_created_at') }} <= as_of.as_of_on
                    then people.account_created_at
            end,
            web.account_created_at
        ) as account_created_at,
        case when consents.status = 'opted_in' then consents.changed_at end as opted_in_at,
        case when consents.status = 'opted_out' then consents.changed_at end as opted_out_at,
        consents.last_opted_out_at,
        coalesce(web.newsletter_signups, 0) + coalesce(consents.newsletter_opt_ins, 0)
            as newsletter_sign_ups,
        greatest(web.last_newsletter_signup_at, consents.last_newsletter_opt_in_at)
            as last_newsletter_sign_up_at,
        messages.last_refused_at
    from {{ ref('int_people') }} as people
    cross join as_of
    left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages on people.person_id = messages.person_id
    left join {{ ref('int_person_consents') }} as consents
        on
            people.person_id = consents.person_id
            and consents.channel = 'email'
)

select
    person_id,
    account_created_at,
    greatest(account_created_at, opted_in_at) as registered_at,
    cast(newsletter_sign_ups as integer) as newsletter_sign_ups,
    last_newsletter_sign_up_at,
    last_opted_out_at,
    greatest(opted_out_at, last_refused_at) as unsubscribed_at
from facts
