"""Orders to the video that plays as the source: pause, another position, single steps, no loop."""

from typing import Annotated

from flask import Response, jsonify
from msgspec import Meta, Struct

from faces.errors import ConflictError
from web.current import camera, recordings, reminders, watching
from web.live_models import LiveState
from web.openapi import asked
from web.state import describe

MOST_STEPS = 100


class PlaybackOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What of it is left out stays as it is."""

    paused: Annotated[bool | None, Meta(description="hold the picture of this moment, or play on")] = None
    loop: Annotated[bool | None, Meta(description="begin again at the end, or pause there")] = None
    position: Annotated[
        Annotated[float, Meta(ge=0, le=10**9)] | None, Meta(description="go there: seconds from the beginning")
    ] = None
    step: Annotated[
        int, Meta(ge=-MOST_STEPS, le=MOST_STEPS, description="then so many pictures on or back; pauses the video")
    ] = 0


@asked("The camera", {200: LiveState}, json=PlaybackOrder)
def order_playback(json: PlaybackOrder) -> Response:
    """Pause a video that plays as the source, move in it, or step through it; answers with the state after it.

    It may take a moment until the picture follows. What is not a video cannot be paused: 409.
    """
    session = camera()
    playback = session.playback()
    if playback is None:
        raise ConflictError("Only a video can be paused and moved in, and none is playing. Choose one as the source.")
    playback.order(paused=json.paused, loop=json.loop, position=json.position, step=json.step)
    return jsonify(describe(session, recordings(), watching(), reminders()))
