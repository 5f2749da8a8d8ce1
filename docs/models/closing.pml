/* The closing rule: two desks, and a network that delays, reorders and repeats. See README.md.

   HOSTILE_RECIPIENT: the recipient, or someone with their key, signs what the table would not let them, as
   many times as they like, built on whatever they like.
   HOSTILE_SENDER: the sender too. Then only what follows from the steps themselves is promised.
   Broken on purpose: ANY_READ_BACK, ANY_VERSION and NO_ANCHORS, in thread.pml.
   WILLING: nobody declines or withdraws, and an honest sender amends nothing. Random runs then often close.
   REACH: claims that the leg never closes at both desks, so that a search shows that it can. */

#include "thread.pml"

#ifndef WILLING
#define WILLING 0
#endif
#define S 0                 /* the sender's desk */
#define R 1                 /* the recipient's desk */

byte count;                 /* how many steps there are */
byte has[2];                /* what arrived, one bit for each step */
mtype state[2] = NONE;      /* and the leg that each desk holds */
byte version[2];
byte reading[2];
byte hearing[2];
byte closed_by[2] = NOTHING;    /* the hear-back that this desk last saw close the leg */

/* Some hear-back at desk d agreed to the very read-back, and that restates the very version, that stand.
   Said without the fold: by the steps alone. */
#define AGREED_HEAR_BACK(d) (hearing[d] != NOTHING && IN(has[d], hearing[d]) && AGREES(hearing[d]))
#define EXACT_READ_BACK(d) (answers[hearing[d]] == reading[d] && IN(has[d], reading[d]) \
    && kind[reading[d]] == read_back && hand[reading[d]] == recipient)
#define EXACT_VERSION(d) (answers[reading[d]] == version[d] && IN(has[d], version[d]) \
    && (kind[version[d]] == share || kind[version[d]] == amend) && hand[version[d]] == sender)

inline hold(d)
{
    fold(has[d]);
    state[d] = leg_state; version[d] = leg_version; reading[d] = leg_read_back; hearing[d] = leg_hear_back;

    /* No desk holds the leg closed without an agreed hear-back on the exact read-back of the exact version. */
    assert(state[d] != CLOSED || AGREED_HEAR_BACK(d));
    assert(state[d] != CLOSED || EXACT_READ_BACK(d));
    assert(state[d] != CLOSED || EXACT_VERSION(d));

    /* Two desks with the same steps hold the same leg. */
    assert(has[S] != has[R] || (state[S] == state[R] && version[S] == version[R]
        && reading[S] == reading[R] && hearing[S] == hearing[R]));

#ifndef HOSTILE_SENDER
    /* What was closed is undone by nobody but the sender, by an amendment made after it. And the version
       that was closed is the newest that the sender had made: all of their amendments, earlier and later. */
    j = 0;
    after = NONE;
    do
    :: j == STEPS -> break
    :: j < STEPS && kind[j] == amend && hand[j] == sender && IN(has[d], j) && (before[j] & ~has[d]) == 0 ->
        assert(state[d] != CLOSED || j == version[d] || IN(before[version[d]], j));
        if
        :: closed_by[d] != NOTHING && IN(before[j], closed_by[d]) -> after = amend
        :: else
        fi;
        j++
    :: else -> j++
    od;
    assert(closed_by[d] == NOTHING || state[d] == CLOSED || after == amend);
    if
    :: state[d] == CLOSED -> closed_by[d] = hearing[d]
    :: else
    fi;
#endif
#ifdef REACH
    assert(!(state[S] == CLOSED && state[R] == CLOSED));
#endif
}

/* replay.py reads these lines. A set of steps is printed as a number, one bit for each. */
#define TELL(d) printf("    desk %d holds %d: %e, version %d, read-back %d, hear-back %d\n", \
    d, has[d], state[d], version[d], reading[d], hearing[d])

inline write(d, by, s, did, said, what, built_on)
{
    kind[s] = did; verdict[s] = said; hand[s] = by; answers[s] = what; before[s] = built_on;
    count++;
    has[d] = has[d] | (1 << s);
    printf("the %e signs step %d: %e %e, which answers %d, built on %d\n", by, s, did, said, what,
        built_on);
    hold(d);
    TELL(d)
}

