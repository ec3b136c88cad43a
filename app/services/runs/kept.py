"""The playbook that a run keeps, whatever has become of its file."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pinned import playbook_from
from app.db.models import PlaybookRun
from app.db.runs import text_of
from app.domain.playbook.model import Playbook


async def playbook_kept(session: AsyncSession, row: PlaybookRun) -> Playbook:
    """The playbook in the version that a run keeps.

    Raises:
        PlaybookUnreadable: Its text cannot be read any more.
    """
    return playbook_from(row.playbook, await text_of(session, row))
