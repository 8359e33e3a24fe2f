"""Each singular data test passes on the edge shops and fails once what it guards is damaged."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from family_shops import LEAP_DAY, folder_of_the_day, segments_of, settings_of_the_day
from harness import ROOT, Compiled

# the first moment after the as-of date in Paris, and the first day
LATE, TOMORROW = "timestamp '2024-03-31 22:00:00'", "date '2024-04-01'"
RECOUNT = "a_recount_finds_the_same_"
FAMILIES = sorted(path.name for path in (ROOT / "models" / "marts" / "segments").iterdir())
# What is done to every segment table of a family: its recount must see each of them, in each table.
ONE = "where person_id = (select min(person_id) from {table})"
WRONG_MEMBERS = [
    f"delete from {{table}} {ONE}",
    f"insert into {{table}} from {{table}} {ONE}",
    "insert into {table} select person_id || '?', * exclude (person_id) from {table} " + ONE,
    f"update {{table}} set person_id = person_id || '?' {ONE}",
]
WRONG_VALUES = [
    f"update {{table}} set segment_value = segment_value || '?' {ONE}",
    f"update {{table}} set evidence = evidence + 1 {ONE}",
    f"update {{table}} set evidence = evidence - 0.0001 {ONE}",
    f"update {{table}} set evidence = null {ONE}",
    f"update {{table}} set evidence_at = evidence_at + interval 1 second {ONE}",
    f"update {{table}} set evidence_at = null {ONE}",
    f"update {{table}} set expires_on = coalesce(expires_on + 1, date '2024-04-01') {ONE}",
    f"update {{table}} set expires_on = coalesce(expires_on - 1, date '2024-04-01') {ONE}",
]
# other tables with a recount of their own, but a view, whose times depend on the builds before;
# what is said in words alone is not recounted
TABLES = sorted(
    path.stem.removeprefix(RECOUNT)
    for room in ("insights", "activation")
    for path in (ROOT / "tests" / room).glob(f"{RECOUNT}*")
    if path.stem != f"{RECOUNT}contacts_for_sync"
)
WORDS = {"label_en", "label_fr", "sentence"}
SINGULAR = {("tests", room) for room in ("laws", "families", "insights", "activation")}
# by type: another value, and one in the place of none
OTHERS = {
    "BOOLEAN": ("not {}", "true"),
    "DATE": ("{} + 1", "date '2024-01-01'"),
    "VARCHAR": ("{} || '?'", "'?'"),
}
HISTORY = "core.lifecycle_history"
# a contact that goes through several stages, the last of which ends with time
LIVELY = f"""person_id = (
    select min(person_id) from (
        select person_id from {HISTORY} group by person_id
        having count(*) > 2 and max(valid_to) > date '2024-03-31'
    )
)"""
LAST_SPAN = f"where {LIVELY} and valid_to > date '2024-03-31'"
IS_FIRST = f"{LIVELY} and valid_from = (select min(valid_from) from {HISTORY} where {LIVELY})"
FIRST_SPAN = f"where {IS_FIRST}"
BUYER = "where person_id = (select min(person_id) from core.people where orders > 1)"
ORDER = (
    "where order_id = (select min(order_id) from core.orders where is_valid and refund_amount > 0)"
)
WIDE = ["buyers_last_30_days", "multi_buyers_last_year", "active_customers"]
WIDE += ["recency_bands", "first_time_buyers", "discount_10_buyers"]
MONEY = "gross_amount discount_amount order_value_amount refund_amount net_revenue_amount"
SESSION = "where session_key = (select min(session_key) from core.sessions)"
PARTS = "intermediate.int_session_parts"
SCORES = "core.rfm_scores"
SCORED = f"where person_id = (select min(person_id) from {SCORES})"
FEATURES = "intermediate.int_person_features"
FITS = "intermediate.int_model_fits"
MEASURED = "intermediate.int_person_"
SIZES = "insights.segment_sizes"
BAND = "where segment = 'recency_bands' and segment_value = '0-29'"
ALL_BANDS = "where segment = 'recency_bands' and segment_value = ''"
REJECTED = "where measure = 'rejected rows'"
STACK = "membership.segment_memberships"
LOG = "membership.segment_membership_log"
PREDICTIONS = "core.person_predictions"
PREDICTED = f"where person_id = (select min(person_id) from {PREDICTIONS})"
EXPECTED_BACK = "where expected_next_order_on is not null"
NOT_EXPECTED_BACK = "where expected_next_order_on is null"
CHANCES = "order_probability_30_days order_probability_90_days order_probability_365_days"
ORDERS = "expected_orders_30_days expected_orders_90_days expected_orders_365_days"
PERMISSIONS, POINTS = "activation.contact_permissions", "activation.contact_points"
SIZES_AMOUNTS = "net_revenue_amount net_revenue_12_months_amount mean_net_revenue_amount"
SIZES_AMOUNTS += " share_of_contacts share_of_revenue share_of_revenue_12_months"
SYNC, HOLDOUTS = "activation.contact_sync_states", "membership.segment_holdouts"
TOLD = f"where external_id = (select min(external_id) from {SYNC} where not is_removed)"
ERASED = "where erased_at is not null"
PAYLOAD = "email phone permissions ads post sms segments first_name city birthday stage stage_since"
PAYLOAD += " favorite_category last_order last_viewed_products low_stock_favorites buys_at_discount"
UNCLEAR, REQUESTS = "staging.stg_crm__unclear_consents", "staging.stg_crm__erasure_requests"
ALLOWED = "where is_allowed"
# the yes of somebody who may be written to
A_YES = f"""staging.stg_crm__consents where channel = 'email' and consent_id = (
    select min(consent_id) from {PERMISSIONS} where is_allowed and channel = 'email'
)"""
YEAR_AND_NONE = "order_probability_365_days churn_probability"
EXPECTED = f"p_alive churn_probability {CHANCES} {ORDERS}"
VALUES = "expected_order_value predicted_value_365_days predicted_total_value"


def changed(table: str, columns: str, value: str, where: str = "") -> list[str]:
    """Give one column after the other another value, where `{}` is the one it has."""
    return [f"update {table} set {c} = {value.format(c)} {where}" for c in columns.split()]


def stranger(*segments: str) -> str:
    """Let somebody that nobody knows into all of some segments."""
    row = "select person_id || '?', * exclude (person_id) from segments.all_customers limit 1"
    return "; ".join(f"insert into segments.{segment} {row}" for segment in segments)


def strangers(segments: str) -> list[str]:
    """Let somebody that nobody knows into one segment after the other."""
    return [stranger(segment) for segment in segments.split()]


def predicted(columns: str, *values: object) -> str:
    """Predict something else of somebody."""
    changes = ", ".join(f"{c} = {v}" for c, v in zip(columns.split(), values, strict=True))
    return f"update {PREDICTIONS} set {changes} {PREDICTED}"


def said(word: str, at: str, table: str = "consents") -> str:
    """Let somebody who may be written to say something by some time."""
    columns, values = "consent_id, status, changed_at", f"'new', '{word}', {at}"
    if table == "message_events":
        columns = "message_event_id, message_id, event_type, bounce_type, occurred_at"
        values = f"'new', 'new', '{word}', if('{word}' = 'bounced', 'hard', null), {at}"
    owner = "customer_id, email_key, channel"
    return (
        f"insert into staging.stg_crm__{table} ({columns}, {owner})"
        f" select {values}, {owner} from {A_YES}"
    )


# test: what it must see
DAMAGES: dict[str, list[str]] = {
    f"{RECOUNT}lifecycle_history": [
        f"delete from {HISTORY} {LAST_SPAN}",
        f"delete from {HISTORY} {FIRST_SPAN}",
        f"update {HISTORY} set stage = 'prospects' {LAST_SPAN}",
        f"update {HISTORY} set valid_from = valid_from + 1 {LAST_SPAN}",
        f"update {HISTORY} set valid_from = valid_from + 1 {FIRST_SPAN}",
        # one day too long, and the next one begins a day late
        f"update {HISTORY} set valid_to = valid_to + if({IS_FIRST}, 1, 0),"
        f" valid_from = valid_from + if({IS_FIRST}, 0, 1) where {LIVELY}",
    ],
    f"{RECOUNT}rfm_scores": [
        *(wrong.format(table=SCORES) for wrong in WRONG_MEMBERS),
        *changed(SCORES, "recency_days frequency recency_score monetary_score", "{} + 1", SCORED),
        *changed(SCORES, "monetary_amount", "{} + 0.0001", SCORED),
        *changed(SCORES, "frequency_score", "{} - 1", SCORED),
        f"update {SCORES} set rfm_segment = rfm_segment || '?' {SCORED}",
    ],
    "every_contact_is_in_exactly_one_stage": [
        "delete from segments.prospects " + ONE.format(table="segments.prospects"),
        "insert into segments.prospects from segments.loyal_customers limit 1",
        stranger("prospects"),
        "delete from segments.all_customers " + ONE.format(table="segments.loyal_customers"),
    ],
    "the_buyer_stages_hold_the_contacts_with_an_order": [
        "delete from segments.loyal_customers",
        "insert into segments.loyal_customers from segments.prospects limit 1",
    ],
    "stage_tables_are_the_spans_of_the_as_of_date": [
        f"update {HISTORY} set valid_to = valid_to + 1 {LAST_SPAN}",
        f"update {HISTORY} set valid_to = null {LAST_SPAN}",
        "update segments.at_risk_customers set expires_on = null",
    ],
    "lifecycle_spans_follow_each_other_without_a_gap": [
        f"update {HISTORY} set valid_to = valid_to + 1 {FIRST_SPAN}",
        f"update {HISTORY} set valid_to = valid_to - 1 {FIRST_SPAN}",
        f"update {HISTORY} set valid_to = null {FIRST_SPAN}",
        f"update {HISTORY} set valid_to = valid_from {LAST_SPAN}",
        f"update {HISTORY} set stage = 'prospects' where {LIVELY}",
        f"insert into {HISTORY} from {HISTORY} {LAST_SPAN}",
    ],
    "lifecycle_begins_on_the_first_day_of_a_contact": [
        f"update {HISTORY} set valid_from = valid_from - 1 {FIRST_SPAN}",
        f"delete from {HISTORY} where {LIVELY}",
        WRONG_MEMBERS[2].format(table=HISTORY),
    ],
    "the_last_lifecycle_span_holds_the_as_of_date": [
        f"delete from {HISTORY} {LAST_SPAN}",
        f"insert into {HISTORY} select person_id, 'inactive_customers', {TOMORROW}, null"
        f" from {HISTORY} {LAST_SPAN}",
    ],
    "members_rest_on_facts_up_to_the_as_of_date": [
        *changed("segments.prospects", "evidence evidence_at", "null"),
        f"update segments.prospects set evidence_at = {LATE}",
    ],
    "members_have_the_evidence_of_their_measure": [
        *changed(f"{MEASURED}activity", "days_since_active", "{} + 1"),
        *changed(f"{MEASURED}ages", "days_to_birthday", "{} - 1"),
        *changed(f"{MEASURED}prediction_ranks", "days_to_next_order", "{} + 1"),
        *changed(f"{MEASURED}orders", "net_revenue_amount", "{} + 0.0001"),
        *changed(f"{MEASURED}orders", "orders_12_months", "null"),
        stranger("active_customers"),
    ],
    "members_leave_after_the_as_of_date": [
        "update segments.loyal_customers set expires_on = date '2024-03-31'",
    ],
    "orders_are_the_staged_orders_up_to_the_as_of_date": [
        f"delete from core.orders {ORDER}",
        f"insert into core.orders from core.orders {ORDER}",
        f"update core.orders set order_id = '?' {ORDER}",
    ],
    "every_raw_row_is_staged_or_rejected": [
        "delete from staging.stg_shop__orders",
        "insert into staging.stg_shop__refunds from staging.stg_shop__refunds limit 1",
        "delete from staging.base_web__events where rejection_reason is not null",
    ],
    "order_lines_are_the_staged_lines_of_those_orders": [
        "delete from core.order_lines where order_line_id = "
        "(select min(order_line_id) from core.order_lines)",
        "insert into core.order_lines from core.order_lines limit 1",
        "update core.order_lines set quantity = quantity + 0.001",
    ],
    "nothing_is_lost_from_layer_to_layer": [
        f"delete from {PARTS} where first_event_id = (select min(first_event_id) from {PARTS})",
        f"update {PARTS} set events = events + 1 where occurred_on = date '2024-03-31'",
        f"delete from core.sessions {SESSION}",
        f"update core.sessions set events = events + 1 {SESSION}",
        f"delete from core.orders {ORDER}",
        f"insert into core.orders from core.orders {ORDER}",
        "insert into core.order_lines from core.order_lines limit 1",
        "update core.order_lines set quantity = quantity + 0.001",
        *changed("core.people", f"orders {MONEY}", "{} + 1", BUYER),
    ],
    "people_in_are_people_out": [
        f"delete from core.people {BUYER}",
        f"insert into core.people from core.people {BUYER}",
        f"update core.people set is_contact = false {BUYER}",
    ],
    "dashboards_find_every_contact_and_no_visitor": [
        "delete from core.contacts " + ONE.format(table="core.contacts"),
        "insert into core.contacts from core.contacts limit 1",
        *changed("core.contacts", "segments", "''", BUYER),
        f"update core.people set is_contact = false {BUYER}",
        "update core.people set is_contact = true where person_id like 'v:%'",
    ],
    "contacts_are_all_customers": [
        "delete from segments.all_customers " + ONE.format(table="segments.all_customers"),
        "insert into segments.all_customers from segments.all_customers limit 1",
    ],
    "people_carry_what_their_orders_give": [
        *changed(FEATURES, "purchases orders_12_months", "{} + 1", BUYER),
        *changed(FEATURES, "first_order_on last_order_on", "{} + 1", BUYER),
        *changed(FEATURES, "days_since_last_order tenure_days", "{} + 1", BUYER),
        *changed(FEATURES, "first_order_at last_order_at", "{} + interval 1 second", BUYER),
        *changed(FEATURES, "net_revenue_12_months_amount", "{} + 0.0001", BUYER),
        f"update {FEATURES} set favorite_category = '?' {BUYER}",
        f"delete from {FEATURES} {BUYER}",
    ],
    "money_of_people_is_the_money_of_their_orders": [
        *changed("core.people", "orders", "{} + 1", BUYER),
        *changed("core.people", MONEY, "{} + 0.0001", BUYER),
        f"update core.people set orders = null {BUYER}",
        f"delete from core.people {BUYER}",
        f"update core.orders set person_id = '?' {ORDER}",
    ],
    "orders_carry_the_staged_money": [
        *changed("core.orders", "gross_amount discount_amount refund_amount", "{} + 0.0001", ORDER),
        f"update core.orders set is_valid = false {ORDER}",
        "update core.orders set is_valid = true where not is_valid",
        f"update core.orders set order_id = '?' {ORDER}",
        "update staging.stg_shop__exchange_rates set rate = rate * 1.01",
        "delete from staging.stg_shop__exchange_rates",
    ],
    "every_event_is_in_exactly_one_session": [
        f"delete from core.sessions {SESSION}",
        "insert into core.sessions from core.sessions where session_id is not null limit 1",
        f"update core.sessions set events = events + 1 {SESSION}",
        "delete from core.sessions where visitor_id is null",
    ],
    "segment_sizes_count_the_members": [
        f"delete from {SIZES} where segment = 'loyal_customers'",
        f"delete from {SIZES} {BAND}",
        f"delete from {SIZES} {ALL_BANDS}",
        *changed(SIZES, "members contacts reachable_contacts", "{} + 1", BAND),
        *changed(SIZES, "members contacts reachable_contacts", "{} + 1", ALL_BANDS),
        *changed(SIZES, SIZES_AMOUNTS, "coalesce({}, 0) + 0.0001", BAND),
        *changed(SIZES, SIZES_AMOUNTS, "coalesce({}, 0) + 0.0001", ALL_BANDS),
        "delete from segments.loyal_customers",
        f"insert into {SIZES} from {SIZES} limit 1",
    ],
    "people_list_the_segments_they_are_in": [
        *changed("core.people", "segments", "''", BUYER),
        *changed("core.people", "segments", "null", BUYER),
        *changed("core.people", "segments", "{} || ', prospects'", BUYER),
        *changed("core.people", "segments", "replace({}, ', ', ',')", BUYER),
        *changed("core.people", "segments", "'?' || substr({}, 2)", BUYER),
        *changed("core.people", "segments", "replace({}, 'all_customers', 'all_customer?')", BUYER),
        *changed("core.people", "segments", "'prospects'", "where segments = ''"),
        "delete from segments.all_customers",
    ],
    "every_member_is_a_person": [
        "update segments.prospects set person_id = person_id || '?'",
        f"delete from core.people {BUYER}",
    ],
    "memberships_are_the_rows_of_all_segment_tables": [
        f"delete from {STACK} where segment = 'loyal_customers'",
        f"insert into {STACK} from {STACK} where segment = 'loyal_customers' limit 1",
        f"update {STACK} set segment = 'prospects' where segment = 'loyal_customers'",
    ],
    "the_log_ends_with_the_memberships": [
        f"delete from {LOG} where segment = 'loyal_customers'",
        f"insert into {LOG} from {LOG} where segment = 'loyal_customers' limit 1",
        *changed(LOG, "change", "'exited'", "where segment = 'loyal_customers'"),
        *changed(LOG, "person_id", "null", "where segment = 'loyal_customers'"),
        *changed(LOG, "as_of_date", "{} - 1; delete from segments.loyal_customers"),
        f"delete from {STACK} where segment = 'loyal_customers'",
        f"insert into {STACK} from {STACK} where segment = 'loyal_customers' limit 1",
    ],
    "nobody_enters_or_leaves_a_segment_twice_in_a_row": [
        f"insert into {LOG} from {LOG} limit 1",
        f"insert into {LOG} select * replace (as_of_date + 1 as as_of_date) from {LOG} limit 1",
        f"insert into {LOG} select * replace ('exited' as change) from {LOG} limit 1",
        *changed(LOG, "change", "'exited'", "where segment = 'loyal_customers'"),
    ],
    "health_counts_the_rejected_records": [
        *changed("insights.data_health", "affected_rows", "{} + 1", REJECTED),
        f"delete from insights.data_health {REJECTED}",
        "delete from staging.rejected_records where rejection_reason = 'duplicate'",
    ],
    "nothing_is_dated_after_the_as_of_date": [
        *changed("core.orders", "ordered_at", LATE),
        *changed("core.order_lines", "ordered_on", TOMORROW),
        *changed("core.sessions", "ended_at", LATE),
        *changed("core.sessions", "started_on", TOMORROW),
        *changed("core.people", "created_at last_order_at", LATE),
        *changed("core.people", "created_on stage_from last_order_on", TOMORROW),
        *changed("core.lifecycle_history", "valid_from", TOMORROW),
    ],
    "narrower_segments_are_within_wider_ones": [
        *strangers("buyers_last_year buyers_last_6_months buyers_last_30_days lapsing_buyers"),
        *strangers("multi_buyers_last_year multi_buyers_last_6_months multi_buyers_last_30_days"),
        *strangers("loyal_buyers frequent_buyers top_monthly_buyers coupon_lovers big_spenders"),
        *strangers("discount_10_buyers discount_15_buyers discount_20_buyers one_shot_buyers"),
        *strangers("category_repeat_buyers category_top_buyers frequent_small_basket_buyers"),
        *strangers("rare_large_basket_buyers valuable_cart_abandoners lapsed_first_time_buyers"),
        *strangers("lost_customers climate_zone_customers cold_customers top_20_percent_customers"),
        *strangers("promotion_dependent_buyers female_buyers male_buyers city_buyers"),
        *strangers("domestic_customers international_customers mobile_app_buyers product_buyers"),
        *strangers("shipping_method_buyers payment_method_buyers category_buyers"),
        *strangers("collection_buyers email_clickers"),
        *(f"delete from segments.{segment}" for segment in WIDE),
    ],
    "opposite_segments_share_nobody": [
        stranger("lapsing_buyers", "buyers_last_30_days"),
        stranger("psychological_owners", "buyers_last_year"),
        stranger("psychological_owners", "recency_bands"),
        stranger("female_buyers", "male_buyers"),
        stranger("vip_customers", "low_value_customers"),
        stranger("rare_large_basket_buyers", "multi_buyers_last_30_days"),
        stranger("lapsed_first_time_buyers", "repeat_customers"),
        stranger("lead_maturity", "recency_bands"),
        stranger("cold_customers", "buyers_last_30_days"),
    ],
    "divided_segments_hold_each_member_once": [
        *strangers("vip_customers low_value_customers recency_bands rfm_segments lead_maturity"),
        *(
            wrong.format(table=f"segments.{part}")
            for part in ("low_value_customers", "recency_bands", "rfm_segments", "lead_maturity")
            for wrong in WRONG_MEMBERS[:2]
        ),
        "insert into segments.vip_customers from segments.low_value_customers limit 1",
    ],
    "orders_of_cities_are_the_local_and_the_remote_ones": strangers(
        "city_buyers local_buyers remote_buyers"
    ),
    "only_rules_of_the_web_hold_anonymous_visitors": strangers(
        "prospects one_shot_buyers active_customers lead_maturity"
    ),
    "predictions_are_made_of_every_contact_with_an_order": [
        f"delete from {PREDICTIONS} {PREDICTED}",
        f"insert into {PREDICTIONS} from {PREDICTIONS} {PREDICTED}",
        f"insert into {PREDICTIONS} (person_id) "
        "select min(person_id) from core.people where is_contact and orders = 0",
        f"update core.people set is_contact = false {PREDICTED}",
    ],
    "predictions_are_there_where_their_model_is_fitted": [
        *changed(PREDICTIONS, f"{EXPECTED} {VALUES}", "null", PREDICTED),
        *changed(FITS, "status", "'not_converged'", "where predicts = 'orders'"),
        *changed(FITS, "status", "'not_converged'", "where predicts = 'order_value'"),
        *(f"delete from {FITS} where predicts = '{of}'" for of in ("orders", "order_value")),
        # where no model of purchases is fitted, one of values says nothing
        f"update {FITS} set status = 'not_converged' where predicts = 'orders'; "
        f"update {PREDICTIONS} set {', '.join(f'{column} = null' for column in EXPECTED.split())}",
    ],
    "chances_lie_between_none_and_certainty": [
        *changed(PREDICTIONS, CHANCES, "-0.000001", PREDICTED),
        *changed(PREDICTIONS, CHANCES, "1.000001", PREDICTED),
        *changed(PREDICTIONS, "p_alive", "-0.000001", PREDICTED),
        *changed(PREDICTIONS, "p_alive", "1.000001", PREDICTED),
        predicted(YEAR_AND_NONE, "cast(-0.5 as double)", "cast(1.5 as double)"),
        predicted(YEAR_AND_NONE, "cast(1.5 as double)", "cast(-0.5 as double)"),
        *changed(PREDICTIONS, YEAR_AND_NONE, "{} * 0.999999", PREDICTED),
    ],
    "longer_horizons_never_have_fewer_orders": [
        # all would be in order with 0.5, 0.6, 0.7, 1, 2, 3
        predicted(f"{CHANCES} {ORDERS}", *values)
        for values in (
            (0.5, 0.6, 0.7, 2.000001, 2, 3),
            (0.5, 0.6, 0.7, 1, 3.000001, 3),
            (0.600001, 0.6, 0.7, 1, 2, 3),
            (0.5, 0.700001, 0.7, 1, 2, 3),
            (0.5, 0.6, 0.7, 0.499999, 2, 3),
            (0.5, 0.6, 0.7, 0.5, 0.599999, 3),
            (0.5, 0.6, 0.7, 0.5, 0.6, 0.699999),
        )
    ],
    # where the check finds that such people come back, nobody is to be in predicted_lost
    f"{RECOUNT}predictive_members": [
        "update intermediate.int_prediction_check set warnings = 'lost_come_back, year_off'",
    ],
    "next_orders_are_expected_where_one_is_likely_enough": [
        *changed(PREDICTIONS, "expected_next_order_on", "date '2024-02-29'", EXPECTED_BACK),
        *changed(PREDICTIONS, "expected_next_order_on", "date '2024-02-29' + 366", EXPECTED_BACK),
        *changed(PREDICTIONS, "expected_next_order_on", "null", EXPECTED_BACK),
        *changed(PREDICTIONS, "order_probability_365_days", "null", EXPECTED_BACK),
        *changed(PREDICTIONS, "expected_next_order_on", "date '2024-03-01'", NOT_EXPECTED_BACK),
    ],
    "nobody_is_written_to_against_a_loaded_word": [
        *(
            f"update {PERMISSIONS} set is_allowed = true where reason = '{reason}'"
            for reason in ("no_consent", "opted_out", "pending", "unsubscribed")
        ),
        *changed(PERMISSIONS, "changed_at", "{} - interval 1 second", ALLOWED),
        *changed(PERMISSIONS, "consent_id channel", "{} || '?'", ALLOWED),
        # a yes of the day after
        f"update staging.stg_crm__consents set changed_on = {TOMORROW} where status = 'opted_in'",
        *(said(status, "changed_at") for status in ("opted_out", "pending")),
        said("unsubscribed", f"{LATE} + interval 1 year", "message_events"),
        said("complained", "changed_at", "message_events"),
        said("bounced", "changed_at", "message_events"),
        f"insert into {UNCLEAR} select customer_id, null, null, null, null from {A_YES}",
        f"insert into {UNCLEAR} select customer_id, null, channel, changed_at, null from {A_YES}",
        *(
            "insert into staging.stg_crm__set_aside_words select null, customer_id, null,"
            f" {channel}, 'unclear', changed_at, false, null from {A_YES}"
            for channel in ("channel", "'fax'")
        ),
    ],
    "every_contact_can_be_reached_or_not": [
        f"delete from {PERMISSIONS} where channel = 'post'",
        f"delete from {POINTS} {ONE.format(table=POINTS)}",
        f"insert into {POINTS} from {POINTS} {ONE.format(table=POINTS)}",
        f"update {PERMISSIONS} set person_id = person_id || '?' where channel = 'sms'",
        f"update {PERMISSIONS} set channel = 'fax' where channel = 'sms'",
    ],
    "nothing_of_an_erased_person_is_a_contact_field": [
        f"update {POINTS} set customer_id = (select max(customer_id) from {REQUESTS})",
        f"update {POINTS} set email = (select max(email) from {REQUESTS})",
        f"update {POINTS} set email = (select max(customers.email) from {REQUESTS} as requests join"
        " staging.stg_shop__customers as customers using (customer_id))",
    ],
    "nobody_is_queued_who_may_not_be_written_to": [
        f"update {PERMISSIONS} set is_allowed = false",
        "update activation.campaign_candidates set is_queued = true",
        "update activation.campaign_candidates set person_id = person_id || '?' where is_queued",
    ],
    "what_is_due_is_queued_or_held_back": [
        *(
            f"{change} activation.campaign_{room} {rows}"
            for room in ("queue", "held_back")
            for change, rows in (
                ("delete from", "where person_id like 'c:pres%'"),
                ("insert into", f"from activation.campaign_{room} limit 1"),
            )
        ),
        *changed("activation.campaign_queue", "person_id scenario channel", "{} || '?'"),
        *changed("activation.campaign_held_back", "person_id scenario channel", "{} || '?'"),
        *changed("activation.campaign_held_back", "next_on", "coalesce({} + 1, date '2024-03-01')"),
    ],
    f"{RECOUNT}contacts_for_sync": [
        f"delete from {SYNC} {TOLD}",
        f"delete from {SYNC} {ERASED}",
        f"insert into {SYNC} from {SYNC} {TOLD}",
        f"insert into {SYNC} from {SYNC} {ERASED}",
        *changed(SYNC, "external_id payload", "{} || '?'", TOLD),
        *changed(SYNC, "email phone", "'?'", ERASED),
        *changed(SYNC, "email phone", "null"),
        *changed(SYNC, "updated_at", "null", TOLD),
        *changed(SYNC, "is_removed", "not {}", TOLD),
        *changed(SYNC, "is_removed", "not {}", ERASED),
        *changed(SYNC, "erased_at", "null", ERASED),
        *changed(SYNC, "erased_at", "updated_at", TOLD),
        *(
            f'update {SYNC} set payload = replace(payload, \'"{key}":\', \'"{key}":"?",\') {TOLD}'
            for key in PAYLOAD.split()
        ),
        f"update {SYNC} set payload = replace(payload, 'false', 'true') {ERASED}",
        f"update {SYNC} set payload = (select payload from {SYNC} {TOLD}) {ERASED}",
        *(
            f"update {PERMISSIONS} set is_allowed = not is_allowed where channel = '{channel}'"
            for channel in ("ads", "email", "phone", "post", "sms")
        ),
        *changed(POINTS, "email phone first_name city birth_day_month", "'?'"),
        *changed("core.people", "stage favorite_category", "'?'"),
        *changed("core.people", "stage_from last_order_on", "date '2024-01-01'"),
        f"insert into {HOLDOUTS} select person_id, segment from {STACK}"
        " where segment = 'first_time_buyers'",
        "update reference.exports set label = '?'",
        "update reference.exports set segment = 'all_customers'",
        "update reference.exports set segment_value = '?'",
        "update reference.destinations set channel = 'ads'",
        "update intermediate.int_person_keys set person_id = null",
        f"insert into {REQUESTS} (customer_id) values ('?')",
        f"insert into {REQUESTS} (email_key) values ('?')",
    ],
    "categories_bought_repeatedly_are_bought_categories": [
        "update segments.category_repeat_buyers set evidence = evidence + 1",
        "update segments.category_repeat_buyers set segment_value = segment_value || '?'",
        "delete from segments.category_buyers",
        "update segments.category_buyers set evidence = null",
    ],
}
# a shop this small is fitted only if it asks for it, and then hardly anybody orders again
SEGMENT_SETTINGS = settings_of_the_day(LEAP_DAY) | {
    "prediction_min_buyers": 1,
    "next_order_min_probability": 0.25,
    "predicted_loyal_min_probability": 0.4,
    "predicted_loyal_min_orders": 0.5,
    "due_days": 30,
    "rising_multiple": 0.25,
    "rising_min_probability": 0.25,
    "log_valued_segments": ["recency_bands"],
    "affinity_min_buyers": 1,
    "holdouts": {"all_customers": 50, "recency_bands": 40, "prospects": 30},
    "lift_min_people": 5,
    "complaint_min_delivered": 20,
}
# By campaign: its segment and channel, over which days before D it is sent (from, for how many), to
# whom of ten (held out or not), and whether its program tells what was delivered.
CAMPAIGNS = """(
    values
    ('once', 'all_customers', 'email', 39, 1, 8, true),
    ('trickling', 'recency_bands', 'email', 50, 45, 5, true),
    ('silent', 'prospects', 'email', 25, 4, 9, false),
    ('running', 'prospects', 'email', 9, 9, 9, true),
    ('early', 'all_customers', 'email', 60, 1, 3, true),
    ('sms', 'cold_customers', 'sms', 20, 1, 5, true),
    ('unnamed', null, 'email', 20, 1, 5, true)
) as campaigns (campaign_id, segment, channel, since, days, tenths, tells)"""
# what happens to one in so many messages, how many days later
FATES = """(
    values
    ('sent', 1, 0), ('delivered', 2, 0), ('opened', 3, 1), ('clicked', 5, 2), ('bounced', 7, 0),
    ('complained', 11, 10), ('complained', 22, 9), ('unsubscribed', 13, 1), ('opened', 17, -1)
) as fates (event_type, one_in, later)"""
MESSAGES = f"""
    select
        concat_ws('_', campaign_id, customer_id, event_type, later) as message_event_id,
        if(since % 20 = 0, null, concat_ws('_', campaign_id, customer_id)) as message_id,
        customer_id, channel, campaign_id, event_type,
        if(chance % 2 = 0, 'soft', null) as bounce_type,
        strftime(
            date '{LEAP_DAY}' - since + cast(chance % days as integer) + later, '%Y-%m-%dT12:00Z'
        ) as occurred_at
    from (
        select
            campaigns.*, customer_id,
            cast('0x' || substr(md5(campaign_id || customer_id), 1, 8) as bigint) as chance
        from {CAMPAIGNS} cross join (select distinct customer_id from '{{raw}}/customers.csv')
        where customer_id is not null
    ) as messages cross join {FATES}
    where
        chance % 10 < tenths and chance // 10 % one_in = 0
        and (tells or event_type <> 'delivered')
