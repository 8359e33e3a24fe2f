"""What people do on the site, tell the shop and do with its messages: stories of a few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from ..raw import MESSAGE_EVENT_TYPES, OWN_TIME, OWNED
from .buyers import add_order
from .rows import PRODUCTS, SHARED_EMAILS, Maker, Record

EVENTS = {
    "page": "page_view",
    "view": "page_view",
    "rec": "recommendation_click",
    "chat": "chat_started",
    "search": "search",
    "buy": "purchase",
    "fav": "add_to_favorites",
    "unfav": "remove_from_favorites",
    "cart": "add_to_cart",
    "uncart": "remove_from_cart",
    "checkout": "begin_checkout",
    "account": "account_created",
    "signup": "newsletter_signup",
    "login": "login",
    "spelt": "Page_View ",
    "unheard": "scrolled",
}
LOADED_AT = "2024-11-15 12:00:00"
# by word: the table of its row, and what it says there
WORDS: dict[str, tuple[str, Record]] = {
    **{word: ("events", {"event_name": name}) for word, name in EVENTS.items()},
    "in": ("consents", {"channel": "email", "status": "opted_in"}),
    "out": ("consents", {"channel": "Email ", "status": "OPTED_OUT"}),
    "pending": ("consents", {"channel": "email", "status": "pending"}),
    "sms": ("consents", {"channel": "sms", "status": "opted_in"}),
    "nosms": ("consents", {"channel": "sms", "status": "opted_out"}),
    "post": ("consents", {"channel": "post", "status": "opted_in"}),
    **{kind: ("message_events", {"event_type": kind}) for kind in MESSAGE_EVENT_TYPES},
    "ticket": ("support_tickets", {"topic": "late"}),
    "photo": ("reviews", {"product_id": "p1", "has_photo": "yes"}),
    "review": ("reviews", {"product_id": "p1", "has_photo": "0", "rating": "4.5"}),
    "household": ("customer_attributes", {"attribute": "household"}),
    "interest": ("customer_attributes", {"attribute": "interest"}),
    "Interest": ("customer_attributes", {"attribute": "Interest"}),
    "erase": ("erasure_requests", {}),
    "forget": ("erasure_requests", {"requested_at": None}),
    "yes": ("consents", {"channel": "email", "status": " Yes"}),
    "no": ("consents", {"channel": "email", "status": "0"}),
    "huh": ("consents", {"channel": "email", "status": "maybe"}),
    "silence": ("consents", {"channel": "email", "status": None}),
    "smshuh": ("consents", {"channel": "sms", "status": "maybe"}),
    "fax": ("consents", {"channel": "fax", "status": "maybe"}),
    "faxin": ("consents", {"channel": "fax", "status": "oui"}),
    "faxno": ("consents", {"channel": "fax", "status": "non"}),
    "someday": ("consents", {"channel": "email", "status": "opted_in", "changed_at": "soon"}),
    "future": ("consents", {"channel": "email", "status": "yes", "changed_at": "2099-01-01"}),
    "gone": ("message_events", {"event_type": "unsubscribed", "occurred_at": "soon"}),
    "goneby": ("message_events", {"event_type": "Complained ", "occurred_at": None}),
    # rows that can't be used, of the very moment of loading
    "loadhuh": ("consents", {"status": "maybe", "channel": "email", "changed_at": LOADED_AT}),
    "loadgone": (
        *("message_events",),
        {"event_type": "unsubscribed", "message_event_id": None, "occurred_at": LOADED_AT},
    ),
}
# the column that what follows a word's colon stands in
OF = {
    "consents": "source",
    "message_events": "bounce_type",
    "customer_attributes": "value",
}
# Each word may say :of what, and =seconds (or days, "1d") after the one before it, else 20 seconds.
VISITS = (
    *("page", "view", "search", "buy", "fav", "chat", "account", "signup", "checkout", "cart:p1"),
    *("rec", "rec rec", "rec rec search", "rec rec rec view", "rec rec rec buy", "buy rec rec"),
    *("rec rec buy:known", "rec rec buy:known buy:known", "rec rec buy:twice", "rec buy:none"),
    *("chat buy", "chat chat buy:known", "buy chat", "chat buy=0", "buy chat=0", "chat buy:twice"),
    *("buy:twice chat buy:twice", "search buy", "search buy:known", "page search buy=0"),
    *("search search", "search search buy:known", "buy search", "search buy:none search"),
    *("search search search", "search search page", "page buy=900", "page buy=900.000001"),
    *("page page=100 buy=200 buy", "buy:known buy=1000", "page buy=300", "page buy=60"),
    *("page page=270", "page page=269.999999", "page search=200 page=70.0001"),
    *("page page=270 buy:known", "page rec=60", "view page=60", "view search=60"),
    *("view page=59.999999", "view page=30 page=30", "view page=60 page", "page page=60 view"),
    *("view page=60 page page", "view view view=60", "view view buy", "view view view buy:known"),
    *("view view view view buy", "fav fav:p9 fav:", "fav unfav", "unfav", "cart:p1 cart:p2"),
    *("cart:p1 cart:p1 cart:p1", "cart:p9 cart:", "cart:p1 uncart:p1", "uncart:p1 cart:p1"),
    *("cart:p1 cart:p2 uncart:p1", "cart:p1 uncart:p1=0", "cart:p1 uncart:p1 cart:p1"),
    *("cart:p1 uncart:p2", "cart:p1 buy=0", "buy cart:p1", "cart:p1 buy:known", "login unheard"),
    *("buy:twice cart:p1 buy:twice", "account account=100000", "signup signup", "spelt"),
)
LOOKS = (
    *("view:p1", "view:p1 view:p2 view:p3 view:p4", "view:p2 view:p1 view:p2"),
    *("view:p4 view:p1=0 view:p2=0 view:p3=0 view:p5=0", "view:p9 view: view:p5", "fav:p1"),
    *("fav:p1 fav:p2 unfav:p1", "fav:p3 unfav:p3=0 fav:p3", "fav:p4 unfav:p4=0", "page:p1"),
    *("unfav:p5 fav:p5 fav:p9 fav:", "fav:p1 fav:p2 fav:p3 fav:p4 fav:p5"),
)
CARTS = (
    *("cart:p1", "cart:p2", "cart:p1 cart:p2 cart:p4", "cart:p3 cart:p5", "cart: cart:p9"),
    *("cart:p3 cart:p5 uncart:p3", "cart:p1 uncart:p1=0 cart:p2 cart:p9", "cart:p2 buy=0"),
    *("buy cart:p2", "cart:p4 buy:known", "checkout", "checkout checkout", "checkout buy=0"),
    *("buy checkout", "checkout buy:known", "cart:p1 checkout cart:p2", "cart: checkout"),
)
DEALINGS = (
    *("out", "in", "pending", "in out", "out in", "in out=0", "in unsubscribed", "post"),
    *("in unsubscribed=1d", "unsubscribed in=1d", "nosms", "in complained=1d", "bounced"),
    *("ticket ticket", "ticket ticket=0 ticket", "ticket ticket=360d ticket=0"),
    *("ticket ticket=365d ticket=0", "ticket ticket=366d ticket=0", "photo", "review photo"),
    *("review", "household:a", "household:a household:b=0", "household:b household:a=1d"),
    *("Interest:é interest:z", "erase"),
)
NEWSLETTER = (
    *("in:newsletter", "in:Newsletter\t", "in:form", "pending:newsletter", "in:newsletter out"),
    *("in:newsletter out=0", "out in:newsletter", "out in:newsletter=0", "sms:newsletter"),
    *("in:newsletter pending", "in:newsletter pending=0", "pending in:newsletter"),
    *("in:newsletter in:form", "in:newsletter in:newsletter=0", "in:newsletter unsubscribed"),
    *("in:newsletter unsubscribed=0", "unsubscribed in:form", "complained in:newsletter"),
    *("in:newsletter complained", "in:newsletter nosms", "signup", "signup out", "signup out=0"),
    *("signup unsubscribed=1d", "signup pending", "signup out signup", "out signup", "in signup"),
)
REACTIONS = (
    *("sent",) * 3,
    *("sent opened=0", "sent opened=1d", "sent clicked=1d", "sent opened=1d clicked=0"),
    *("sent bounced:soft=1d", "sent bounced=1d", "sent bounced:Hard=1d", "sent complained=1d"),
    *("sent unsubscribed=1d", "sent delivered=0"),
)
# how many of them a shop has at most, and how many days before its last day
# words on e-mail that can't be read, and what follows them
UNREAD = (
    *("huh", "in huh", "huh in", "in huh=0", "huh=0 in=0", "out huh", "huh out", "pending huh"),
    *("yes", "no", "yes no", "no yes", "yes silence", "silence in", "in smshuh", "in fax"),
    *("in faxin", "in faxno", "fax in", "someday", "in someday", "someday in", "in future"),
    *("out someday", "in:newsletter huh", "huh in:newsletter", "signup huh", "huh signup"),
    *("out signup huh", "signup gone", "in gone", "gone in", "in goneby", "in huh=1d", "forget"),
    *("in:newsletter someday", "huh huh=1d in=1d", "account huh", "unsubscribed huh"),
)
BOOKS: tuple[tuple[tuple[str, ...], int, tuple[int, ...]], ...] = (
    (VISITS, 28, (0, 1, 2, 5, 6, 7, 13, 14, 28, 29, 29, 29, 30, 30, 30, 31)),
    (LOOKS, 14, (0, 1, 2, 3, 5, 7, 8, 12, 13, 14, 15, 29, 30, 60, 89, 90, 91)),
    (CARTS, 16, (0, 1, 2, 6, 7, 8, 28, 29, 30, 31)),
    (DEALINGS, 28, (10, 0, 1, 100, 364, 365, 366)),
    (NEWSLETTER, 12, (1, 0, 2, 100, 364)),
    (UNREAD, 14, (1, 0, 2, 100, -1)),
)
# what decides who, when and which of several; and how many days before the last day
LATE: tuple[tuple[str, tuple[int, ...]], ...] = (
    *(("in loadhuh", (1, 100)), ("in loadgone", (1, 100)), ("loadhuh in", (0,))),
    *(("sent sent=1d", (30, 90, 91)), ("sent sent=100d", (101, 190, 191))),
    *(("view:p1 view:p2=0 view:p1=0", (1, 13)), ("view:p3", (59, 60, 14, 13)), ("view", (44, 45))),
    *(("chat chat=80000", (1, 29)), ("photo", (0, 100)), ("search search=80000 buy", (1, 29))),
)
# who is named on one browser, event by event: a dot is nobody
MEETINGS = ("aba", ".a.b.a.", "a..b", ".a.", "ab", "..a", "b.a", "a.a", "abab", "a..a")
# the words of two consents with one id
REPEATS = ("opted_in", "opted_in", "opted_out", "not_asked", "pending", "maybe")
# seconds since the event before: at, below and above the 30 minutes, ties, and across midnight
EVENT_GAPS = ("60", "0", "1800", "1801", "1799.999999", "1800.000001", "300", "7200", "90000")
SOURCES = tuple(
    {"traffic_source": source, "traffic_medium": medium, "traffic_campaign": campaign}
    for source, medium, campaign in (
        *((None, None, None), ("email", None, "spring_1"), ("email", None, "spring_1")),
        *(("news", "Email ", "spring 12"), ("news", "email", "springs"), ("email", "email", None)),
        *(("google", "cpc", "springs"), ("affiliate", "cpc", None), ("x", "AFFILIATE", "Spring_1")),
        *((" Affiliate", "email", "spring_12"), ("affiliate", "affiliate", None)),
        *(("affiliate", None, "x"), ("Affiliate", "cpc", "x"), ("e-mail", "affiliates", "spring")),
    )
)
URLS = ("/product/1", "/product/12", "/search?q=a", "/Panier", "/product\n/x", None)
DEVICES = ("mobile", "Desktop ", "tablet", None)
CHANNELS = (None, "email", "Email ", "sms", "pigeon")
CAMPAIGN_DAYS = (0, 1, 5, 6, 7, 8, 27, 28, 29, 30, 31, 45, 60, 88, 89, 90, 91, 200)


def add_stories(maker: Maker) -> None:
    """Add stories of all books, wanderings through the site, and campaigns."""
    for stories, most, days in BOOKS:
        for _ in maker.up_to(most):
            tell(maker, maker.one(stories), maker.one(days))
    for _ in maker.up_to(12):
        words = [f"{maker.one([*EVENTS])}={maker.one(EVENT_GAPS)}" for _ in range(6)]
        tell(maker, " ".join(words), maker.one((1, 0, 2, 3, 4, 5, 8, -1)))
    for _ in maker.up_to(12):
        send_campaign(maker)
    win_back(maker)


def add_late_stories(maker: Maker) -> None:
    """Add what happens seldom by chance: a shared browser, phone or id, and the last moments."""
    for _ in maker.up_to(10):
        story, days = maker.one(LATE)
        tell(maker, story, maker.one(days))
    for _ in maker.up_to(6):
        meet(maker)
        share_a_phone(maker)
        repeat_a_consent(maker)


def meet(maker: Maker) -> None:
    """Let people of whom nothing is dated before use one browser, some in one session."""
    number = sum(map(len, maker.shop.values()))
    named = maker.one(("customer_id", "email"))
    for letter in "ab":
        customer = {"customer_id": f"{letter}{number}", "email": f"{letter}{number}@shop.fr"}
        maker.add("customers", **customer)
    sessions = maker.one(((None,), (f"s{number}",), (None, f"s{number}"), ("s1", "s2")))
    at = maker.time(maker.one((0, 1, 2, 28, 29)))
    for letter in maker.one(MEETINGS):
        name = {"customer_id": f"{letter}{number}", "email": f"{letter}{number}@shop.fr"}[named]
        maker.add(
            "events",
            event_name=maker.one(("page_view", "search", "chat_started", "purchase")),
            occurred_at=at,
            visitor_id=f"shared{number}",
            session_id=maker.one(sessions),
            **({} if letter == "." else {named: name}),
        )
        at = maker.not_later(at + timedelta(seconds=float(maker.one(EVENT_GAPS))))


def share_a_phone(maker: Maker) -> None:
    """Let two customers have one phone, who are one person or two, and an order name it alone."""
    number = sum(map(len, maker.shop.values()))
    phone = f"06 12 {number % 10000:04} {maker.one((10, 11))}"
    one, other = maker.one((("a", "a"), ("a", "b"), ("a", None), (None, None)))
    for place, email in enumerate((one, other)):
        maker.add(
            "customers",
            customer_id=maker.one((f"h{number}_{place}", f"h{number}_{place}", None)),
            email=f"{email}{number}@shop.fr",
            phone=maker.one((phone, phone, None)),
            created_at=maker.time(30),
        )
    add_order(maker, {"phone": phone}, maker.one((0, 5, 40)), ("50", None))
    if maker.chance(0.3):
        maker.add("erasure_requests", email=f"{one}{number}@shop.fr", requested_at=maker.time(3))


def repeat_a_consent(maker: Maker) -> None:
    """Let two rows about somebody's e-mail have one id."""
    number, days = sum(map(len, maker.shop.values())), maker.one((1, 10))
    customer_id, email = maker.one([*maker.owners, ("nobody", "new@shop.fr")])
    for when in (days, maker.one((days, 0, days + 1, None))):
        maker.add(
            "consents",
            consent_id=f"w{number}",
            customer_id=customer_id,
            email=email,
            channel="email",
            status=maker.one(REPEATS),
            changed_at=None if when is None else maker.time(when),
        )


