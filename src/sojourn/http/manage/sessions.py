"""Sessions: the stays of people."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from sojourn.core.sessions import Session
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given


@get("/sessions/{session_id:str}", needs="read")
async def read_session(session_id: FromPath[str], parts: Given) -> Session:
    """Read a session."""
    session = await parts.records.session(session_id)
    if session is None:
        raise unknown("session")
    return session


HANDLERS = (read_session,)
