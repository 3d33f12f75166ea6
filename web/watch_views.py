"""Rules of the crowd watch, the incidents that they told of, and the webhooks that incidents are sent to."""

from dataclasses import asdict, replace
from typing import Any

import msgspec
from flask import Response, abort, current_app

from faces.errors import InputError
from sessions.rulebook import KeptRule
from sessions.webhooks import Webhook
from timeline.rules import rule_of, write_rules
from timeline.shapes import values
from timeline.uses.crowd import Crowd
from timeline.watch import RuleState
from web import watch_models as models
from web.current import recordings, told_to, watching
from web.openapi import asked, sent
from web.use_views import record_of

RULES, INCIDENTS, WEBHOOKS = "Rules", "Incidents", "Webhooks"

TEST = "incident.test"
"""The type of a message by which somebody finds out whether it arrives."""


@asked(RULES, {200: models.RuleList})
def list_rules() -> Response:
    """List the rules, and how each is at the moment."""
    watcher = watching().watcher
    states = {} if watcher is None else {state.rule: state for state in watcher.states()}
    rules = tuple(_rule_answer(kept, states.get(kept.rule.name)) for kept in watching().book.rules())
    return sent(models.RuleList(rules, "" if watcher is None else watcher.problem))


@asked(RULES, {201: models.RuleAnswer}, json=models.NewRule)
def add_rule(json: models.NewRule) -> Response:
    """Add a rule; while one is enabled, the camera runs at full speed."""
    given = msgspec.structs.asdict(json)
    enabled = given.pop("enabled")
    kept = watching().book.add(rule_of(_listed(given)), enabled=enabled)
    watching().watch()
    return sent(_rule_answer(kept), 201)


@asked(RULES, {200: models.RuleAnswer}, json=models.RuleChanges)
def change_rule(rule: str, json: models.RuleChanges) -> Response:
    """Change a rule, or switch it on or off. What it was in the middle of is stopped."""
    given = {name: value for name, value in msgspec.structs.asdict(json).items() if value is not msgspec.UNSET}
    before = watching().book.rule(rule)
    enabled = given.pop("enabled", before.enabled)
    changed = rule_of(_listed({**asdict(before.rule), **given}))
    kept = watching().book.replace(replace(before, rule=changed, enabled=enabled))
    watching().watch()
    return sent(_rule_answer(kept))


@asked(RULES, {204: None})
def delete_rule(rule: str) -> Response:
    """Delete a rule; its incidents stay."""
    watching().book.delete(rule)
    watching().watch()
    return Response(status=204)


@asked(RULES, {200: "application/toml"})
def export_rules() -> Response:
    """Download all rules as a file for --rules."""
    text = write_rules([kept.rule for kept in watching().book.rules()])
    answer = Response(text, mimetype="application/toml")
    answer.headers.set("Content-Disposition", "attachment", filename="rules.toml")
    return answer


@asked(RULES, {200: models.Sent})
def test_rule(rule: str) -> Response:
    """Send a test message about this rule to every webhook."""
    kept = watching().book.rule(rule)
    messages = watching().hooks.put(TEST, {"rule": kept.rule.name, "words": kept.rule.words()})
    return sent(models.Sent(tuple(messages)))


@asked(RULES, {200: models.DryRunAnswer}, query=models.DryRun)
def dry_run(rule: str, query: models.DryRun) -> Response:
    """Say when a rule would have told of an incident, in one session or in the newest ones."""
    use, store = Crowd(rules=(watching().book.rule(rule).rule,)), recordings().store
    if query.session is None:
        saved = store.sessions(limit=query.limit, told_to=told_to())
    else:
        saved = [store.session(query.session)]
    answers = [use.answer(record_of(one.id)) for one in saved]
    runs = tuple(
        models.DryRunOf(one.id, one.about.name, values(answer.rules[0]))
        for one, answer in zip(saved, answers, strict=True)
    )
    return sent(models.DryRunAnswer(sum(answer.told for answer in answers), runs))


@asked(INCIDENTS, {200: models.IncidentList}, query=models.Incidents)
def list_incidents(query: models.Incidents) -> Response:
    """List incidents, the newest first."""
    found = watching().book.incidents(limit=query.limit, session=query.session)
    return sent(models.IncidentList(tuple(models.Incident(**_fields(one)) for one in found)))


@asked(WEBHOOKS, {200: models.WebhookList})
def list_webhooks() -> Response:
    """List the receivers with their secrets: for the owner of this machine."""
    _owner_only()
    return sent(models.WebhookList(tuple(map(_webhook_answer, watching().hooks.receivers()))))


@asked(WEBHOOKS, {201: models.WebhookAnswer}, json=models.NewWebhook)
def add_webhook(json: models.NewWebhook) -> Response:
    """Send incidents there, too: for the owner of this machine."""
    _owner_only()
    made = watching().hooks.add(json.url, private_allowed=json.private_allowed)
    watching().deliver()
    return sent(_webhook_answer(made), 201)


@asked(WEBHOOKS, {204: None})
def delete_webhook(webhook: str) -> Response:
    """Send nothing there any more: for the owner of this machine."""
    _owner_only()
    watching().hooks.delete(webhook)
    return Response(status=204)


@asked(WEBHOOKS, {200: models.Sent})
def test_webhook(webhook: str) -> Response:
    """Send a test message to this receiver alone: for the owner of this machine."""
    _owner_only()
    return sent(models.Sent(tuple(watching().hooks.put(TEST, {"rule": "", "words": "a test"}, only=webhook))))


@asked(WEBHOOKS, {200: models.DeliveryList})
def list_deliveries() -> Response:
    """Read the log of deliveries, the newest first: for the owner of this machine."""
    _owner_only()
    found = watching().hooks.log()
    return sent(models.DeliveryList(tuple(models.DeliveryAnswer(**_fields(one)) for one in found)))


def _owner_only() -> None:
    """Addresses that this program connects to are the owner's to say, or nobody could stop a forged request."""
    if not current_app.extensions["owner_asks"]():
        abort(403, "Webhooks are set by the owner of this machine only: on its own page, or with --webhook.")


def _rule_answer(kept: KeptRule, state: RuleState | None = None) -> models.RuleAnswer:
    told = (None,) * 4 if state is None else (state.state, state.value, state.faces, state.lasted)
    return models.RuleAnswer(kept.id, kept.enabled, kept.rule.words(), values(kept.rule), *told)


def _webhook_answer(hook: Webhook) -> models.WebhookAnswer:
    courier, standing = watching().courier, watching().hooks.standing(hook.id)
    problem = "" if courier is None else courier.problem(hook.id)
    return models.WebhookAnswer(
        hook.id, hook.url, hook.secret, hook.private_allowed, standing.waiting, problem or standing.problem
    )


def _fields(value: Any) -> dict[str, Any]:
    return asdict(value)


def _listed(given: dict[str, Any]) -> dict[str, Any]:
    if not given["expressions"]:
        raise InputError("expressions must name at least one expression.")
    return {**given, "expressions": list(given["expressions"])}