def steps_of(story: str) -> Iterable[tuple[str, str | None, timedelta]]:
    """Return what, of what (None: not said), and how long after the one before, of every word."""
    for word in story.split(" "):
        what, _, gap = word.partition("=")
        what, colon, of = what.partition(":")
        days = gap.endswith("d")
        seconds = Decimal(gap.rstrip("d") or 20) * (86400 if days else 1)
        yield what, of if colon else None, timedelta(microseconds=int(seconds * 1_000_000))


def tell(maker: Maker, story: str, days: int, contact: int | None = None, **message: str) -> None:
    """Add the rows of a story, of a contact (by number) or of anybody who may be a stranger."""
    is_anybody = contact is None
    if is_anybody:
        contact = maker.random.randint(0, len(maker.owners))
    customer_id, email = [*maker.owners, ("nobody", None)][contact]
    both = {"customer_id": customer_id, "email": email}
    owner = owner_of(maker, customer_id, email) if is_anybody else both
    number = sum(map(len, maker.shop.values()))
    message = {"message_id": f"m{number}", "channel": maker.one(CHANNELS), **message}
    steps = list(steps_of(story))
    is_known, named_at = maker.chance(0.5), maker.one((0, len(steps) - 1, 1, None))
    visit = {
        "visitor_id": f"u{contact}" if is_known else maker.one(("v1", "v2", "V1", "v3")),
        "session_id": maker.one((f"s{number}",) * 6 + (None, "s1", "s2")),
    }
    sources, sourced_at = maker.one(SOURCES), maker.one((0, 0, 1))
    at = maker.time(days)
    for place, (what, of, gap) in enumerate(steps):
        at = maker.not_later(at + gap * bool(place))
        table, said = WORDS[what]
        own = OWN_TIME.get(table, "requested_at")
        record = maker.add(table, **{own: at, **said, OF.get(table, "product_id"): of})
        record["customer_id"] = customer_id or "nobody"
        if table in OWNED:
            record |= owner
        if table == "message_events":
            record |= message
        if table == "events":
            record |= visit | about(maker, what, of, f"t{number}")
            record["customer_id"] = customer_id if is_known and place == named_at else None
            record["device_type"] = "watch" if place else maker.one(DEVICES)
            if place == sourced_at:
                record |= sources
            if maker.chance(0.02) and maker.owners:
                record["customer_id"] = maker.one(maker.owners)[0]


