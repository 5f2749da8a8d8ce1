/* The thread's order: a desk folds what arrived, in whatever order it came and however often, and holds the
   same leg as a desk that has the same set in any other order. See README.md.

   The fold here runs over the list of arrivals, as a program must; `fold` of thread.pml, over the bare set, is
   what it has to come to, after each arrival.

   Broken on purpose:
   BY_ARRIVAL: ties between steps are broken by which came first, not by the smallest digest.
   AS_IT_COMES: a step is taken when it arrives, although what it was built on has not.
   REACH: claims that the leg never closes, so that a search shows that it can.

   Every set of digests is tried without repetitions; with REPEATS, FEW_DIGESTS tries two: rising and falling. */

#define STEPS 6
#include "thread.pml"

#ifndef REPEATS
#define REPEATS 0           /* how many arrivals are repetitions */
#endif
#define ARRIVALS (STEPS + REPEATS)

byte digest[STEPS];         /* of the steps by the order of signing: any permutation */
byte log[ARRIVALS];         /* what arrived, as it arrived */
byte length;
byte has;
byte repeats;

hidden byte k, known_rank[STEPS];
hidden mtype held_state;
hidden byte held_version, held_versions, held_read_back, held_restated, held_hear_back;

#ifdef AS_IT_COMES
#define IN_TURN(s) (IN(has, s) && !IN(placed, s) && (s == OPENING || IN(placed, OPENING)))
#else
#define IN_TURN(s) READY(has, s)
#endif
#if defined(BY_ARRIVAL) || defined(AS_IT_COMES)
#define BEFORE_IN_ORDER(s, other) false
#else
#define BEFORE_IN_ORDER(s, other) (rank[s] < rank[other] || (rank[s] == rank[other] && s < other))
#endif

/* One step of `_kahn`: of all that arrived and is ready, the one that comes next. */
inline next_of_log()
{
    next = NOTHING;
    k = 0;
    do
    :: k == length -> break
    :: k < length && IN_TURN(log[k]) && (next == NOTHING || BEFORE_IN_ORDER(log[k], next)) -> next = log[k]; k++
    :: else -> k++
    od
}

/* A step's rank is that of the first agreed hear-back that was built on it. */
inline rank_what_it_was_built_on(s)
{
    j = 0;
    do
    :: j == STEPS -> break
    :: j < STEPS && known_rank[j] == NOTHING && (j == s || IN(before[s], j)) -> known_rank[j] = ranks; j++
    :: else -> j++
    od;
    ranks++
}

/* `fold`, over the list of arrivals: once for the anchors' ranks, once to take the steps. */
inline fold_log()
{
    forget_leg();
    ranks = 0; placed = 0;
    i = 0;
    do
    :: i < STEPS -> rank[i] = NOTHING; known_rank[i] = NOTHING; i++
    :: else -> break
    od;
    do
    :: true ->
        next_of_log();
        if
        :: next == NOTHING -> break
        :: next != NOTHING && AGREES(next) -> rank_what_it_was_built_on(next)
        :: else
        fi;
        placed = placed | (1 << next)
    od;
    i = 0;
    do
    :: i < STEPS -> rank[i] = known_rank[i]; i++
    :: else -> break
    od;
    placed = 0;
    do
    :: true ->
        next_of_log();
        if
        :: next == NOTHING -> break
        :: next == OPENING -> open_leg()
        :: else -> advance(next)
        fi;
        placed = placed | (1 << next)
    od
}

inline arrive(s)
{
    if
    :: IN(has, s) -> repeats++
    :: else -> has = has | (1 << s)
    fi;
    log[length] = s;
    length++;
    printf("step %d arrives: %e %e\n", s, kind[s], verdict[s]);
    fold_log();
    printf("    folded as it came, the leg is %e\n", leg_state);
    held_state = leg_state; held_version = leg_version; held_versions = leg_versions;
    held_read_back = leg_read_back; held_restated = leg_restated; held_hear_back = leg_hear_back;
    fold(has);
    printf("    folded as a set, the leg is %e\n", leg_state);
    assert(held_state == leg_state && held_version == leg_version && held_versions == leg_versions);
    assert(held_read_back == leg_read_back && held_restated == leg_restated && held_hear_back == leg_hear_back);
#ifdef REACH
    assert(leg_state != CLOSED)
#endif
}

