"""What is answered before there is an application: the server listens at once, and opening its folder takes a while."""

from __future__ import annotations

from sojourn.core.limits import Limits
from sojourn.http.addresses import NO_PROXIES
from sojourn.http.answers import encode, send_answer
from sojourn.http.app import ROUTES, Application
from sojourn.http.asgi import App, Receive, Reply, Scope, Send, TakesWhole
from sojourn.http.problems import NOT_READY, ProblemBody
from sojourn.http.request import Request

_STARTING = "The server is starting."


class Gate:
    """Tells everybody to come back, until it is opened; then it only leads on."""

    def __init__(self, limits: Limits) -> None:
        """Shut, at first."""
        self._headers = {"Retry-After": str(limits.retry_after_s)}
        self._app: App = self._turn_away
        self._whole: TakesWhole | None = None

    def open(self, app: Application) -> None:
        """Let every request through to `app` from now on."""
        self._app = app
        self._whole = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    def take(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Answer a request of which everything is here, if the application takes it so."""
        return self._whole is not None and self._whole.take(scope, body, reply)

    def turn_away(self, data: bytes) -> bytes | None:
        """The answer to what came on a connection, where the application has no room for it."""
        return None if self._whole is None else self._whole.turn_away(data)

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the server offers nothing else"
        request = Request(scope, receive, NO_PROXIES.client_of(scope))
        if request.path == b"/healthz":
            await send_answer(send, request, 200, encode({"status": "alive"}), process_s=0)
            return
        is_tracker = request.path[1:].partition(b"/")[0] in ROUTES
        problem = ProblemBody(code=NOT_READY.code, title=NOT_READY.title, detail=_STARTING)
        body = encode({"detail": _STARTING} if is_tracker else problem)
        await send_answer(send, request, NOT_READY.status, body, process_s=0, headers=self._headers)