"""
# Most came earlier, some of them left and came back, some left for good, and some came lately.
OLDER_LOG = f"""
    with entries as ({{entries}}),
    days (days, change, least, most) as (
        values (60, 'entered', '0', 'b'), (39, 'exited', '0', '5'), (20, 'entered', '0', '5'),
        (14, 'entered', 'b', 'd'), (7, 'entered', 'd', 'g')
    ),
    gone (days, change) as (values (55, 'entered'), (28, 'exited'))
    select as_of_date - days as as_of_date, person_id, segment, segment_value, days.change
    from entries cross join days
    where md5(person_id || segment) >= least and md5(person_id || segment) < most
    union all
    select date '{LEAP_DAY}' - days, person_id, 'prospects', '', gone.change
    from segments.all_customers cross join gone
    where person_id not in (select person_id from segments.prospects) and md5(person_id) < '8'
"""


@dataclass(frozen=True)
class Shop:
    """A shop in memory, and the statements of the singular data tests for its settings, by name."""

    connection: duckdb.DuckDBPyConnection
    tests: dict[str, str]

    def failing_rows(self, test: str, *damages: str) -> list[tuple]:
        """What a test finds once all of some damages are done; they are undone afterwards."""
        self.connection.execute("begin")
        for statement in damages:
            for relation in re.findall(r"(?:delete from|insert into|update) (\S+)", statement):
                self.make_table(relation)
            [(changed,)] = self.connection.execute(statement).fetchall()
            assert changed, f"{test}: nothing to damage for {statement}"
        rows = self.connection.execute(self.tests[test]).fetchall()
        self.connection.execute("rollback")
        return rows

    def make_table(self, relation: str) -> None:
        """Make a view a table of the same rows."""
        schema, name = relation.split(".")
        views = "select 1 from duckdb_views() where schema_name = ? and view_name = ?"
        if self.connection.execute(views, [schema, name]).fetchall():
            self.connection.execute(
                f"create or replace temp table kept as from {relation};"
                f"drop view {relation}; create table {relation} as from kept"
            )


def campaigning_shop(raw: Path) -> Path:
    """Write the shop of all families, whose customers get campaigns, to a folder."""
    shutil.copytree(folder_of_the_day() / "raw", raw, dirs_exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select *, upper(campaign_id) as campaign_name, 'x' as scenario"
            f" from {CAMPAIGNS}) to '{raw}/campaigns.csv'"
        )
        connection.execute(
            f"copy ({MESSAGES.format(raw=raw)}) to '{raw}/message_events.campaigns.csv'"
        )
    return raw


@pytest.fixture(scope="module")
def shops(
    compiled: Callable[..., Compiled], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Shop]:
    """The edge shop of the lifecycle, without predictions, and the one of all families.

    The latter sends campaigns, and knows longer who is in which segment.
    """
    places = {
        "lifecycle": (EDGE_SHOP_SETTINGS, ROOT / "tests" / "edge_shop" / "raw"),
        "segments": (SEGMENT_SETTINGS, campaigning_shop(tmp_path_factory.mktemp("campaigns"))),
    }
    shops = {}
    for name, (variables, raw_folder) in places.items():
        statements = compiled(also=["test"], **variables)
        if name == "segments":
            statements = statements.changed(
                "segment_membership_log", lambda code: OLDER_LOG.format(entries=code)
            )
        tests = {
            node["name"]: node["compiled_code"]
            for node in statements.data_tests
            if Path(node["original_file_path"]).parent.parts[:2] in SINGULAR
        }
        shops[name] = Shop(statements.run(raw_folder), tests)
    return shops


def test_every_singular_test_has_a_damage_that_it_must_see(shops: dict[str, Shop]) -> None:
    recounts = {f"{RECOUNT}{family}_members" for family in FAMILIES}
    recounts |= {f"{RECOUNT}{table}" for table in TABLES}
    assert set(shops["lifecycle"].tests) == recounts | set(DAMAGES)


@pytest.mark.parametrize("name", ["lifecycle", "segments"])
def test_every_singular_test_passes_on_the_edge_shops(shops: dict[str, Shop], name: str) -> None:
    failing = {test: shops[name].failing_rows(test) for test in shops[name].tests}
    assert {test: rows for test, rows in failing.items() if rows} == {}


def test_every_singular_test_sees_every_damage(shops: dict[str, Shop]) -> None:
    unseen = []
    for test, damages in DAMAGES.items():
        # the lifecycle's has more members at the edge, but no predictions, and hardly a consent
        is_of_segments = re.search("prediction|activation[.]", " ".join(damages))
        shop = shops["segments" if is_of_segments else "lifecycle"]
        unseen += [
            f"{test} does not see: {damage}"
            for damage in damages
            if not shop.failing_rows(test, damage)
        ]
    assert "\n".join(unseen) == ""


def test_of_segments_with_values_those_are_logged_that_a_setting_names(
    shops: dict[str, Shop],
) -> None:
    valued = f"select distinct segment from {LOG} where segment_value <> ''"
    for name, logged in {"lifecycle": [], "segments": [("recency_bands",)]}.items():
        assert shops[name].connection.execute(valued).fetchall() == logged


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recount_names_every_segment_that_is_damaged(shops: dict[str, Shop], family: str) -> None:
    """All segments of a family are damaged at once: each of them must be among the failing rows."""
    shop = shops["lifecycle" if family == "lifecycle" else "segments"]
    unseen = []
    for wrong in WRONG_MEMBERS + WRONG_VALUES:
        damages = [wrong.format(table=f"segments.{segment}") for segment in segments_of(family)]
        named = {row[0] for row in shop.failing_rows(f"{RECOUNT}{family}_members", *damages)}
        unseen += [f"{segment}: {wrong}" for segment in segments_of(family) if segment not in named]
    assert "\n".join(unseen) == ""


@pytest.mark.parametrize("table", TABLES)
def test_a_recount_sees_every_column_of_a_table(shops: dict[str, Shop], table: str) -> None:
    """A row that is missing or twice, and in one row each value changed, and lost."""
    shop, name = shops["segments"], table
    [(schema,)] = shop.connection.execute(
        "select table_schema from information_schema.tables where table_name = ?", [name]
    ).fetchall()
    table = f"{schema}.{name}"
    described = shop.connection.execute(f"describe {table}").fetchall()
    first = f"where rowid = (select min(rowid) from {table}"
    damages = [f"delete from {table} {first})", f"insert into {table} from {table} {first})"]
    for column, kind in ((f'"{row[0]}"', row[1]) for row in described if row[0] not in WORDS):
        decimals = int(kind.removesuffix(")").split(",")[1]) if "," in kind else 0
        smallest = f"{{}} + cast(1 as {kind}) / {10**decimals}"
        other, value = OTHERS.get(kind, (smallest, "1"))
        one = f"{first} where {column} is not null)"
        values = {other.format(column): one, "null": one}
        [(has_values,)] = shop.connection.execute(
            f"select count({column}) > 0 from {table}"
        ).fetchall()
        if not has_values:
            values = {value: f"{first})"}
        damages += [f"update {table} set {column} = {v} {where}" for v, where in values.items()]
    unseen = [damage for damage in damages if not shop.failing_rows(f"{RECOUNT}{name}", damage)]
    assert "\n".join(unseen) == ""
