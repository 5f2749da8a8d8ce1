/* The table `SHARE` of exchange/share/lifecycle.py, row by row.

   tests/docs/test_models.py prints these rows from the code's table and compares: they cannot drift apart.
   NONE stands for "nothing yet" (`at`) and for "may not be taken there" (`to`). */

mtype = { share, accept, decline, read_back, hear_back, amend, withdraw, note }
mtype = { none, agreed, corrected }
mtype = { sender, recipient }
mtype = { NONE, SENT, ACCEPTED, READ_BACK, CORRECTED, CLOSED, DECLINED, WITHDRAWN }

inline transition(at, did, said, by, to)
{
    if
    :: at == NONE && did == share && said == none && by == sender -> to = SENT
    :: at == SENT && did == accept && said == none && by == recipient -> to = ACCEPTED
    :: (at == SENT || at == ACCEPTED) && did == decline && said == none && by == recipient -> to = DECLINED
    :: (at == SENT || at == ACCEPTED) && did == amend && said == none && by == sender -> to = at
    :: (at == ACCEPTED || at == CORRECTED) && did == read_back && said == none && by == recipient -> to = READ_BACK
    :: at == READ_BACK && did == hear_back && said == agreed && by == sender -> to = CLOSED
    :: at == READ_BACK && did == hear_back && said == corrected && by == sender -> to = CORRECTED
    :: (at == READ_BACK || at == CORRECTED || at == CLOSED) && did == amend && said == none && by == sender -> to = CORRECTED
    :: (at == SENT || at == ACCEPTED || at == READ_BACK || at == CORRECTED) && did == withdraw && said == none && by == sender -> to = WITHDRAWN
    :: at != NONE && did == note && said == none && by == sender -> to = at
    :: at != NONE && did == note && said == none && by == recipient -> to = at
    :: else -> to = NONE
    fi
}
