"""Whether the machine's camera is watched for rules: as long as one is enabled, also when nobody looks at the page."""

import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from live.board import LiveSession
from web.recording import Recordings

if TYPE_CHECKING:  # SQLAlchemy and numpy take half a second to load: the page is served before they are needed
    from sessions.rulebook import Rulebook
    from sessions.watcher import Watcher
    from sessions.webhooks import Courier, Webhooks


INCIDENT = "incident"
"""The state of a rule that is met now; see `timeline.watch.State`."""


class Watching:
    """At most one watch, over the machine's own camera. The caller closes it, before recordings and camera."""

    def __init__(self, camera: LiveSession, recordings: Recordings) -> None:
        self._camera, self._recordings = camera, recordings
        self._turn = threading.Lock()
        self._held = ExitStack()
        self.watcher: Watcher | None = None
        self.courier: Courier | None = None  # while there is somebody to send incidents to

    @property
    def book(self) -> "Rulebook":
        """The rules and incidents."""
        from sessions.rulebook import Rulebook

        return Rulebook(self._recordings.store.database)

    @property
    def hooks(self) -> "Webhooks":
        """Where incidents are sent."""
        from sessions.webhooks import Webhooks

        return Webhooks(self._recordings.store.database)

    def apply(self) -> None:
        """Watch for the rules that are enabled now; what an earlier watch was in the middle of is stopped."""
        from sessions.watcher import Watcher
        from sessions.webhooks import Courier

        with self._turn:
            self._end()
            rules = [kept for kept in self.book.rules() if kept.enabled]
            hooks = self.hooks
            if hooks.receivers():
                self.courier = Courier(hooks)
                self._held.callback(self.courier.close)
            if rules:
                announce = partial(self._recordings.tell, self._camera)
                self.watcher = Watcher(rules, self.book, hooks, session=self._session, announce=announce)
                self._held.callback(self.watcher.close)
                self._held.enter_context(self._camera.listening(self.watcher))

    def begin(self) -> None:
        """At the start of the program: what a run that was killed left open is ended as lost."""
        self.book.end_left_over()
        self.apply()

    def close(self) -> None:
        """Stop watching."""
        with self._turn:
            self._end()

    def state(self, session: LiveSession) -> dict[str, Any] | None:
        """What is watched for in that camera's picture, as JSON carries it; None: nothing is.

        {"rules": how many, "incidents": the names of the rules that are met now}
        """
        watcher = self.watcher
        if watcher is None or session is not self._camera:
            return None
        return {"rules": watcher.rules, "incidents": [one.rule for one in watcher.states() if one.state == INCIDENT]}

    def _end(self) -> None:
        self._held.close()
        self.watcher = self.courier = None

    def _session(self) -> str | None:
        recorder = self._recordings.recorder(self._camera)
        return None if recorder is None or recorder.over else recorder.id
