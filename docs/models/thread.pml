/* What both thread models share: the steps that were signed, and the fold of a set of them.

   A step's number is its digest: "the smallest digest" is the smallest number. Step 0 is the share itself.
   `before[i]` holds all that step i was built on, directly or through others, one bit for each step. */

#include "lifecycle.pml"

#ifndef STEPS
#define STEPS 6
#endif
#define OPENING 0
#define NOTHING 15          /* no step; also: no rank */

mtype kind[STEPS] = NONE;   /* NONE: not signed yet */
mtype verdict[STEPS] = none;
mtype hand[STEPS] = none;
byte answers[STEPS];
byte before[STEPS];

/* The leg as the last fold left it: the fields of `Leg` in exchange/share/leg.py. */
hidden mtype leg_state;
hidden byte leg_version;
hidden byte leg_versions;   /* one bit for each version so far */
hidden byte leg_read_back;
hidden byte leg_restated;
hidden byte leg_hear_back;

hidden byte placed, rank[STEPS], ranks, next, i, j;
hidden mtype after;

#define IN(set, step) (((set) >> (step)) & 1)
#define AGREES(i) (kind[i] == hear_back && verdict[i] == agreed && hand[i] == sender)
#define READY(set, i) (IN(set, i) && !IN(placed, i) && (before[i] & ~placed) == 0)

/* `_answers_what_stands` of leg.py. Broken on purpose:
   ANY_READ_BACK: a hear-back is taken whichever read-back it answers.
   ANY_VERSION: a read-back is taken whichever version it restates. */
#ifdef ANY_READ_BACK
#define HEARS_WHAT_WAITS(what) true
#else
#define HEARS_WHAT_WAITS(what) (leg_read_back == NOTHING || (leg_restated == leg_version && leg_read_back == what))
#endif
#ifdef ANY_VERSION
#define RESTATES_WHAT_STANDS(what) true
#else
#define RESTATES_WHAT_STANDS(what) (what == leg_version)
#endif
#define STANDS(did, what) \
    (((did == accept || did == decline) && IN(leg_versions, what)) \
    || (did == read_back && RESTATES_WHAT_STANDS(what)) \
    || (did == amend && what == leg_version) \
    || (did == hear_back && HEARS_WHAT_WAITS(what)) \
    || (did == withdraw && what == OPENING))

/* Choose any step for which `wanted` holds. */
#if STEPS > 5
#define UP_TO_LAST(wanted, it) :: wanted(4) -> it = 4 :: wanted(5) -> it = 5
#elif STEPS > 4
#define UP_TO_LAST(wanted, it) :: wanted(4) -> it = 4
#else
#define UP_TO_LAST(wanted, it)
#endif
#define CHOOSE(it, wanted) if \
    :: wanted(0) -> it = 0 :: wanted(1) -> it = 1 :: wanted(2) -> it = 2 :: wanted(3) -> it = 3 \
    UP_TO_LAST(wanted, it) fi

/* `judge` of leg.py: where a move would take the leg, NONE if nowhere. */
inline judge(did, said, by, what, to)
{
    if
    :: STANDS(did, what) -> transition(leg_state, did, said, by, to)
    :: else -> to = NONE
    fi
}

/* `advance` of leg.py: take step s. */
inline advance(s)
{
    judge(kind[s], verdict[s], hand[s], answers[s], after);
    if
    :: after != NONE ->
        leg_state = after;
        if
        :: kind[s] == read_back -> leg_read_back = s; leg_restated = leg_version
        :: kind[s] == hear_back -> leg_hear_back = s
        :: kind[s] == amend -> leg_version = s; leg_versions = leg_versions | (1 << s)
        :: else
        fi
    :: else
    fi
}

inline forget_leg()
{
    leg_state = NONE; leg_version = NOTHING; leg_versions = 0;
    leg_read_back = NOTHING; leg_restated = NOTHING; leg_hear_back = NOTHING
}

inline open_leg()
{
    transition(NONE, share, none, sender, leg_state);
    leg_version = OPENING; leg_versions = 1
}

/* `place` of order.py, its first half: what an agreed hear-back was built on comes before the rest.
   Broken on purpose, NO_ANCHORS: a desk that breaks ties by digest alone. */
inline rank_by_anchors(set)
{
    ranks = 0; placed = 0;
    i = 0;
    do
    :: i < STEPS -> rank[i] = NOTHING; i++
    :: else -> break
    od;
#ifndef NO_ANCHORS
    i = 0;
    do
    :: i == STEPS -> break
    :: i < STEPS && !READY(set, i) -> i++
    :: i < STEPS && READY(set, i) ->
        placed = placed | (1 << i);
        if
        :: AGREES(i) ->
            j = 0;
            do
            :: j == STEPS -> break
            :: j < STEPS && rank[j] == NOTHING && (j == i || IN(before[i], j)) -> rank[j] = ranks; j++
            :: else -> j++
            od;
            ranks++
        :: else
        fi;
        i = 0
    od
#endif
}

/* `fold` of thread.py: causes before effects, then rank, then the smallest digest. A step whose cause has
   not arrived has no place. Ends with `placed`: all that had a place. */
inline fold(set)
{
    forget_leg();
    rank_by_anchors(set);
    placed = 0;
    do
    :: true ->
        next = NOTHING;
        i = 0;
        do
        :: i == STEPS -> break
        :: i < STEPS && READY(set, i) && (next == NOTHING || rank[i] < rank[next]) -> next = i; i++
        :: else -> i++
        od;
        if
        :: next == NOTHING -> break
        :: next == OPENING -> open_leg()
        :: else -> advance(next)
        fi;
        placed = placed | (1 << next)
    od
}