def owner_of(maker: Maker, customer_id: str | None, email: str | None) -> Record:
    """Return how a row names a contact: by id, e-mail, both, or so that it is somebody else."""
    both = {"customer_id": customer_id, "email": email}
    return maker.one(
        (
            *(both, both, both),
            {"customer_id": customer_id, "email": None if customer_id else email},
            {"customer_id": None, "email": email or "new@shop.fr"},
            {"customer_id": customer_id, "email": SHARED_EMAILS[1]},
            {"customer_id": "nobody", "email": email or SHARED_EMAILS[0]},
            {"customer_id": None, "email": f" NEW{maker.one('012')}@shop.fr"},
        )
    )


def about(maker: Maker, what: str, of: str | None, own_order: str) -> Record:
    """Return of which page, product and order an event is."""
    orders = [record["order_id"] for record in maker.shop["orders"]] or [None]
    order_ids = {"none": None, "twice": own_order, "known": maker.one(orders)}
    bought = order_ids.get(of, f"unknown{len(maker.shop['events'])}")
    return {
        "page_url": maker.one(URLS),
        "page_type": maker.one(("product", "Product ") if what == "view" else ("home", None)),
        "product_id": maker.one(PRODUCTS) if of is None else of or None,
        "order_id": bought if what == "buy" else None,
    }


def send_campaign(maker: Maker) -> None:
    """Send a message to every contact, or every second or third; some react."""
    every, days = maker.one((1, 1, 2, 3)), maker.one(CAMPAIGN_DAYS)
    shared = {"message_id": f"k{len(maker.shop['message_events'])}", "channel": maker.one(CHANNELS)}
    for contact in range(0, len(maker.owners), every):
        tell(maker, maker.one(REACTIONS), days, contact, **shared)


def win_back(maker: Maker) -> None:
    """Write to most contacts since their last order; few react."""
    last: dict[str | None, str] = {}
    for record in maker.shop["orders"]:
        owner = record["customer_id"] or record["email"].strip().lower()
        last[owner] = max(record["ordered_at"], last.get(owner, ""))
    for contact, (customer_id, email) in enumerate(maker.owners):
        days = maker.one((6, 7, 8, 28, 29, 29, 30, 30, 31))
        ordered_at = last.get(customer_id) or last.get(email)
        if ordered_at and ordered_at < str(maker.time(days, "00:00:00")) and maker.chance(0.9):
            tell(maker, maker.one(("sent",) * 4 + ("sent sent", "sent opened=0")), days, contact)
