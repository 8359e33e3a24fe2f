"""Each singular data test passes on the edge shops and fails once what it guards is damaged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from family_shops import LEAP_DAY, folder_of_the_day, settings_of_the_day
from harness import ROOT, Compiled

RECOUNT = "a_recount_finds_the_same_"
# What is done to every segment table of a family: its recount must see each of them, in each table.
ONE = "(select min(person_id) from {table})"
DAMAGES_OF_A_SEGMENT = {
    "a member is missing": f"delete from {{table}} where person_id = {ONE}",
    "a member is there twice": f"insert into {{table}} from {{table}} where person_id = {ONE}",
    "somebody else is a member": (
        "insert into {table} select person_id || '?', * exclude (person_id) from {table} "
        f"where person_id = {ONE}"
    ),
    "somebody else is there instead": (
        f"update {{table}} set person_id = person_id || '?' where person_id = {ONE}"
    ),
    "a value": f"update {{table}} set segment_value = segment_value || '?' where person_id = {ONE}",
    "evidence": f"update {{table}} set evidence = evidence + 1 where person_id = {ONE}",
    "evidence by the least": f"update {{table}} set evidence = evidence - 0.0001 "
    f"where person_id = {ONE}",
    "no evidence": f"update {{table}} set evidence = null where person_id = {ONE}",
    "evidence_at": "update {table} set evidence_at = evidence_at + interval 1 second "
    f"where person_id = {ONE}",
    "no evidence_at": f"update {{table}} set evidence_at = null where person_id = {ONE}",
    "expires_on": "update {table} set expires_on = "
    f"coalesce(expires_on + 1, date '2024-04-01') where person_id = {ONE}",
    "expires_on before": "update {table} set expires_on = "
    f"coalesce(expires_on - 1, date '2024-04-01') where person_id = {ONE}",
}
FAMILIES = {
    folder.name: sorted(
        path.stem for path in folder.glob("*.sql") if not path.stem.endswith("_memberships")
    )
    for folder in sorted((ROOT / "models" / "marts" / "segments").iterdir())
}
HISTORY = "core.lifecycle_history"
# a contact that goes through several stages, the last of which ends with time
LIVELY = f"""
    (
        select min(person_id) from (
            select person_id from {HISTORY} group by person_id
            having count(*) > 2 and max(valid_to) > date '2024-03-31'
        )
    )
"""
LAST_SPAN = f"person_id = {LIVELY} and valid_to > date '2024-03-31'"
FIRST_SPAN = f"""
    person_id = {LIVELY} and valid_from = (
        select min(valid_from) from {HISTORY} where person_id = {LIVELY}
    )
