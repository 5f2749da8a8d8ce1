"""What somebody did at their desk before they left, for the page on custodians: they shared with a colleague.

Run as `python -m leaver HOME WHO COLLEAGUE PASSPHRASE`. It opens the desk as the desk's program would, with a
log of its own making instead of a hub's, and prints the thread.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import spoken
from notary import Notary

from exchange.desk.config import DeskConfig
from exchange.desk.service.desk import Desk
from exchange.wire.slip import Party
from keys.ceremony.home import load_home
from keys.ceremony.policy import write_policy


async def share(home: Path, who: str, colleague: str, passphrase: str) -> None:
    """Let `who` share with a colleague, at their desk."""
    loaded, notary = load_home(home), Notary()
    write_policy(home, notary.policy(loaded))
    desk = await Desk.open(home, DeskConfig.read(home))
    try:
        notary.add(loaded.events)
        await notary.tell_and_keep(desk.trust, desk.casebook, datetime.now(UTC))
        session = await desk.session((await desk.sign_in(who, passphrase)).token)
        (to,) = loaded.roster.find(colleague)
        posted = await desk.share(session, spoken.share(Party(agency=loaded.agency, person=to.id)))
        print(posted.thread)  # noqa: T201 - the page goes on with it
    finally:
        await desk.close()


if __name__ == "__main__":
    asyncio.run(share(Path(sys.argv[1]), *sys.argv[2:]))
