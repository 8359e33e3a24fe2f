"""The settings of a build: thresholds by the name of their var, and their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal

DEFAULTS: dict[str, object] = {
    "placeholder_values": [
        *("null", "(null)", "none", "n/a", "na", "nan", "undefined", "(not set)", "\\N", "-"),
    ],
    "placeholder_customer_ids": ["0"],
    "session_timeout_minutes": 30,
    "session_lookback_days": 30,
    "loyal_buyers_min_orders": 7,
    "frequent_buyers_min_orders": 5,
    "top_monthly_buyers_min_orders": 3,
    "discount_10_min_percent": 10,
    "discount_15_min_percent": 15,
    "discount_20_min_percent": 20,
    "category_repeat_min_units": 2,
    "big_basket_uplift": Decimal("0.15"),
    "recommendation_min_clicks": 2,
    "search_converters_min_searches": 1,
    "search_abandoners_min_searches": 2,
    "vip_min_lifetime_value": 500,
    "cart_days": 7,
    "fast_decider_max_minutes": 15,
    "browser_min_seconds": 270,
    "researcher_max_pages": 3,
    "researcher_min_product_seconds": 60,
    "psychological_owner_min_adds": 2,
    "impulse_max_product_pages": 2,
    "email_campaign_pattern": "%",
    "headquarters_city": "Paris",
    "mobile_app_min_orders": 1,
    "pareto_share": Decimal("0.20"),
    "home_country_code": "FR",
    "cold_days": 90,
    "recency_band_days": [30, 90, 180, 365],
    "frequent_small_min_orders": 3,
    "large_basket_multiple": 2,
    "low_stock_max_units": 5,
    "birthday_days": 7,
    "age_band_years": [18, 25, 35, 50, 65],
    "active_days": 90,
    "lead_days": 30,
    "email_days": 30,
    "email_sleeper_min_messages": 5,
    "email_sleeper_days": 90,
    "recent_view_days": 14,
    "recent_view_products": 3,
    "costly_refund_share": Decimal("0.30"),
    "costly_min_orders": 2,
    "costly_min_tickets": 3,
    "promotion_min_orders": 3,
    "promotion_share": Decimal("0.80"),
    "lost_after_days": 30,
    "retention_months": 36,
    "soft_opt_in_countries": [],
    "double_opt_in_countries": [],
    "ads_min_age": 0,
    "page_patterns": {},
    "rfm_frequency": "purchases",
    "rfm_cut_points": None,
    "next_order_min_probability": Decimal("0.5"),
    "predicted_loyal_min_probability": Decimal("0.8"),
    "predicted_loyal_min_orders": 4,
    "high_future_value_share": Decimal("0.10"),
    "churn_risk_min": Decimal("0.5"),
    "predicted_lost_min": Decimal("0.9"),
    "likely_to_buy_share": Decimal("0.10"),
    "likely_second_share": Decimal("0.20"),
    "due_days": 14,
    "win_back_share": Decimal("0.20"),
    "rising_multiple": Decimal("1.25"),
    "rising_min_probability": Decimal("0.5"),
}


@dataclass(frozen=True)
class Settings:
    """The vars of one build; multipliers and weights are numbers as text or int.

    `loaded_until` is a UTC time `YYYY-MM-DD HH:MM:SS`; `today` (YYYY-MM-DD, local) is the current
    date, read only when `as_of` is `today`. `vars` holds the thresholds that differ from DEFAULTS.
    """

    as_of: str = "latest"
    loaded_until: str = "2100-01-01 00:00:00"
    raw_time_zone: str = "UTC"
    raw_time_zones: dict[str, str] = field(default_factory=dict)
    reporting_time_zone: str = "Europe/Paris"
    reporting_currency: str = "EUR"
    valid_order_statuses: tuple[str, ...] = (
        *("paid", "processing", "shipped", "delivered", "completed", "partially_refunded"),
        *("authorized", "partially_paid"),
    )
    other_order_statuses: tuple[str, ...] = (
        *("pending", "cancelled", "canceled", "failed", "refunded", "voided", "on-hold"),
        *("expired", "draft", "checkout-draft", "trash", "unavailable", "created"),
    )
    interval_prior_weight: str = "2"
    interval_basis: str = "blended"
    at_risk_multiplier: str = "1.5"
    inactive_multiplier: str = "3"
    loyal_min_purchases: int = 3
    loyal_days: int = 90
    person_salt: str = ""
    today: str = ""
    vars: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> object:
        """Return a threshold by the name of its var."""
        default = DEFAULTS[name]
        return self.vars.get(name, default)

    @classmethod
    def of(cls, variables: dict[str, object]) -> Settings:
        """Return the settings that vars of the project say; those that they leave out are default.

        Arguments: variables (by name; multipliers and weights as numbers or text).
        """
        own = {f.name for f in fields(cls)} - {"vars"}
        return cls(
            **{name: value for name, value in variables.items() if name in own},
            vars={name: value for name, value in variables.items() if name not in own},
        )
