"""The currencies that Stripe charges, and how it counts them.

Stripe's minor units are its own (https://docs.stripe.com/currencies): for 11 currencies they differ from
CLDR, and so from Babel, which would charge a hundredth of the price.
"""

from typing import Final

_ZERO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
_TWO_DECIMALS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF
CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD
STD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST XCD YER ZAR ZMW
"""
_DECIMALS: Final = (
    dict.fromkeys(_ZERO_DECIMALS.split(), 0)
    | dict.fromkeys(_TWO_DECIMALS.split(), 2)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
)

SUPPORTED: Final = frozenset(_DECIMALS)

_STEPS: Final = dict.fromkeys(_THREE_DECIMALS.split(), 10) | {"ISK": 100, "UGX": 100}
"""Minor units that a charge must be a multiple of, where that is not 1."""

_MINIMUM: Final = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


class UnsupportedCurrency(ValueError):
    """The code is not one that Stripe charges, written in upper case."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not a currency that can be charged: use a code such as EUR or USD.")
        self.code = code


def require_supported(code: str) -> str:
    """Return the code. Raises UnsupportedCurrency."""
    if code not in SUPPORTED:
        raise UnsupportedCurrency(code)
    return code


def stripe_decimals(currency: str) -> int:
    """Decimals between major and minor unit in Stripe's amounts. Raises UnsupportedCurrency."""
    return _DECIMALS[require_supported(currency)]


def smallest_charge_unit(currency: str) -> int:
    """Minor units that a charge must be a multiple of: 100 for ISK and UGX, 10 for three decimals, else 1."""
    return _STEPS.get(require_supported(currency), 1)


def minimum_charge_minor(currency: str) -> int:
    """The least that Stripe charges, in minor units; where it publishes none, one smallest charge unit.

    Stripe also counts the amount after conversion to the account's own currency, which only Stripe can know.
    """
    return _MINIMUM.get(currency, smallest_charge_unit(currency))