"""
BUYER = "(select min(person_id) from core.people where orders > 1)"
ORDER = "(select min(order_id) from core.orders where is_valid and refund_amount > 0)"
REST = "* exclude (person_id)"
SCORES = "core.rfm_scores"
FEATURES = "intermediate.int_person_features"
SCORED = f"(select min(person_id) from {SCORES})"
STRANGER = f"select person_id || '?', {REST} from segments.all_customers limit 1"
PREDICTIONS = "core.person_predictions"
FITS = "intermediate.int_model_fits"
PREDICTED = f"(select min(person_id) from {PREDICTIONS})"
PROBABILITIES = (
    "p_alive",
    "churn_probability",
    "order_probability_30_days",
    "order_probability_90_days",
    "order_probability_365_days",
)
EXPECTED_ORDERS = ("expected_orders_30_days", "expected_orders_90_days", "expected_orders_365_days")
VALUES = ("expected_order_value", "predicted_value_365_days", "predicted_total_value")
# a person for whom every rule of longer horizons holds
IN_ORDER = {
    "order_probability_30_days": 0.5,
    "order_probability_90_days": 0.6,
    "order_probability_365_days": 0.7,
    "expected_orders_30_days": 1,
    "expected_orders_90_days": 2,
    "expected_orders_365_days": 3,
}

# test: what is damaged (tables, or views that become tables), and how
DAMAGES: dict[str, list[tuple[str, str]]] = {
    f"{RECOUNT}lifecycle_history": [
        (HISTORY, f"delete from {HISTORY} where {LAST_SPAN}"),
        (HISTORY, f"delete from {HISTORY} where {FIRST_SPAN}"),
        (HISTORY, f"update {HISTORY} set stage = 'prospects' where {LAST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_from = valid_from + 1 where {LAST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_from = valid_from + 1 where {FIRST_SPAN}"),
        # one day too long, and the next one begins a day late
        (
            HISTORY,
            f"update {HISTORY} set "
            f"valid_to = case when {FIRST_SPAN} then valid_to + 1 else valid_to end, "
            f"valid_from = case when {FIRST_SPAN} then valid_from else valid_from + 1 end "
            f"where person_id = {LIVELY}",
        ),
    ],
    f"{RECOUNT}rfm_scores": [
        (SCORES, damage.format(table=SCORES))
        for name, damage in DAMAGES_OF_A_SEGMENT.items()
        if "member" in name or "instead" in name
    ] + [
        (SCORES, f"update {SCORES} set {column} = {column} + {least} where person_id = {SCORED}")
        for column, least in {
            "recency_days": 1,
            "frequency": 1,
            "monetary_amount": 0.0001,
            "recency_score": 1,
            "frequency_score": -1,
            "monetary_score": 1,
        }.items()
    ] + [
        (SCORES, f"update {SCORES} set rfm_segment = rfm_segment || '?' where person_id = {SCORED}")
    ],
    "every_contact_is_in_exactly_one_stage": [
        ("segments.prospects", "delete from segments.prospects where person_id in "
         "(select min(person_id) from segments.prospects)"),
        ("segments.prospects", "insert into segments.prospects "
         "select * from segments.loyal_customers limit 1"),
        ("segments.prospects", "insert into segments.prospects "
         f"select person_id || '?', {REST} from segments.prospects limit 1"),
        ("segments.all_customers", "delete from segments.all_customers where person_id in "
         "(select min(person_id) from segments.loyal_customers)"),
    ],
    "the_buyer_stages_hold_the_contacts_with_an_order": [
        ("segments.loyal_customers", "delete from segments.loyal_customers"),
        ("segments.loyal_customers", "insert into segments.loyal_customers "
         "select * from segments.prospects limit 1"),
    ],
    "stage_tables_are_the_spans_of_the_as_of_date": [
        (HISTORY, f"update {HISTORY} set valid_to = valid_to + 1 where {LAST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_to = null where {LAST_SPAN}"),
        ("segments.at_risk_customers", "update segments.at_risk_customers set expires_on = null"),
    ],
    "lifecycle_spans_follow_each_other_without_a_gap": [
        (HISTORY, f"update {HISTORY} set valid_to = valid_to + 1 where {FIRST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_to = valid_to - 1 where {FIRST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_to = null where {FIRST_SPAN}"),
        (HISTORY, f"update {HISTORY} set valid_to = valid_from where {LAST_SPAN}"),
        (HISTORY, f"update {HISTORY} set stage = 'prospects' where person_id = {LIVELY}"),
        (HISTORY, f"insert into {HISTORY} from {HISTORY} where {LAST_SPAN}"),
    ],
    "lifecycle_begins_on_the_first_day_of_a_contact": [
        (HISTORY, f"update {HISTORY} set valid_from = valid_from - 1 where {FIRST_SPAN}"),
        (HISTORY, f"delete from {HISTORY} where person_id = {LIVELY}"),
        (HISTORY, f"insert into {HISTORY} select person_id || '?', {REST} "
         f"from {HISTORY} where {LAST_SPAN}"),
    ],
    "the_last_lifecycle_span_holds_the_as_of_date": [
        (HISTORY, f"delete from {HISTORY} where {LAST_SPAN}"),
        (HISTORY, f"insert into {HISTORY} values "
         f"({LIVELY}, 'inactive_customers', date '2024-04-01', null)"),
    ],
    "members_rest_on_facts_up_to_the_as_of_date": [
        ("segments.prospects", "update segments.prospects set evidence = null"),
        ("segments.prospects", "update segments.prospects set evidence_at = null"),
        # the first moment after the as-of date in Paris
        ("segments.prospects", "update segments.prospects "
         "set evidence_at = timestamp '2024-03-31 22:00:00'"),
    ],
    "members_leave_after_the_as_of_date": [
        ("segments.loyal_customers", "update segments.loyal_customers "
         "set expires_on = date '2024-03-31'"),
    ],
    "orders_are_the_staged_orders_up_to_the_as_of_date": [
        ("core.orders", f"delete from core.orders where order_id = {ORDER}"),
        ("core.orders", f"insert into core.orders from core.orders where order_id = {ORDER}"),
        ("core.orders", f"update core.orders set order_id = '?' where order_id = {ORDER}"),
    ],
    "order_lines_are_the_staged_lines_of_those_orders": [
        ("core.order_lines", "delete from core.order_lines where order_line_id = "
         "(select min(order_line_id) from core.order_lines)"),
        ("core.order_lines", "insert into core.order_lines from core.order_lines limit 1"),
        ("core.order_lines", "update core.order_lines set quantity = quantity + 0.001"),
    ],
    "people_in_are_people_out": [
        ("core.people", f"delete from core.people where person_id = {BUYER}"),
        ("core.people", f"insert into core.people from core.people where person_id = {BUYER}"),
        ("core.people", f"update core.people set is_contact = false where person_id = {BUYER}"),
    ],
    "contacts_are_all_customers": [
        ("segments.all_customers", "delete from segments.all_customers where person_id = "
         "(select min(person_id) from segments.all_customers)"),
        ("segments.all_customers", "insert into segments.all_customers "
         "from segments.all_customers limit 1"),
    ],
    "people_carry_what_their_orders_give": [
        (FEATURES, f"update {FEATURES} set {column} = {column} + {least} where person_id = {BUYER}")
        for column, least in {
            "purchases": 1,
            "first_order_at": "interval 1 second",
            "last_order_at": "interval 1 second",
            "first_order_on": 1,
            "last_order_on": 1,
            "days_since_last_order": 1,
            "tenure_days": 1,
            "orders_12_months": 1,
            "net_revenue_12_months_amount": 0.0001,
        }.items()
    ] + [
        (FEATURES, f"update {FEATURES} set favorite_category = '?' where person_id = {BUYER}"),
        (FEATURES, f"delete from {FEATURES} where person_id = {BUYER}"),
    ],
    "money_of_people_is_the_money_of_their_orders": [
        *(
            ("core.people", f"update core.people set {column} = {column} + {least} "
             f"where person_id = {BUYER}")
            for column, least in {
                "orders": 1,
                "gross_amount": 0.0001,
                "discount_amount": 0.0001,
                "order_value_amount": 0.0001,
                "refund_amount": 0.0001,
                "net_revenue_amount": 0.0001,
            }.items()
        ),
        ("core.people", f"update core.people set orders = null where person_id = {BUYER}"),
        ("core.people", f"delete from core.people where person_id = {BUYER}"),
        ("core.orders", f"update core.orders set person_id = '?' where order_id = {ORDER}"),
    ],
    "order_value_is_gross_less_discount": [
        *(
            ("core.orders", f"update core.orders set {column} = {column} + 0.0001 "
             f"where order_id = {ORDER}")
            for column in ("gross_amount", "discount_amount", "order_value_amount",
                           "refund_amount", "net_revenue_amount")
        ),
        ("core.orders", "update core.orders set net_revenue_amount = 0.0001 where not is_valid"),
        ("core.orders", f"update core.orders set is_valid = null where order_id = {ORDER}"),
        ("core.orders", f"update core.orders set gross_amount = null where order_id = {ORDER}"),
    ],
    "orders_carry_the_staged_money": [
        *(
            ("core.orders", f"update core.orders set {column} = {column} + 0.0001 "
             f"where order_id = {ORDER}")
            for column in ("gross_amount", "discount_amount", "refund_amount")
        ),
        ("core.orders", f"update core.orders set is_valid = false where order_id = {ORDER}"),
        ("core.orders", "update core.orders set is_valid = true where not is_valid"),
        ("core.orders", f"update core.orders set order_id = '?' where order_id = {ORDER}"),
        ("staging.stg_shop__exchange_rates", "update staging.stg_shop__exchange_rates "
         "set rate = rate * 1.01"),
        ("staging.stg_shop__exchange_rates", "delete from staging.stg_shop__exchange_rates"),
    ],
    "every_event_is_in_exactly_one_session": [
        ("core.sessions", "delete from core.sessions where session_key = "
         "(select min(session_key) from core.sessions)"),
        ("core.sessions", "insert into core.sessions from core.sessions "
         "where session_id is not null limit 1"),
        ("core.sessions", "update core.sessions set events = events + 1 where session_key = "
         "(select min(session_key) from core.sessions)"),
        ("core.sessions", "delete from core.sessions where visitor_id is null"),
    ],
    "nobody_has_more_purchases_than_orders": [
        ("core.people", f"update core.people set purchases = orders + 1 where person_id = {BUYER}"),
        ("core.people", f"update core.people set purchases = 0 where person_id = {BUYER}"),
        ("core.people", f"update core.people set purchases = null where person_id = {BUYER}"),
    ],
    "stage_sizes_add_up_to_all_customers": [
        ("insights.segment_sizes", f"update insights.segment_sizes set members = members + 1 "
         f"where segment = '{segment}'")
        for segment in ("all_customers", "prospects", "first_time_buyers", "repeat_customers",
                        "loyal_customers", "at_risk_customers", "inactive_customers")
    ] + [("insights.segment_sizes", "delete from insights.segment_sizes")],
    "segment_sizes_count_the_members": [
        *(
            ("insights.segment_sizes", f"update insights.segment_sizes set {column} = {column} + "
             f"{least} where segment = 'recency_bands' and segment_value {which} ''")
            for column, least in {"members": 1, "contacts": 1, "reachable_contacts": 1,
                                  "net_revenue_amount": 0.0001}.items()
            for which in ("=", "<>")
        ),
        *(
            ("insights.segment_sizes", f"delete from insights.segment_sizes where {which}")
            for which in ("segment = 'loyal_customers'",
                          "segment = 'recency_bands' and segment_value = ''",
                          "segment = 'recency_bands' and segment_value = '0-29'")
        ),
        ("segments.loyal_customers", "delete from segments.loyal_customers"),
        ("insights.segment_sizes", "insert into insights.segment_sizes "
         "from insights.segment_sizes limit 1"),
    ],
    "people_list_the_segments_they_are_in": [
        ("core.people", f"update core.people set segments = {changed} where person_id = {BUYER}")
        for changed in ("''", "null", "segments || ', prospects'", "replace(segments, ', ', ',')",
                        "'?' || substr(segments, 2)",
                        "replace(segments, 'all_customers', 'all_customer?')")
    ] + [
        ("core.people", "update core.people set segments = 'prospects' where segments = ''"),
        ("segments.all_customers", "delete from segments.all_customers"),
    ],
    "every_member_is_a_person": [
        ("segments.prospects", "update segments.prospects set person_id = person_id || '?'"),
        ("core.people", f"delete from core.people where person_id = {BUYER}"),
    ],
    "memberships_are_the_rows_of_all_segment_tables": [
        ("membership.segment_memberships", "delete from membership.segment_memberships "
         "where segment = 'loyal_customers'"),
        ("membership.segment_memberships", "insert into membership.segment_memberships "
         "from membership.segment_memberships where segment = 'loyal_customers' limit 1"),
        ("membership.segment_memberships", "update membership.segment_memberships "
         "set segment = 'prospects' where segment = 'loyal_customers'"),
    ],
    "health_counts_the_rejected_records": [
        ("insights.data_health", "update insights.data_health "
         "set affected_rows = affected_rows + 1 where measure = 'rejected rows'"),
        ("insights.data_health", "delete from insights.data_health "
         "where measure = 'rejected rows'"),
        ("staging.rejected_records", "delete from staging.rejected_records "
         "where rejection_reason = 'duplicate'"),
    ],
    "nothing_is_dated_after_the_as_of_date": [
        (f"core.{table}", f"update core.{table} set {column} = {late}")
        for late, columns in {
            "timestamp '2024-03-31 22:00:00'": {
                "orders": ["ordered_at"],
                "sessions": ["ended_at"],
                "people": ["created_at", "last_order_at"],
            },
            "date '2024-04-01'": {
                "order_lines": ["ordered_on"],
                "sessions": ["started_on"],
                "people": ["created_on", "stage_from", "last_order_on"],
                "lifecycle_history": ["valid_from"],
            },
        }.items()
        for table, names in columns.items()
        for column in names
    ],
    "narrower_segments_are_within_wider_ones": [
        (f"segments.{narrow}", f"insert into segments.{narrow} {STRANGER}")
        for narrow in (
            *("buyers_last_year", "buyers_last_6_months", "buyers_last_30_days"),
            *("multi_buyers_last_year", "multi_buyers_last_6_months", "multi_buyers_last_30_days"),
            *("lapsing_buyers", "loyal_buyers", "frequent_buyers", "top_monthly_buyers"),
            *("coupon_lovers", "discount_10_buyers", "discount_15_buyers", "discount_20_buyers"),
            *("category_repeat_buyers", "category_top_buyers", "big_spenders"),
            *("frequent_small_basket_buyers", "rare_large_basket_buyers", "one_shot_buyers"),
            *("valuable_cart_abandoners", "lapsed_first_time_buyers", "lost_customers"),
            *("climate_zone_customers", "cold_customers", "top_20_percent_customers"),
            *("promotion_dependent_buyers", "female_buyers", "male_buyers", "city_buyers"),
            *("domestic_customers", "international_customers", "mobile_app_buyers"),
            *("shipping_method_buyers", "payment_method_buyers", "product_buyers"),
            *("category_buyers", "collection_buyers", "email_clickers"),
        )
    ] + [
        (f"segments.{wide}", f"delete from segments.{wide}")
        for wide in ("buyers_last_30_days", "multi_buyers_last_year", "active_customers",
                     "recency_bands", "first_time_buyers", "discount_10_buyers")
    ],
    "opposite_segments_share_nobody": [
        (f"segments.{one}", f"insert into segments.{one} {STRANGER}; "
         f"insert into segments.{other} {STRANGER}")
        for one, other in (
            ("lapsing_buyers", "buyers_last_30_days"),
            ("psychological_owners", "buyers_last_year"),
            ("psychological_owners", "recency_bands"),
            ("female_buyers", "male_buyers"),
            ("vip_customers", "low_value_customers"),
            ("rare_large_basket_buyers", "multi_buyers_last_30_days"),
            ("lapsed_first_time_buyers", "repeat_customers"),
            ("lead_maturity", "recency_bands"),
            ("cold_customers", "buyers_last_30_days"),
        )
    ],
    "divided_segments_hold_each_member_once": [
        (f"segments.{part}", f"insert into segments.{part} {STRANGER}")
        for part in ("vip_customers", "low_value_customers", "recency_bands", "rfm_segments",
                     "lead_maturity")
    ] + [
        (f"segments.{part}", f"{damage} segments.{part} where person_id = "
         f"(select min(person_id) from segments.{part})")
        for part in ("low_value_customers", "recency_bands", "rfm_segments", "lead_maturity")
        for damage in ("delete from", f"insert into segments.{part} from")
    ] + [
        ("segments.vip_customers", "insert into segments.vip_customers "
         "from segments.low_value_customers limit 1"),
    ],
    "orders_of_cities_are_the_local_and_the_remote_ones": [
        (f"segments.{part}", f"insert into segments.{part} {STRANGER}")
        for part in ("city_buyers", "local_buyers", "remote_buyers")
    ],
    "only_rules_of_the_web_hold_anonymous_visitors": [
        (f"segments.{segment}", f"insert into segments.{segment} {STRANGER}")
        for segment in ("prospects", "one_shot_buyers", "active_customers", "lead_maturity")
    ],
    "predictions_are_made_of_every_contact_with_an_order": [
        (PREDICTIONS, f"delete from {PREDICTIONS} where person_id = {PREDICTED}"),
        (PREDICTIONS, f"insert into {PREDICTIONS} from {PREDICTIONS} "
         f"where person_id = {PREDICTED}"),
        (PREDICTIONS, f"insert into {PREDICTIONS} (person_id) "
         "select min(person_id) from core.people where is_contact and orders = 0"),
        ("core.people", "update core.people set is_contact = false "
         f"where person_id = {PREDICTED}"),
    ],
    "predictions_are_there_where_their_model_is_fitted": [
        *(
            (PREDICTIONS, f"update {PREDICTIONS} set {column} = null where person_id = {PREDICTED}")
            for column in (*PROBABILITIES, *EXPECTED_ORDERS, *VALUES)
        ),
        *(
            (FITS, f"{damage} where predicts = '{predicts}'")
            for predicts in ("orders", "order_value")
            for damage in (f"update {FITS} set status = 'not_converged'", f"delete from {FITS}")
        ),
        # where no model of purchases is fitted, one of values says nothing
        (PREDICTIONS, f"update {FITS} set status = 'not_converged' where predicts = 'orders'; "
         f"update {PREDICTIONS} set "
         + ", ".join(f"{column} = null" for column in (*PROBABILITIES, *EXPECTED_ORDERS))),
    ],
    "chances_lie_between_none_and_certainty": [
        (PREDICTIONS, f"update {PREDICTIONS} set {column} = {chance} "
         f"where person_id = {PREDICTED}")
        for column in PROBABILITIES[2:]
        for chance in (-0.000001, 1.000001)
    ] + [
        (PREDICTIONS, f"update {PREDICTIONS} set p_alive = {alive} where person_id = {PREDICTED}")
        for alive in (-0.000001, 1.000001)
    ] + [
        (PREDICTIONS, f"update {PREDICTIONS} set order_probability_365_days = {chance}, "
         f"churn_probability = 1 - {chance} where person_id = {PREDICTED}")
        for chance in ("cast(-0.5 as double)", "cast(1.5 as double)")
    ] + [
        (PREDICTIONS, f"update {PREDICTIONS} set {column} = {column} * 0.999999 "
         f"where person_id = {PREDICTED}")
        for column in ("order_probability_365_days", "churn_probability")
    ],
    "longer_horizons_never_have_fewer_orders": [
        (PREDICTIONS, f"update {PREDICTIONS} set "
         + ", ".join(f"{column} = {number}" for column, number in (IN_ORDER | wrong).items())
         + f" where person_id = {PREDICTED}")
        for wrong in (
            {"expected_orders_30_days": 2.000001},
            {"expected_orders_90_days": 3.000001},
            {"order_probability_30_days": 0.600001},
            {"order_probability_90_days": 0.700001},
            {"expected_orders_30_days": 0.499999},
            {"expected_orders_30_days": 0.5, "expected_orders_90_days": 0.599999},
            {"expected_orders_30_days": 0.5, "expected_orders_90_days": 0.6,
             "expected_orders_365_days": 0.699999},
        )
    ],
    "next_orders_are_expected_where_one_is_likely_enough": [
        *(
            (PREDICTIONS, f"update {PREDICTIONS} set expected_next_order_on = {day} "
             "where expected_next_order_on is not null")
            for day in ("date '2024-02-29'", "date '2024-02-29' + 366", "null")
        ),
        (PREDICTIONS, f"update {PREDICTIONS} set expected_next_order_on = date '2024-03-01' "
         "where expected_next_order_on is null"),
        (PREDICTIONS, f"update {PREDICTIONS} set order_probability_365_days = null "
         "where expected_next_order_on is not null"),
    ],
    "categories_bought_repeatedly_are_bought_categories": [
        ("segments.category_repeat_buyers", "update segments.category_repeat_buyers "
         "set evidence = evidence + 1"),
        ("segments.category_repeat_buyers", "update segments.category_repeat_buyers "
         "set segment_value = segment_value || '?'"),
        ("segments.category_buyers", "delete from segments.category_buyers"),
        ("segments.category_buyers", "update segments.category_buyers set evidence = null"),
    ],
}  # fmt: skip
# a shop this small is fitted only if it asks for it, and then hardly anybody orders again
PREDICTION_SETTINGS = {
    "prediction_min_buyers": 1,
    "next_order_min_probability": 0.25,
    "predicted_loyal_min_probability": 0.4,
    "predicted_loyal_min_orders": 0.5,
    "due_days": 30,
    "rising_multiple": 0.25,
    "rising_min_probability": 0.25,
}


@dataclass(frozen=True)
class Shop:
    """A shop in memory, and the statements of the singular data tests for its settings, by name."""

    connection: duckdb.DuckDBPyConnection
    tests: dict[str, str]


def built(statements: Compiled, raw_folder: Path) -> Shop:
    """Run a shop's statements on its raw folder."""
    tests = {
        node["name"]: node["compiled_code"]
        for node in statements.data_tests
        if node["fqn"][1] in ("laws", "families")
    }
    return Shop(statements.run(raw_folder), tests)


