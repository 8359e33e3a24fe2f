{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'newsletter_subscribers',
    'active_customers',
    'lead_maturity',
    'unsubscribed_contacts',
    'email_openers',
    'email_clickers',
    'email_sleepers',
    'lost_customers',
]) }}
