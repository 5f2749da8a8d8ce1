"""The words that mean the same, the words that mean the opposite, and the words that mean nothing here.

Promises: plain data, readable by the people whose language it describes. Phrases are compared by their
stems; a word after `=` only in exactly this form.
Never: a statistic, or anything learnt. Whoever disagrees with a line can change it and see in the published
table what that costs.
"""

from __future__ import annotations

from exchange.share.understanding.wordlists import words

# One concept each: its name, the ways to say it, and after `|` the ways to say its opposite. A pair is here
# only if somebody who takes one for the other has misread.
OPPOSITES = """
admit: admit, confess, own up | deny
agree: agree, consent, give consent, give permission, accept, willing, say yes | refuse, decline, object,
  unwilling, say no
able: able to, capable | unable, incapable
alive: alive | die
announce: announce | unannounced, without notice, without warning
asleep: asleep, sleep | awake
attend: attend, been to, turn up, show up, attendance | absent, absence, fail to attend, dna, miss, truant
caring: caring | uncaring, neglectful
charge: charge | without charge, uncharged
connect: connect, switch on, turn on | cut off, switch off, turn off, disconnect
continue: continue, remain, ongoing, in force, in place, carry on, start, restart, resume, begin | end,
  finish, expire, lapse, cease, stop, run out, come to an end
competent: competent, has capacity | incompetent, lacks capacity
engage: engage, cooperate | disengage, uncooperative
explain: explain, account for, reason for | unexplained, inexplicable, without explanation,
  without an explanation, without any explanation, no explanation
gain: gain, put on | lose
happen: happen, occur, take place, true, guilty, prove | innocent, =cleared, exonerate, false, untrue,
  made up, make it up, unfounded, fabricate, acquit
improve: improve, =better | worsen, =worse, deteriorate
inside: inside, indoors | outside, outdoors
know: know, aware, recognise, realise | unaware, unknown, in the dark
level: higher, high, increase, rise, raise, greater, go up | lower, low, decrease, reduce, go down
lock: lock | unlock
open: open | =closed, =shut
permit: allow, permit | forbid, ban, prohibit, bar, prevent, stop him, stop her, stop them, stop anyone,
  keep him from, keep her from, keep them from, keep him off, keep her off, keep them off, keep him away,
  keep her away, keep them away, keep him out, keep her out, keep them out
positive: positive | negative
related: related, relative, relation, family member | unrelated
risk: risk, danger, dangerous, unsafe | safe
supervise: supervise, supervision | unsupervised
wet: wet, soak | dry
"""

# Ways to say the same.
SYNONYMS = """
accident: accident, accidental
adult: adult, grown up, grownup
alcohol: alcohol, drink, booze
ambulance: ambulance, paramedic
arrest: arrest, take into custody
assault: assault, attack, beat up, beat, hit, strike, punch, slap, kick
assess: assess, assessment
attempt: attempt, try
baby: baby, newborn, infant
carry_drugs: run drugs, carry drugs
collect: collect, pick up, fetch
come_back: come back, return, come home
complete: complete, finished assessment
conference: conference, rcpc, icpc, cpc
disease: disease, illness, ill, poorly, sick
fall: fall, come off, tumble
finding: find to be, find
first_aider: first aider
fit_to_go: medically cleared, medically fit, physically ok, physically fit
fracture: fracture, break
frightened: frighten, scare, afraid, fear, fearful, terrify
harm: hurt, harm
help: help, support, assist, assistance
home: home, house, flat, address, where they live, where she live, where he live
hospital: hospital, ward, inpatient
image: photograph, photo, picture, image
intend: mean to, intend, plan to, want to use
kill: kill, murder
leave_alone: leave alone, left alone
live: live, stay with, stop with, lodge with, place with
look_after: look after, care for
medicine: medicine, tablet, pill, script, prescription
mend: mend, heal
message: message, text, msg
nfa: no further action, nfa, drop, not take it further, not taking it further, not proceed,
  discontinue, case close
non_molestation: non molestation order
online: online, internet
operation: surgery, operation, operate
parental_responsibility: parental responsibility, pr
phone: phone, telephone, mobile
prosecutor: prosecutor, cps, prosecution
protect: protect, secret, confidential
push: push, shove
quiet: withdrawn, quiet, subdue, withdraw into
register: register, roll
remove: remove, take into care, take away, take off her, take off him
rent: rent, arrears
result: normal
school: school, academy
seizure: seizure, convulsion
settee: settee, sofa, couch
shout: shout, yell, scream
sit: sit, seat
smell: smell, stink, reek
suicide: suicide, suicidal, kill herself, kill himself
supervisor: supervisor
suspend: suspend, suspension, stand down
take_part: take part, join in, participate
teach: teach, educate, education
say: say, state, report, mention
tell: tell, inform, notify, warn, let know
thigh: thigh, thigh bone, femur
toilet: toilet, loo, lavatory
visit: visit, call out, callout
want: want, wish, ask for
weight: weigh, weight
withdraw: withdraw, retract, take back, pull her statement, pull his statement
worry: worry, concern, anxious, uneasy
"""

