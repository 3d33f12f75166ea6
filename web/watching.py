"""Whether the machine's camera is watched for rules: as long as one is enabled, also when nobody looks at the page."""

import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from live.board import LiveSession
from web.recording import Recordings

if TYPE_CHECKING:  # SQLAlchemy and numpy take half a second to load: the page is served before they are needed
    from sessions.rulebook import KeptRule, Rulebook
    from sessions.watcher import Watcher
    from sessions.webhooks import Courier, Webhooks


INCIDENT = "incident"
"""The state of a rule that is met now; see `timeline.watch.State`."""


class Watching:
    """At most one watch, over the machine's own camera. The caller closes it, before recordings and camera."""

    def __init__(self, camera: LiveSession, recordings: Recordings) -> None:
        self._camera, self._recordings = camera, recordings
        self._turn = threading.Lock()
        self._held = ExitStack()  # the watcher
        self.watcher: Watcher | None = None
        self.courier: Courier | None = None  # from the first receiver on

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

    def begin(self) -> None:
        """At the start of the program: what a run that was killed left open is ended as lost."""
        self.book.end_left_over()
        self.watch()
        self.deliver()

    def watch(self) -> None:
        """Watch for the rules that are enabled now; those that were watched for and are as they were just go on."""
        with self._turn:
            rules = [kept for kept in self.book.rules() if kept.enabled]
            if not rules:
                self._end()
            elif self.watcher is None:
                self._start(rules)
            else:
                self.watcher.change(rules)

    def deliver(self) -> None:
        """Send what is left for the receivers, from now on to the end, if there are any."""
        from sessions.webhooks import Courier

        with self._turn:
            if self.courier is None and self.hooks.receivers():
                self.courier = Courier(self.hooks)

    def close(self) -> None:
        """Stop watching, and then sending."""
        with self._turn:
            self._end()
            if self.courier is not None:
                self.courier.close()
                self.courier = None

    def state(self, session: LiveSession) -> dict[str, Any] | None:
        """What is watched for in that camera's picture, as JSON carries it; None: nothing is.

        {"rules": how many, "incidents": the names of the rules that are met now}
        """
        watcher = self.watcher
        if watcher is None or session is not self._camera:
            return None
        return {"rules": watcher.rules, "incidents": [one.rule for one in watcher.states() if one.state == INCIDENT]}

    def _start(self, rules: "list[KeptRule]") -> None:
        from sessions.watcher import Watcher

        announce = partial(self._recordings.tell, self._camera)
        self.watcher = Watcher(rules, self.book, self.hooks, session=self._session, announce=announce)
        self._held.callback(self.watcher.close)
        self._held.enter_context(self._camera.listening(self.watcher))

    def _end(self) -> None:
        self._held.close()
        self.watcher = None

    def _session(self) -> str | None:
        recorder = self._recordings.recorder(self._camera)
        return None if recorder is None or recorder.over else recorder.id
