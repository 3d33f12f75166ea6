"""The mood over days and weeks, and notes about days."""

import io
from datetime import datetime, time, timedelta

from flask import Response, render_template

from sessions.diary import Notebook, diary_of
from timeline.mood_table import write_mood_table
from timeline.shapes import values
from timeline.uses.mood import Mood, MoodAnswer
from web import watch_models as models
from web.current import recordings, told_to
from web.mood_report import report_of
from web.openapi import asked, sent

TAG = "Mood"


@asked(TAG, {200: MoodAnswer}, query=models.MoodOf)
def mood(query: models.MoodOf) -> Response:
    """See what one's own face showed over the last days, from sessions marked "this is me"."""
    return sent(values(_answer(query.days)))


@asked(TAG, {200: "text/csv"}, query=models.MoodOf)
def mood_table(query: models.MoodOf) -> Response:
    """Download the same as a table with a line for every day."""
    file = io.StringIO()
    write_mood_table(file, _answer(query.days))
    answer = Response(file.getvalue(), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="mood.csv")
    return answer


@asked(TAG, {200: "text/html"}, query=models.MoodOf)
def mood_report(query: models.MoodOf) -> Response:
    """Read the same as a report of two pages to print or to save as PDF, for instance for a professional."""
    return Response(
        render_template("mood_report.html", use=Mood, **report_of(_answer(query.days))), mimetype="text/html"
    )


@asked(TAG, {201: models.NoteAnswer}, json=models.NewNote)
def add_note(json: models.NewNote) -> Response:
    """Write down something about a day."""
    return sent(models.NoteAnswer(_notebook().note(json.day, json.text), json.day, json.text), 201)


def _answer(days: int) -> MoodAnswer:
    today = datetime.now().astimezone().date()
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first - timedelta(days=1), time()).astimezone()  # a session may reach into the first day
    diary = diary_of(recordings().store, _notebook(), first, today, since, told_to=told_to())
    return Mood(days=days).answer(diary)


def _notebook() -> Notebook:
    return Notebook(recordings().store.database)
