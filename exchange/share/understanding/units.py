"""Units of length, weight, volume, money and duration, and the words that bound a number.

Promises: plain data; exact factors, except that a month is a month and not so many days.
Never: a conversion between kinds.
"""

from __future__ import annotations

from fractions import Fraction

from exchange.share.understanding.wordlists import words

_TABLE = """
length 1: mm millimetr
length 10: cm centimetr centimeter
length 25.4: inch
length 1000: m metr meter
length 304.8: foot ft
length 1000000: km kilometr
length 1609344: mile
mass 1: mg milligram
mass 0.001: mcg microgram
mass 1000: g gram gm
mass 1000000: kg kilo kilogram
mass 453592: lb
mass 6350293: ston
volume 1: ml millilitr
volume 1000: l litr
minutes 1: minut min
minutes 60: hour hr
minutes 1440: day
minutes 10080: week wk
minutes 20160: fortnight
months 1: month mth
months 12: year yr yo
temperature 1: degre
percent 1: % percent
money 1: pound gbp
money 1/100: penc penny
"""

UNITS: dict[str, tuple[str, Fraction]] = {
    word: (line.partition(":")[0].split()[0], Fraction(line.partition(":")[0].split()[1]))
    for line in _TABLE.strip().splitlines()
    for word in line.partition(":")[2].split()
}

# How long a month or a year is in days, for comparing a period with the dates that it may have been worked
# out from.
DAYS_A_MONTH = 30

AT_LEAST, AT_MOST = 1, -1
BOUNDS_BEFORE = {
    ("no", "more", "than"): AT_MOST,
    ("not", "more", "than"): AT_MOST,
    ("no", "less", "than"): AT_LEAST,
    ("not", "less", "than"): AT_LEAST,
    ("no", "fewer", "than"): AT_LEAST,
    ("at", "least"): AT_LEAST,
    ("more", "than"): AT_LEAST,
    ("over",): AT_LEAST,
    ("minimum",): AT_LEAST,
    ("above",): AT_LEAST,
    ("upwards", "of"): AT_LEAST,
    ("minimum", "of"): AT_LEAST,
    (">",): AT_LEAST,
    ("up", "to"): AT_MOST,
    ("at", "most"): AT_MOST,
    ("less", "than"): AT_MOST,
    ("fewer", "than"): AT_MOST,
    ("under",): AT_MOST,
    ("below",): AT_MOST,
    ("maximum",): AT_MOST,
    ("max",): AT_MOST,
    ("maximum", "of"): AT_MOST,
    ("max", "of"): AT_MOST,
    ("<",): AT_MOST,
}
BOUNDS_AFTER = {
    ("or", "more"): AT_LEAST,
    ("at", "least"): AT_LEAST,
    ("minimum",): AT_LEAST,
    ("or", "less"): AT_MOST,
    ("or", "fewer"): AT_MOST,
    ("at", "most"): AT_MOST,
    ("max",): AT_MOST,
    ("maximum",): AT_MOST,
    ("tops",): AT_MOST,
}

PER = {
    "day": "day",
    "daily": "day",
    "night": "day",
    "nightly": "day",
    "week": "week",
    "weekly": "week",
    "month": "month",
    "monthly": "month",
    "hour": "hour",
    "hourly": "hour",
    "year": "year",
    "yearly": "year",
}
PER_BEFORE = frozenset({"a", "per", "each", "every", "an"})
EMERGENCY_NUMBERS = frozenset({"999", "112", "101", "111"})
LAW = words("s section sec art article para paragraph schedule rule regulation")
LABELS = words("""
    row room flat class year ward page platform level tier grade stage route
""")
NOUN_ENDS = words("""
    of at in on for from with by to and or but is are was were has have had who which that when since
    until between as so then because up over under during after before within a an the per each every
    not no he she they it i we his her their them
""")
