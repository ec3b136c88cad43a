"""The limit of a client's site: set only after a look at which site it is."""

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems
from app.domain.tiers.account import Site
from app.domain.tiers.flow import same_site


async def apply_to_site(sending: Sending, systems: Systems) -> Delivered:
    """Look which database and site answer, compare both with the account, and only then change it.

    Everything that is set is absolute, so a repeat after a lost answer is harmless.

    Raises:
        SiteMismatch: another database or site answered; nothing was changed.

    Source: docs/tiers.md, "The flow".
    """
    payload, sites = sending.payload, systems.the_sites()
    ours = Site(payload["database"], payload["site_id"])
    found = await sites.look(ours.database, ours.site_id)
    same_site(ours, Site(found.database, found.site_id))
    done = await sites.apply({**payload, "was_limit": found.limit}, key=sending.key)
    same_site(ours, Site(done.database, done.site_id))
    return Delivered({"database": done.database, "site_id": done.site_id, "limit": done.limit})
