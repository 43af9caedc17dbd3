"""Stripe's currencies: decimals, least amounts and how amounts read (https://docs.stripe.com/currencies).

Stripe's decimals differ from ISO 4217 and CLDR in several currencies; amounts are minor units by this table.
"""

from decimal import Decimal

_TWO_DECIMALS = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop "
    "crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes "
    "kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd "
    "pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd "
    "tzs uah ugx usd uyu uzs wst xcd yer zar zmw"
)
_NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
TWO_DECIMALS = frozenset(_TWO_DECIMALS.split())
NO_DECIMALS = frozenset(_NO_DECIMALS.split())
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
ALL = TWO_DECIMALS | NO_DECIMALS | THREE_DECIMALS

# The smallest step of an amount, in minor units, where it is not 1.
STEPS = {"isk": 100, "ugx": 100, **dict.fromkeys(THREE_DECIMALS, 10)}

# The least charge, in minor units; for others Stripe converts to the currency of settlement, which we do not.
MINIMA = {
    **dict.fromkeys(("usd", "eur", "aud", "cad", "chf", "nzd", "brl", "sgd", "inr"), 50),
    "gbp": 30, "jpy": 50, "dkk": 250, "sek": 300, "nok": 300, "pln": 200, "hkd": 400, "mxn": 1000, "czk": 1500,
    "huf": 17500,
}  # fmt: skip
MAXIMUM = 99_999_999

PREFIXES = {
    **dict.fromkeys(("usd", "aud", "cad", "nzd", "sgd", "hkd", "mxn"), "$"),
    "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "brl": "R$",
}  # fmt: skip


def decimals(currency: str) -> int:
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def number(amount: int, currency: str) -> str:
    """Major units with Stripe's decimals: `12000, "usd"` reads "120.00"."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places):,.{places}f}"


def plain(amount: int, currency: str) -> str:
    """As the hosted page says it: "120.00 USD"."""
    return f"{number(amount, currency)} {currency.upper()}"


def with_symbol(amount: int, currency: str) -> str:
    """As Stripe's messages say it: "$20.00"; the code stands in for a symbol that we do not know."""
    prefix = PREFIXES.get(currency)
    return f"{prefix}{number(amount, currency)}" if prefix else plain(amount, currency)


def with_code(amount: int, currency: str) -> str:
    """As Stripe says a limit: "$0.50 usd"."""
    return f"{PREFIXES.get(currency, '')}{number(amount, currency)} {currency}"


def minimum(currency: str) -> int:
    return MINIMA.get(currency, 1)


def step(currency: str) -> int:
    return STEPS.get(currency, 1)