@pytest.fixture(scope="module")
def shops(compiled: Callable[..., Compiled]) -> Iterator[dict[str, Shop]]:
    """The edge shop of the lifecycle, without predictions, and the one of all families."""
    settings = settings_of_the_day(LEAP_DAY) | PREDICTION_SETTINGS
    lifecycle = compiled(also=["test"], **EDGE_SHOP_SETTINGS)
    segments = compiled(also=["test"], **settings)
    shops = {
        "lifecycle": built(lifecycle, ROOT / "tests" / "edge_shop" / "raw"),
        "segments": built(segments, folder_of_the_day() / "raw"),
    }
    yield shops
    for shop in shops.values():
        shop.connection.close()


def shop_of(test: str) -> str:
    """Which shop a test's damages are done to: the one that has members at the edge."""
    of_predictions = any(relation == PREDICTIONS for relation, _ in DAMAGES[test])
    return "segments" if of_predictions else "lifecycle"


def damage(shop: duckdb.DuckDBPyConnection, relation: str, statement: str) -> int:
    """Change a relation, a view after it was made a table; returns how many rows changed."""
    [(kind,)] = shop.execute(
        "select table_type from information_schema.tables where table_schema || '.' || table_name "
        f"= '{relation}'"
    ).fetchall()
    if kind == "VIEW":
        shop.execute(f"create temp table kept as from {relation}")
        shop.execute(f"drop view {relation}")
        shop.execute(f"create table {relation} as from kept")
    [(changed,)] = shop.execute(statement).fetchall()
    return changed