/* `permit` of thread.py: what would change nothing is not signed; what is signed follows all that stands. */
inline sign_honestly(d, by, s, did, said, what)
{
    fold(has[d]);
    judge(did, said, by, what, after);
    if
    :: after != NONE ->
        promised = after;
        write(d, by, s, did, said, what, placed);
        assert(state[d] == promised)    /* what is permitted has the effect that the table promises */
    :: else
    fi
}

inline arrive(d, whose, s)
{
    has[d] = has[d] | (1 << s);
    printf("step %d arrives at the desk of the %e\n", s, whose);
    hold(d);
    TELL(d)
}

#define UNSIGNED(i) (kind[i] == NONE)
#define IS_VERSION(i) (kind[i] == share || kind[i] == amend)
#define AT_SENDER(i) IN(has[S], i)
#define AT_RECIPIENT(i) IN(has[R], i)
#define IS_ANSWERED(i) (IS_VERSION(i) || kind[i] == read_back)
#define ANSWERED_BY_SENDER(i) (AT_SENDER(i) && IS_ANSWERED(i))
#define ANSWERED_BY_RECIPIENT(i) (AT_RECIPIENT(i) && IS_ANSWERED(i))
#define BUILT_ON(what, prev) (before[what] | (1 << what) | before[prev] | (1 << prev))

inline clear() { slot = 0; what = 0; prev = 0; did = NONE; said = none }

hidden mtype promised;

init {
    byte slot, what, prev;
    mtype did = NONE, said = none;

    d_step { write(S, sender, OPENING, share, none, NOTHING, 0) }
    do
#ifndef HOSTILE_RECIPIENT
    :: count < STEPS && IN(has[R], OPENING) -> atomic {
        CHOOSE(slot, UNSIGNED);
        if
        :: did = accept; what = version[R]
        :: !WILLING -> did = decline; what = version[R]
        :: did = read_back; what = version[R]
        fi;
        d_step { sign_honestly(R, recipient, slot, did, said, what); clear() }
    }
#else
    :: count < STEPS && IN(has[R], OPENING) -> atomic {
        CHOOSE(slot, UNSIGNED);
        CHOOSE(what, ANSWERED_BY_RECIPIENT);
        if
        :: IS_VERSION(what) -> did = accept
        :: IS_VERSION(what) && !WILLING -> did = decline
        :: IS_VERSION(what) -> did = read_back
        :: kind[what] == read_back -> did = hear_back; said = agreed    /* not theirs to say */
        fi;
        CHOOSE(prev, AT_RECIPIENT);
        d_step { write(R, recipient, slot, did, said, what, BUILT_ON(what, prev)); clear() }
    }
#endif
#ifdef HOSTILE_SENDER
    :: count < STEPS -> atomic {
        CHOOSE(slot, UNSIGNED);
        CHOOSE(what, ANSWERED_BY_SENDER);
        if
        :: IS_VERSION(what) -> did = amend
        :: kind[what] == share && !WILLING -> did = withdraw
        :: kind[what] == read_back -> did = hear_back; said = agreed
        :: kind[what] == read_back -> did = hear_back; said = corrected
        fi;
        CHOOSE(prev, AT_SENDER);
        d_step { write(S, sender, slot, did, said, what, BUILT_ON(what, prev)); clear() }
    }
#else
    :: count < STEPS -> atomic {
        CHOOSE(slot, UNSIGNED);
        if
        :: !WILLING -> did = amend; what = version[S]
        :: did = hear_back; said = agreed; what = reading[S]
        :: did = hear_back; said = corrected; what = reading[S]
        :: !WILLING -> did = withdraw; what = OPENING
        fi;
        d_step { sign_honestly(S, sender, slot, did, said, what); clear() }
    }
#endif
    :: atomic { CHOOSE(slot, AT_SENDER); d_step { arrive(R, recipient, slot); slot = 0 } }
    :: has[R] != 0 -> atomic { CHOOSE(slot, AT_RECIPIENT); d_step { arrive(S, sender, slot); slot = 0 } }
    od
}
