/* The quorum rule: N witnesses, of whom F cosign whatever they are asked to; a hub that shows two logs, which
   are one log up to size 0 and differ from there on. See README.md.

   Q is the quorum. The rule is 2 * Q > N + F; check.py searches it for several N, F and Q.

   Broken on purpose: a Q that is one too small for the rule; and
   FORGETS: an honest witness that cosigns before it has written down what it cosigned, and is started again.
   REACH: claims that no checkpoint gets a quorum, so that a search shows that one can. */

#ifndef N
#define N 4
#endif
#ifndef F
#define F 1
#endif
#ifndef Q
#define Q 3
#endif
#define SIZES 2             /* the sizes at which the two logs can be shown: 1, 2 */
#define HONEST (N - F)

byte kept_fork[HONEST];     /* the newest checkpoint that each honest witness wrote down ... */
byte kept_size[HONEST];     /* ... 0: the common start, which is on both forks */
byte cosigned[HONEST];      /* which checkpoints it has cosigned, one bit for each */

#define BIT(fork, size) (1 << ((fork) * SIZES + (size) - 1))

/* What a witness demands before it cosigns: a log that only grew, shown by a consistency proof. On the other
   fork there is none. */
#define GREW(w, fork, size) (size >= kept_size[w] && (kept_size[w] == 0 || kept_fork[w] == fork))

hidden byte count[4];
hidden byte w, shown;

/* How many cosignatures the hub can show for each checkpoint. Those who lie always give theirs: whatever
   they do instead gives the hub no more. */
inline count_cosignatures()
{
    shown = 0;
    do
    :: shown == 2 * SIZES -> break
    :: else ->
        count[shown] = F;
        w = 0;
        do
        :: w == HONEST -> break
        :: else -> count[shown] = count[shown] + ((cosigned[w] >> shown) & 1); w++
        od;
        shown++
    od
}

#define QUORUM(fork, size) (count[(fork) * SIZES + (size) - 1] >= Q)

init {
    byte who, fork, size;

    do
    :: atomic {                                     /* the hub shows a witness a checkpoint */
        select(who : 0 .. HONEST - 1);
        select(fork : 0 .. 1);
        select(size : 1 .. SIZES);
        d_step {
            if
            :: GREW(who, fork, size) ->
                kept_fork[who] = fork; kept_size[who] = size;
                cosigned[who] = cosigned[who] | BIT(fork, size);
                printf("witness %d cosigns size %d of log %d\n", who, size, fork)
            :: else
            fi;
            count_cosignatures();
            /* No two different checkpoints of one size both have a quorum ... */
            assert(!(QUORUM(0, 1) && QUORUM(1, 1)));
            assert(!(QUORUM(0, 2) && QUORUM(1, 2)));
            /* ... nor any two of which neither is the other's past. */
            assert(!(QUORUM(0, 1) && QUORUM(1, 2)));
            assert(!(QUORUM(0, 2) && QUORUM(1, 1)));
#ifdef REACH
            assert(!QUORUM(1, 2));
#endif
            who = 0; fork = 0; size = 0
        }
    }
#ifdef FORGETS
    :: atomic {                                     /* it stops, and starts from what it had written down */
        select(who : 0 .. HONEST - 1);
        d_step { kept_fork[who] = 0; kept_size[who] = 0; printf("witness %d starts again\n", who); who = 0 }
    }
#endif
    od
}