NEGATORS = """
not, no, never, nobody, none, nor, neither, without, hardly, barely, scarcely, seldom, rarely, unlikely
nothing, non, no longer, not any more, not anymore, no one, noone, rather than, instead of, free of
free from, away from
"""

# These deny or leave open what follows without asserting its opposite.
DENIALS = """
do not mean, not mean, not say, not claim, not that, not proof, not evidence, not the same as, not prove
not show, not suggest, not confirm, nothing to say, nothing to show, nothing to suggest
nothing to indicate, say nothing
whether, unless, not necessarily, not sure, not certain, unsure, unclear, not clear, as if, as though
almost no, hardly any, barely any, nearly no, next to no, not rule out, not be rule out, not exclude
cannot rule out, not yet clear, nobody is say, nobody say, no one say, no one is say, nor that
"""

# "Not" is in them, but nothing is negated; or they look like a word above and are none.
NEUTRAL = """
not just, not only, no doubt, without doubt, no later than, not until, no more than, not more than
no less than, not less than, nothing but, end of, the end, start of, the start, at the begin, why not
no matter, not to mention, at least, no answer, no reply, look like, at present, of course, next door
put down, end up
"""

ALSO_DENYING = words("attend connect")  # these leave open what stands before them
IMPLICIT_NEGATORS = words("agree permit admit continue")  # where their sign is negative
SHORT_SCOPE = words("no without neither non none")

# Words that do not count between "not" and the word that it denies.
STOPWORDS = words("""
    a an the and or but if then than that this these those there here it its he she him her his hers
    they them their theirs we us our ours i me my mine you your yours who whom whose which what when
    where why how is am are was were be been being have has had having do does did doing will would
    shall should can could may might must ought to of in on at by for from with about into onto over
    under up down out off again further once as so too very just only also both each every all any some
    no not nor never such own same other others another more most much many few little less least yet
    still now ever even else per via re regarding between among during before after since until till
    while because although though however through against toward towards upon within without around
    along across above below beside besides beyond despite except like near please thanks ok okay yes
    well really quite rather almost nearly about approximately roughly approx thing something anything
    nothing someone somebody anyone anybody everyone everybody nobody none one two ones way lot bit e g
    ie eg etc pls cc fyi asap himself herself themselves itself myself yourself ourselves s t d today
    tomorrow yesterday tonight able feel look sound back mean seem appear become part same other
""")

DEONTIC = words("may must should can shall")
NOT_UN = frozenset(  # words in "un" that deny nothing
    [
        "under",
        "until",
        "unit",
        "uncle",
        "union",
        "unless",
        "uniform",
        "unique",
        "universal",
        "university",
        "understand",
        "underneath",
        "undergo",
        "unfortunate",
        "unison",
        "update",
        "upon",
        "undertake",
        "underwear",
        "unusual",
        "unlikely",
    ]
)
# Verbs so light that they say nothing by themselves, although "not" may stop at them.
LIGHT = words("go come take give put bring keep use get make let")
SUBORDINATE = words("if when while whenever")  # what they open is a background, not a claim
INTRANSITIVE_BEFORE = frozenset(  # "ended on 5 November": what follows is not what ended
    [
        "on",
        "in",
        "at",
        "by",
        "as",
        "when",
        "since",
        "after",
        "before",
        "until",
        "because",
        "for",
        "now",
        "again",
        "and",
        "but",
        "yesterday",
        "with",
    ]
)
NOT_ADVERBS = words("""
    family apply supply reply rely assembly bully belly fly early daily weekly monthly hourly nightly yearly
    only ally rally tally jelly lily elderly lonely friendly ugly silly anomaly likely unlikely holy
""")
