"""Reduce an English word to a stem, so that "bruised", "bruises" and "bruise" are one word.

Promises: the same stem for the same word in any form it knows; lower-case ASCII in, lower-case ASCII out.
Never: a dictionary. Two words can share a stem by accident; the rules above it are written to bear that.
"""

from __future__ import annotations

# The forms that no ending explains. Written as "stem: forms".
_IRREGULAR_FORMS = """
be: is am are was were been being 's 're
have: has had having 've
do: does did done doing
go: goes went gone going
come: came coming comes
say: said says saying
tell: told tells telling
see: saw seen seeing sees
give: gave given giving gives
take: took taken taking takes
make: made making makes
get: got gotten getting gets
know: knew known knows knowing
think: thought thinks thinking thoughts
feel: felt feels feeling
keep: kept keeps keeping
leave: leaves leaving
find: found finds finding
lose: lost loses losing loss
hear: heard hears hearing
hold: held holds holding
fall: fell fallen falls falling
hit: hits hitting
hurt: hurts hurting
write: wrote written writes writing
speak: spoke spoken speaks speaking
send: sent sends sending
bring: brought brings bringing
buy: bought
break: broke broken breaks breaking
begin: began begun begins beginning
become: became becomes becoming
carry: carried carries carrying
drink: drank drunk drinks drinking
drive: drove driven drives driving
eat: ate eaten eats eating
hide: hid hidden hides hiding
ring: rang rung rings ringing
run: ran runs running
sleep: slept sleeps sleeping
stand: stood stands standing
steal: stole stolen
strike: struck strikes striking
teach: taught teaches teaching
throw: threw thrown throws throwing
wear: wore worn wears wearing
meet: met meets meeting
mean: meant means meaning
shake: shook shaken
shut: shuts shutting
bite: bit bitten bites
burn: burnt burned burns burning
withdraw: withdrew withdrawn withdraws withdrawing
forbid: forbade forbidden forbids forbidding
understand: understood
use: used uses using
try: tried tries trying
stop: stopped stops stopping
die: died dies dying death dead
miss: missed misses
missing: missing
deny: denied denies denying denial
refuse: refusal refused refuses refusing
arrive: arrival
marry: married
child: children kid kids youngster youngsters bairn bairns
person: people persons
woman: women
man: men
foot: feet
bruise: bruising
injure: injury injuries injured
statement: statements
explanation: explanations
decide: decision decisions
suspect: suspicion suspicions suspicious
allege: alleged alleges alleging allegation allegations allegedly
threaten: threat threats
behave: behaviour behavior
weigh: weight weights
medicine: medication medications meds med medicines
press: pressed
during: during
nothing: nothing
anything: anything
something: something
everything: everything
morning: mornings
evening: evenings
need: needs needed
care: cares cared
caring: caring
address: addresses
access: access
always: always
as: as
this: this
his: his
its: its
us: us
yes: yes
less: less
unless: unless
bus: buses
gas: gas
news: news
police: police
thus: thus
perhaps: perhaps
likely: likely
unlikely: unlikely
probable: probably
possible: possibly
"""

_IRREGULAR = {
    form: line.split(":")[0]
    for line in _IRREGULAR_FORMS.strip().splitlines()
    for form in (line.split(":")[0], *line.split(":")[1].split())
}
_SHORT = 3
_LONG = 4
_VOWELS = frozenset("aeiouy")


def stem(word: str) -> str:
    """Give the stem of one lower-case word; a word that it does not understand loses its plural alone."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= _SHORT or not word.isascii():
        return word
    base = _singular(word)
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    return _without_ending(base)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("dies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_ending(word: str) -> str:
    for ending in ("ment", "ing", "ly", "ied", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= _SHORT and _VOWELS.intersection(base):
            if ending == "ied":
                return base + "y"
            if ending in ("ing", "ed"):
                return _undoubled(base)
            return base.removesuffix("e") if len(base) > _LONG else base
    return word.removesuffix("e") if len(word) > _LONG else word


def _undoubled(base: str) -> str:
    if base[-1] == base[-2] and base[-1] not in "lsz" and len(base) > _SHORT:
        return base[:-1]
    if (
        len(base) == _SHORT
        and [letter in _VOWELS for letter in base] == [False, True, False]
        and base[2] not in "wx"
    ):
        return base + "e"  # "moved", "noted": had it been "mov", the last letter would have doubled
    return base.removesuffix("e") if len(base) > _LONG else base
