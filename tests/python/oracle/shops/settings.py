"""The settings of the random shops: few, so that a project can be compiled once for each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..settings import Settings

LOADED = Settings(loaded_until="2024-11-15 12:00:00")
PATTERNS = {"search": "/search%", "one": "%/product/_", "upper": "/P%", "all": "%"}

# by each of them the names of pages are those above, unless it has others
VARIANTS: tuple[Settings, ...] = (
    LOADED,
    replace(
        LOADED,
        as_of="2024-02-29",
        vars={
            "loyal_buyers_min_orders": 3,
            "frequent_buyers_min_orders": 2,
            "category_repeat_min_units": 1,
            "researcher_min_product_seconds": 0,
            "email_campaign_pattern": "spring%",
            "rfm_frequency": "orders",
            "pareto_share": Decimal("0.3333"),
            "costly_refund_share": Decimal("0.5"),
            "recent_view_days": 60,
            "recent_view_products": 1,
            "email_days": 7,
            "birthday_days": 2,
            "lost_after_days": 31,
            "retention_months": 1,
            "soft_opt_in_countries": ["FR", "IT"],
            "age_band_years": [1, 18, 36, 64],
        },
    ),
    replace(
        LOADED,
        as_of="2024-03-31",
        interval_basis="person",
        # 1.1 × 90 and 2.2 × 90 are whole, and a little more in floating numbers
        at_risk_multiplier="1.1",
        inactive_multiplier="2.2",
        vars={
            "ads_min_age": 36,
            "top_monthly_buyers_min_orders": 2,
            "big_basket_uplift": Decimal("0"),
            "recommendation_min_clicks": 1,
            "headquarters_city": "SAINT-ÉTIENNE",
            "mobile_app_min_orders": 2,
            "page_patterns": {"one": "%/product/_"},
            "rfm_cut_points": {
                "recency": [3, 30, 44.5, 90],
                "frequency": [2, 3, 4, 5],
                "monetary": [5.5, 44.9507, 100, 145.5],
            },
            "promotion_share": Decimal("0.6666"),
            "cold_days": 45,
            "lead_days": 60,
            "retention_months": 12,
            "soft_opt_in_countries": ["BE"],
            "double_opt_in_countries": ["FR"],
            "cart_days": 3,
            "costly_min_orders": 3,
        },
    ),
    replace(
        LOADED,
        interval_basis="shop",
        at_risk_multiplier="1",
        inactive_multiplier="2",
        valid_order_statuses=("paid", "delivered", "completed", "pending"),
        other_order_statuses=(
            *("processing", "shipped", "partially_refunded"),
            *("cancelled", "failed", "refunded", "voided"),
        ),
        vars={
            "frequent_buyers_min_orders": 4,
            "big_basket_uplift": Decimal("0.5"),
            "search_converters_min_searches": 2,
            "search_abandoners_min_searches": 1,
            "fast_decider_max_minutes": 5,
            "email_campaign_pattern": "%ring_1",
            "vip_min_lifetime_value": 100,
            "home_country_code": "BE",
            "lost_after_days": 7,
            "session_lookback_days": 45,
            "session_timeout_minutes": 5,
            "active_days": 120,
            "costly_min_orders": 1,
        },
    ),
    replace(
        LOADED,
        as_of="2024-10-27",
        interval_prior_weight="0",
        loyal_min_purchases=2,
        loyal_days=30,
        vars={
            "category_repeat_min_units": 3,
            "browser_min_seconds": 60,
            "researcher_max_pages": 2,
            "psychological_owner_min_adds": 1,
            "impulse_max_product_pages": 0,
            "rfm_frequency": "orders",
            "rfm_cut_points": {
                "recency": [30, 31, 90, 91],
                "frequency": [2, 3, 4, 6],
                "monetary": [8, 45, 100, 200],
            },
            "email_sleeper_min_messages": 3,
            "frequent_small_min_orders": 2,
            "large_basket_multiple": 1,
            "birthday_days": 30,
            "email_sleeper_days": 200,
            "cold_days": 180,
            "recency_band_days": [1, 45, 90],
        },
    ),
    replace(
        LOADED,
        interval_prior_weight="0.5",
        at_risk_multiplier="2.25",
        inactive_multiplier="4",
        loyal_min_purchases=2,
        loyal_days=365,
        person_salt="pepper",
        vars={
            "loyal_buyers_min_orders": 4,
            "discount_10_min_percent": 5,
            "discount_15_min_percent": 10,
            "discount_20_min_percent": 15,
            "headquarters_city": "l haÿ les roses",
            "fast_decider_max_minutes": 0,
            "session_lookback_days": 14,
            "cart_days": 30,
            "recent_view_days": 7,
            "low_stock_max_units": 0,
            "retention_months": 48,
            "active_days": 30,
            "lead_days": 7,
            "email_days": 90,
            "costly_min_tickets": 2,
        },
    ),
    replace(
        LOADED,
        as_of="2023-12-31",
        raw_time_zone="America/New_York",
        raw_time_zones={"web": "Europe/Paris"},
        reporting_time_zone="America/New_York",
        reporting_currency="USD",
        at_risk_multiplier="0.01",
        inactive_multiplier="0.02",
        loyal_min_purchases=1,
        vars={
            "vip_min_lifetime_value": 100,
            "psychological_owner_min_adds": 3,
            "impulse_max_product_pages": 3,
            "researcher_max_pages": 1,
            "lost_after_days": 29,
            "retention_months": 3,
            "session_timeout_minutes": 60,
            "email_sleeper_days": 30,
            "promotion_min_orders": 2,
            "pareto_share": Decimal("0.5"),
        },
    ),
)
SETTINGS_POOL = tuple(
    replace(chosen, vars={"page_patterns": PATTERNS, **chosen.vars}) for chosen in VARIANTS
)