/* Step number n of a story, counted as signed, answers number `what` and was built on number `prev` and all before it. */
inline told(n, by, did, said, what, prev)
{
    i = digest[n];
    kind[i] = did; verdict[i] = said; hand[i] = by; answers[i] = digest[what];
    before[i] = before[digest[what]] | (1 << digest[what]) | before[digest[prev]] | (1 << digest[prev])
}

inline a_loop_corrected_once()
{
    told(1, recipient, accept, none, 0, 0);
    told(2, recipient, read_back, none, 0, 1);
    told(3, sender, hear_back, corrected, 2, 2);
    told(4, recipient, read_back, none, 0, 3);
    told(5, sender, hear_back, agreed, 4, 4)
}

inline two_restatements_at_one_place()
{
    told(1, recipient, accept, none, 0, 0);
    told(2, recipient, read_back, none, 0, 1);
    told(3, recipient, read_back, none, 0, 1);
    told(4, sender, hear_back, agreed, 3, 3);
    told(5, recipient, decline, none, 0, 0)
}

inline an_amendment_crosses_a_read_back()
{
    told(1, recipient, accept, none, 0, 0);
    told(2, recipient, read_back, none, 0, 1);
    told(3, sender, amend, none, 0, 1);
    told(4, recipient, read_back, none, 3, 3);
    told(5, sender, hear_back, agreed, 4, 4)
}

inline a_withdrawal_beside_an_agreement()
{
    told(1, recipient, accept, none, 0, 0);
    told(2, recipient, read_back, none, 0, 1);
    told(3, sender, withdraw, none, 0, 1);
    told(4, sender, hear_back, agreed, 2, 2);
    told(5, sender, amend, none, 0, 4)
}

inline two_agreements()
{
    told(1, recipient, accept, none, 0, 0);
    told(2, recipient, read_back, none, 0, 1);
    told(3, recipient, read_back, none, 0, 1);
    told(4, sender, hear_back, agreed, 2, 2);
    told(5, sender, hear_back, agreed, 3, 3)
}

#define NOT_GIVEN(i) (i != OPENING && !IN(given, i))
#define MAY_ARRIVE(i) (!IN(has, i) || repeats < REPEATS)

init {
    byte n = 1, s, given;

    kind[OPENING] = share; hand[OPENING] = sender; answers[OPENING] = NOTHING;
#ifdef FEW_DIGESTS
    if
    :: d_step { do :: n < STEPS -> digest[n] = n; n++ :: else -> break od }
    :: d_step { do :: n < STEPS -> digest[n] = STEPS - n; n++ :: else -> break od }
    fi;
#else
    do
    :: n < STEPS -> atomic { CHOOSE(s, NOT_GIVEN); digest[n] = s; given = given | (1 << s); s = 0; n++ }
    :: else -> break
    od;
#endif
    n = 0; given = 0;
    if
    :: d_step { a_loop_corrected_once(); printf("a loop, corrected once\n") }
    :: d_step { two_restatements_at_one_place(); printf("two restatements at one place\n") }
    :: d_step { an_amendment_crosses_a_read_back(); printf("an amendment crosses a read-back\n") }
    :: d_step { a_withdrawal_beside_an_agreement(); printf("a withdrawal beside an agreement\n") }
    :: d_step { two_agreements(); printf("two agreements\n") }
    fi;
    d_step { n = 0; do :: n < STEPS -> digest[n] = 0; n++ :: else -> break od; n = 0 }
    do
    :: length < ARRIVALS -> atomic {
        CHOOSE(s, MAY_ARRIVE);
        d_step { arrive(s); s = 0 }
    }
    :: length == ARRIVALS -> break
    od
}
