"""What a user says beside the gauge of tension, how far both agree, and the reminder to take a break."""

from flask import Response

from sessions.diary import Notebook
from timeline.agreement import LEAST_PAIRS
from timeline.shapes import values
from timeline.uses.tension import Tension, agreement_of
from web import watch_models as models
from web.current import camera, recordings, reminders, told_to
from web.models import WhoseCamera
from web.openapi import asked, sent
from web.use_views import record_of

TAG = "Tension"

MOST_REPORTED = 200
"""So many sessions with answers are read at most."""


@asked(TAG, {200: models.SelfReportList})
def list_self_reports() -> Response:
    """Compare one's own answers with the gauge of tension, over the newest sessions that have both."""
    found = [
        (number, report)
        for number in _notebook().reported_sessions(MOST_REPORTED, told_to=told_to())
        for report in Tension().answer(record_of(number)).reports
    ]
    reports = tuple(models.ReportBesideGauge(number, one.seconds, one.value, one.tension) for number, one in found)
    agreed = values(agreement_of([report for _, report in found]))
    return sent(models.SelfReportList(reports, LEAST_PAIRS, agreed))


@asked(TAG, {201: models.SelfReportAnswer}, json=models.NewSelfReport, query=WhoseCamera)
def add_self_report(json: models.NewSelfReport, query: WhoseCamera) -> Response:
    """Say how it goes, from 1 to 5; beside it stands the gauge of the session that is recorded, if one is."""
    recorder = recordings().recorder(camera())
    running = None if recorder is None or recorder.over else recorder
    place = {} if running is None else {"session": running.id, "seconds": running.state().seconds}
    kept = _notebook().report(json.value, json.note, **place)  # type: ignore[arg-type]
    return sent(models.SelfReportAnswer(kept.id, kept.value, kept.session, kept.seconds), 201)


@asked(TAG, {200: models.Reminder}, query=WhoseCamera)
def get_reminder(query: WhoseCamera) -> Response:
    """See whether a break is suggested, and when."""
    use = reminders().of(camera())
    return sent(models.Reminder(use.remind_above, use.remind_minutes))


@asked(TAG, {200: models.Reminder}, json=models.Reminder, query=WhoseCamera)
def set_reminder(json: models.Reminder, query: WhoseCamera) -> Response:
    """Have a break suggested, by the event "reminder", until the program ends; or no longer, with above null."""
    reminders().set(camera(), Tension(remind_above=json.above, remind_minutes=json.minutes))
    return sent(json)


def _notebook() -> Notebook:
    return Notebook(recordings().store.database)
