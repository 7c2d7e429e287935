"""The typed fields of profiles, sessions and events: their paths, their kinds, their meaning (tracker.md §5).

Below `traits` and `aux` anything goes; elsewhere only what is listed here can be written by mapping rules.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from sojourn.core.times import LATEST, parse_time

Path = tuple[str, ...]


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    """A text; a number is written as one."""
    NUMBER = "number"
    """A number, not one in quotes."""
    INTEGER = "integer"
    """A whole number, not one in quotes."""
    FLAG = "true or false"
    """One of the two, nothing that looks like it."""
    MOMENT = "moment"
    """A moment of the years 1900 to 2099 in any form that times are accepted in; kept in UTC."""
    TEXTS = "list of texts"
    """A list of texts; a lone text or number is a list of one."""
    CONSENT = "consent"
    """An object with `revoke`: when it lapses, null for never."""
    ANY = "anything"
    """Any JSON value but null."""


class Field(msgspec.Struct, frozen=True):
    """One field of a document; a path that ends in `*` stands for every name at that place."""

    path: Path
    kind: Kind
    meaning: str


class Unfit(Exception):
    """A value is not of the kind that its field holds."""


def fitted(value: object, kind: Kind) -> object:
    """The value as a field of that kind keeps it. Raises Unfit.

    A number becomes text where text is wanted, a lone value a list of one, a moment in any accepted form the one form.
    """
    accept = _ACCEPTED[kind]
    kept = accept(value)
    if kept is None:
        raise Unfit(f"Expected {kind}, got {described(value)}.")
    return kept


def acceptor(kind: Kind) -> Callable[[object], object]:
    """What makes a value one that a field of that kind keeps; its answer is None for a value that does not fit."""
    return _ACCEPTED[kind]


def described(value: object) -> str:
    """What sort of value it is, in the words of messages; never the value itself."""
    return _NAMES.get(type(value), "null")


def _any(value: object) -> object:
    return value


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str) or _is_number(value) else None


def _number(value: object) -> object:
    return value if _is_number(value) else None


def _integer(value: object) -> object:
    return value if isinstance(value, int) and _is_number(value) else None


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else None


def _texts(value: object) -> object:
    texts = [_text(item) for item in (value if isinstance(value, list) else [value])]
    return None if None in texts else texts


def _moment(value: object) -> str | None:
    if not isinstance(value, str | int | float):
        return None
    moment = parse_time(value)
    # A moment in a profile, such as a birthday, may lie before the years of events.
    if moment is None or moment.year < _OLDEST_YEAR or moment >= LATEST:
        return None
    return moment.isoformat().replace("+00:00", "Z")


def _consent(value: object) -> dict[str, object] | None:
    if not isinstance(value, dict) or not value.keys() <= {"revoke"}:
        return None
    revoke = value.get("revoke")
    if revoke is None:
        return {"revoke": None}
    moment = _moment(revoke)
    return {"revoke": moment} if moment else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OLDEST_YEAR = 1900

_ACCEPTED: dict[Kind, Callable[[object], object]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
    Kind.MOMENT: _moment,
    Kind.TEXTS: _texts,
    Kind.CONSENT: _consent,
    Kind.ANY: _any,
}

_NAMES = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def _fields(prefix: str, kind: Kind, **meanings: str) -> tuple[Field, ...]:
    """Fields of one kind below a prefix; `__` in a name stands for a dot."""
    base = tuple(prefix.split(".")) if prefix else ()
    return tuple(Field((*base, *name.split("__")), kind, meaning) for name, meaning in meanings.items())


_CONTACT = (
    *_fields("data.contact.email", Kind.TEXT, main="Main e-mail", private="Private e-mail", business="Work e-mail"),
    *_fields(
        "data.contact.phone",
        Kind.TEXT,
        main="Main phone",
        business="Work phone",
        mobile="Mobile phone",
        whatsapp="WhatsApp number",
    ),
    *_fields(
        "data.contact.app",
        Kind.TEXT,
        whatsapp="WhatsApp handle",
        discord="Discord handle",
        slack="Slack handle",
        twitter="Twitter handle",
        telegram="Telegram handle",
        wechat="WeChat handle",
        viber="Viber handle",
        signal="Signal handle",
    ),
    Field(("data", "contact", "app", "other", "*"), Kind.TEXT, "Handle at another service"),
    *_fields(
        "data.contact.address",
        Kind.TEXT,
        town="Town",
        county="County",
        country="Country",
        postcode="Postcode",
        street="Street and number",
        other="Whatever else belongs to the address",
    ),
    Field(("data", "contact", "confirmations"), Kind.TEXTS, "Contacts that were confirmed"),
)

_PERSON = (
    *_fields(
        "data.pii",
        Kind.TEXT,
        firstname="First name",
        lastname="Last name",
        display_name="Name to address the person by",
        gender="Gender, as told",
        language__native="Native language",
        education__level="Level of education",
        civil__status="Civil status",
    ),
    Field(("data", "pii", "birthday"), Kind.MOMENT, "Day of birth"),
    Field(("data", "pii", "language", "spoken"), Kind.TEXTS, "Languages spoken"),
    *_fields("data.pii.attributes", Kind.NUMBER, height="Height", weight="Weight", shoe_number="Shoe size"),
    *_fields(
        "data.identifier",
        Kind.TEXT,
        id="Id in another system",
        pk="Primary key in the leading system; also the `primary_id` of the profile",
        badge="Badge number",
        passport="Passport number",
        credit_card="Card number, masked to its last four digits",
        token="Login name",  # noqa: S106 - a field of that name, not a secret
    ),
    Field(("data", "identifier", "coupons"), Kind.TEXTS, "Coupons used"),
    *_CONTACT,
    *_fields("data.media", Kind.TEXT, image="Picture address", webpage="Web page"),
    *_fields(
        "data.media.social",
        Kind.TEXT,
        twitter="Twitter page",
        facebook="Facebook page",
        youtube="YouTube channel",
        instagram="Instagram page",
        tiktok="TikTok page",
        linkedin="LinkedIn page",
        reddit="Reddit page",
    ),
    Field(("data", "media", "social", "other", "*"), Kind.TEXT, "Page at another service"),
    *_fields(
        "data.preferences",
        Kind.TEXTS,
        purchases="Preferred purchases",
        colors="Preferred colours",
        sizes="Preferred sizes",
        devices="Preferred devices",
        channels="Preferred channels",
        payments="Preferred means of payment",
        brands="Preferred brands",
        fragrances="Preferred fragrances",
        services="Preferred services",
        other="Other preferences",
    ),
    *_fields(
        "data.job",
        Kind.TEXT,
        position="Position",
        type="Type of employment",
        department="Department",
        company__name="Employer",
        company__country="Employer's country",
    ),
    Field(("data", "job", "salary"), Kind.NUMBER, "Salary"),
    Field(("data", "job", "company", "size"), Kind.INTEGER, "Employer's number of people"),
    Field(("data", "job", "company", "segment"), Kind.TEXTS, "Employer's lines of business"),
    Field(("data", "loyalty", "codes"), Kind.TEXTS, "Loyalty codes"),
    *_fields("data.loyalty.card", Kind.TEXT, id="Loyalty card number", name="Loyalty card", issuer="Issued by"),
    Field(("data", "loyalty", "card", "expires"), Kind.MOMENT, "When the loyalty card expires"),
    Field(("data", "loyalty", "card", "points"), Kind.NUMBER, "Points on the loyalty card"),
)

_GEO = (
    *_fields("", Kind.TEXT, country__name="Country", country__code="Country code", city="City", county="County"),
    *_fields("", Kind.TEXT, postal="Postal code"),
    *_fields("", Kind.NUMBER, latitude="Latitude", longitude="Longitude"),
)


def _geo(*prefix: str) -> tuple[Field, ...]:
    return tuple(Field((*prefix, *field.path), field.kind, field.meaning) for field in _GEO)


_OPEN = (Field(("traits", "*"), Kind.ANY, "Your own attributes"), Field(("aux", "*"), Kind.ANY, "Extras of the system"))

PROFILE_FIELDS = (
    *_PERSON,
    *_fields("data", Kind.FLAG, anonymous="No e-mail, phone or messaging handle is known"),
    *_fields("data.devices", Kind.TEXTS, push="Push tokens", other="Other devices"),
    *_geo("data", "devices", "last", "geo"),
    *_fields(
        "data.metrics",
        Kind.NUMBER,
        ltv="Lifetime value",
        ltcosc="Checkouts started",
        ltcocc="Checkouts completed",
        ltcop="Share of started checkouts that were completed, in per cent",
        ltcosv="Value of the checkouts started",
        ltcocv="Value of the checkouts completed",
    ),
    Field(("data", "metrics", "next"), Kind.MOMENT, "When the metrics are to be computed again"),
    Field(("data", "metrics", "custom", "*"), Kind.NUMBER, "Your own metrics"),
    *_fields("stats", Kind.INTEGER, visits="Visits, counted by rules", views="Views, counted by rules"),
    Field(("stats", "counters", "*"), Kind.NUMBER, "Your own counters"),
    Field(("interests", "*"), Kind.NUMBER, "How interested the person is, by interest"),
    Field(("consents", "*"), Kind.CONSENT, "What the person allows; `revoke` tells when that lapses"),
    *_OPEN,
)

EVENT_FIELDS = (
    *_PERSON,
    *_fields(
        "data.ec.product",
        Kind.TEXT,
        id="Product id",
        name="Product",
        sku="Stock keeping unit",
        category="Category",
        brand="Brand",
        variant__name="Variant",
        variant__color="Colour",
        variant__size="Size",
        review="Review",
    ),
    *_fields(
        "data.ec.product", Kind.NUMBER, price="Price", quantity="Quantity", position="Position in a list", rate="Rating"
    ),
    *_fields("data.ec.checkout", Kind.TEXT, id="Checkout id", status="Checkout status", currency="Currency"),
    *_fields("data.ec.checkout", Kind.NUMBER, value="Checkout value"),
    *_fields("data.ec.order", Kind.TEXT, id="Order id", status="Order status", affiliation="Sold through"),
    *(
        field
        for side in ("receivable", "payable", "income", "cost")
        for field in (
            Field(("data", "ec", "order", side, "value"), Kind.NUMBER, f"Amount, as {side}"),
            Field(("data", "ec", "order", side, "currency"), Kind.TEXT, f"Currency, as {side}"),
            Field(("data", "ec", "order", side, "due_date"), Kind.MOMENT, f"Due date, as {side}"),
        )
    ),
    *_fields(
        "data.message",
        Kind.TEXT,
        id="Message id",
        conversation="Conversation id",
        type="Kind of message",
        text="Text",
        sender="Sender",
        recipient="Recipient",
        status="Status",
        error__reason="Why it failed",
    ),
    *_fields(
        "data.payment",
        Kind.TEXT,
        method="Means of payment",
        credit_card__number="Card number, masked to its last four digits",
        credit_card__expires="When the card expires",
        credit_card__holder="Card holder",
    ),
    *_fields(
        "data.marketing",
        Kind.TEXT,
        coupon="Coupon",
        channel="Channel",
        promotion__id="Promotion id",
        promotion__name="Promotion",
    ),
    *_fields("data.journey", Kind.TEXT, state="State of the journey, as told"),
    *_fields("data.journey", Kind.NUMBER, rate="Rating of the journey"),
    *_fields(
        "hit", Kind.TEXT, id="Page id", name="Page or screen", url="Address", referer="Referring host", query="Search"
    ),
    *_fields("hit", Kind.TEXT, category="Category"),
    *_geo("device", "geo"),
    *_fields("journey", Kind.TEXT, state="State of the customer journey"),
    *_OPEN,
)

SESSION_FIELDS = (*_geo("device", "geo"), *_OPEN)

FIELDS: dict[str, tuple[Field, ...]] = {
    "event": EVENT_FIELDS,
    "profile": PROFILE_FIELDS,
    "session": SESSION_FIELDS,
}

_BY_PATH = {root: {field.path: field.kind for field in fields} for root, fields in FIELDS.items()}


def kind_of(root: str, path: Path) -> Kind | None:
    """The kind of the field at a path; None where no field is."""
    by_path = _BY_PATH[root]
    kind = by_path.get(path)
    if kind is not None or len(path) < len(("traits", "*")):
        return kind
    if path[0] in ("traits", "aux"):
        return Kind.ANY
    for at in range(1, len(path)):
        kind = by_path.get((*path[:at], "*", *path[at + 1 :]))
        if kind is not None:
            return kind
    return None