def test_every_singular_test_has_a_damage_that_it_must_see(shops: dict[str, Shop]) -> None:
    recounts = {f"{RECOUNT}{family}_members" for family in FAMILIES}
    assert set(shops["lifecycle"].tests) == recounts | set(DAMAGES)


@pytest.mark.parametrize("name", ["lifecycle", "segments"])
def test_every_singular_test_passes_on_the_edge_shops(shops: dict[str, Shop], name: str) -> None:
    shop = shops[name]
    failing = {test: shop.connection.execute(sql).fetchall() for test, sql in shop.tests.items()}
    assert {test: rows for test, rows in failing.items() if rows} == {}


def test_every_singular_test_sees_every_damage(shops: dict[str, Shop]) -> None:
    unseen = []
    for name, damages in DAMAGES.items():
        shop = shops[shop_of(name)]
        for relation, statement in damages:
            shop.connection.execute("begin")
            changed = damage(shop.connection, relation, statement)
            rows = shop.connection.execute(shop.tests[name]).fetchall()
            shop.connection.execute("rollback")
            assert changed, f"{name}: nothing to damage for {statement}"
            if not rows:
                unseen.append(f"{name} does not see: {statement}")
    assert "\n".join(unseen) == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recount_names_every_segment_that_is_damaged(shops: dict[str, Shop], family: str) -> None:
    """All segments of a family are damaged at once: each of them must be among the failing rows."""
    shop = shops["lifecycle" if family == "lifecycle" else "segments"]
    unseen = []
    for what, statement in DAMAGES_OF_A_SEGMENT.items():
        shop.connection.execute("begin")
        for segment in FAMILIES[family]:
            [(changed,)] = shop.connection.execute(
                statement.format(table=f"segments.{segment}")
            ).fetchall()
            assert changed, f"{segment} has no member to damage"
        recount = shop.tests[f"{RECOUNT}{family}_members"]
        named = {row[0] for row in shop.connection.execute(recount).fetchall()}
        shop.connection.execute("rollback")
        unseen += [f"{segment}: {what}" for segment in FAMILIES[family] if segment not in named]
    assert "\n".join(unseen) == ""
