"""Webhooks: incidents sent to other programs in the Standard Webhooks form, from an outbox that survives restarts.

The form is that of https://www.standardwebhooks.com: the headers webhook-id (the same over all attempts),
webhook-timestamp (seconds since the epoch, of the attempt) and webhook-signature ("v1," and the base64 of
HMAC-SHA256 over "id.timestamp.body" with the secret). A message that the receiver did not answer with 2xx is sent again
after 5 s, then ever later, for a day: at least once, with one id.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from faces.errors import FacesError, InputError, NotFoundError
from sessions.database import Database
from sessions.tables import deliveries, outbox, webhooks
from sessions.text import new_id

WAITS_SECONDS = (5.0, 30.0, 120.0, 600.0, 3_600.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 28_800.0)
"""From one attempt to the next; after the last one a message is given up: 24 hours in all."""

PATIENCE_SECONDS = 10.0
LEAVING_SECONDS = 2.0
"""So long the end of the program waits for what is on its way."""

LONGEST_ANSWER_BYTES = 65_536
UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6 (RFC 4291, section 2.4); other parts stand for IPv4 addresses, or for what is near."""

TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 as seen from a network that has IPv6 only (RFC 6052)."""

PENDING, DELIVERED, GIVEN_UP = "pending", "delivered", "given up"
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver."""

    id: str
    url: str
    secret: str  # "whsec_" and base64, for the receiver to verify signatures with
    private_allowed: bool  # whether it may lie in this machine or this network


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, for the log."""

    message: str
    webhook: str  # the id of the receiver
    tried_at: float  # seconds since the epoch
    status: int | None  # what the receiver answered
    problem: str  # empty: delivered
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one receiver has been told."""

    waiting: int  # messages that have not arrived yet and will be sent again
    problem: str  # why the last attempt failed; empty: it arrived, or nothing was sent yet


class Webhooks:
    """Receivers, the outbox and its log; safe to use from several threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def receivers(self) -> list[Webhook]:
        """All of them, in the order in which they were made."""
        columns = (webhooks.c.id, webhooks.c.url, webhooks.c.secret, webhooks.c.private_allowed)
        with self._database.reading() as connection:
            return [Webhook(*row) for row in connection.execute(select(*columns).order_by(webhooks.c.made_at))]

    def add(self, url: str, *, private_allowed: bool = False) -> Webhook:
        """One more receiver, with a new secret; InputError where its address cannot be used."""
        check_address(url)
        if not private_allowed:
            resolved(url, private_allowed=False)
        made = Webhook(new_id(), url, PREFIX + base64.b64encode(secrets.token_bytes(24)).decode(), private_allowed)
        row = {"id": made.id, "url": url, "secret": made.secret, "private_allowed": private_allowed}
        with self._database.writing() as connection:
            connection.execute(insert(webhooks).values(**row, made_at=self._now()))
        return made

    def delete(self, number: str) -> None:
        """Take it away, with what waits for it."""
        with self._database.writing() as connection:
            if connection.execute(delete(webhooks).where(webhooks.c.id == number)).rowcount != 1:
                raise _no_webhook(number)

    def put(self, kind: str, data: Mapping[str, Any], *, only: str | None = None) -> list[str]:
        """Leave a message for every receiver, or for one; returns the ids of the messages.

        NotFoundError where there is no such receiver.
        """
        now = self._now()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        body = json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False)
        row = {"body": body, "made_at": now, "due_at": now, "attempts": 0, "state": PENDING}
        found = [receiver for receiver in self.receivers() if only in (None, receiver.id)]
        if only is not None and not found:
            raise _no_webhook(only)
        messages = {f"msg_{new_id()}": receiver for receiver in found}
        with self._database.writing() as connection:
            for message, receiver in messages.items():
                connection.execute(insert(outbox).values(id=message, webhook_id=receiver.id, **row))
        return list(messages)

    def due(self) -> list[str]:
        """The ids of the receivers for whom something is due."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(outbox.c.webhook_id).where(self._is_due()).distinct()))

    def deliver_due(self, only: str | None = None) -> int:
        """Send what is due, to every receiver or to one, one message after the other; returns how many arrived."""
        known = {receiver.id: receiver for receiver in self.receivers()}
        question = select(outbox.c.id, outbox.c.webhook_id, outbox.c.body, outbox.c.attempts).where(self._is_due())
        if only is not None:
            question = question.where(outbox.c.webhook_id == only)
        with self._database.reading() as connection:
            waiting = connection.execute(question.order_by(outbox.c.due_at)).all()
        return sum(self._attempt(known[row.webhook_id], row) for row in waiting if row.webhook_id in known)

    def _is_due(self) -> ColumnElement[bool]:
        return and_(outbox.c.state == PENDING, outbox.c.due_at <= self._now())

    def log(self, limit: int = 100) -> list[Delivery]:
        """The newest attempts first."""
        what = (deliveries.c.tried_at, deliveries.c.status, deliveries.c.problem, deliveries.c.milliseconds)
        question = select(outbox.c.id, outbox.c.webhook_id, *what).join(outbox).order_by(deliveries.c.tried_at.desc())
        with self._database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(question.limit(limit))]

    def standing(self, number: str) -> Standing:
        """Of the receiver with this id."""
        mine = outbox.c.webhook_id == number
        waiting = select(func.count()).select_from(outbox).where(mine, outbox.c.state == PENDING)
        last = select(deliveries.c.problem).join(outbox).where(mine).order_by(deliveries.c.tried_at.desc()).limit(1)
        with self._database.reading() as connection:
            return Standing(connection.scalar(waiting) or 0, connection.scalar(last) or "")

    def _attempt(self, receiver: Webhook, row: Any) -> bool:
        began, now = time.monotonic(), self._now()
        status, problem = send(receiver, row.id, row.body, int(now))
        done = not problem
        last = row.attempts >= len(WAITS_SECONDS)
        state = DELIVERED if done else GIVEN_UP if last else PENDING
        due = None if done or last else now + WAITS_SECONDS[row.attempts]
        tried = {"tried_at": now, "status": status, "problem": problem}
        with self._database.writing() as connection:
            changed = update(outbox).where(outbox.c.id == row.id)
            known = connection.execute(changed.values(state=state, due_at=due, attempts=row.attempts + 1)).rowcount
            took = (time.monotonic() - began) * 1000
            if known:  # otherwise the receiver was taken away meanwhile, and its messages with it
                connection.execute(insert(deliveries).values(id=new_id(), outbox_id=row.id, milliseconds=took, **tried))
        return done


class Courier:
    """Delivers what is due, to each receiver in a thread of its own: a slow one holds up no picture and no other one.

    The caller closes it.
    """

    def __init__(self, hooks: Webhooks, *, every_seconds: float = 1.0) -> None:
        self._hooks = hooks
        self._every_seconds = every_seconds
        self._ending = threading.Event()
        self._problems: dict[str, str] = {}  # by the receiver's id; with the id "" that of looking for what is due
        self._rounds: dict[str, threading.Thread] = {}  # by the receiver's id; only the courier's own thread changes it
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def problem(self, receiver: str) -> str:
        """Why nothing is sent to the receiver with this id at the moment, such as a full disk; empty: all is well."""
        return self._problems.get(receiver, "") or self._problems.get("", "")

    def close(self) -> None:
        """Stop; what is still in the outbox, or on its way to a receiver that hangs, is sent by the next run."""
        self._ending.set()
        self._thread.join()
        until = time.monotonic() + LEAVING_SECONDS
        for going in self._rounds.values():
            going.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while not self._ending.wait(self._every_seconds):
            self._rounds = {receiver: going for receiver, going in self._rounds.items() if going.is_alive()}
            self._noting_problems("", self._start_rounds)

    def _start_rounds(self) -> None:
        for receiver in self._hooks.due():
            if receiver not in self._rounds:
                deliver = partial(self._noting_problems, receiver, partial(self._hooks.deliver_due, receiver))
                self._rounds[receiver] = threading.Thread(target=deliver, name=f"courier to {receiver}", daemon=True)
                self._rounds[receiver].start()

    def _noting_problems(self, receiver: str, step: Callable[[], object]) -> None:
        try:
            step()
            self._problems[receiver] = ""
        except FacesError as error:
            self._problems[receiver] = str(error)


def _no_webhook(number: str) -> NotFoundError:
    return NotFoundError(f"There is no webhook {number!r}. It may have been deleted.")


def signature(secret: str, message: str, timestamp: int, body: str) -> str:
    """The header webhook-signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check_address(url: str) -> None:
    """InputError where it is not the address of a web server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{url!r} is not the address of a web server: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or port == 0:
        raise InputError(f"{url!r} is not the address of a web server. Write one such as https://example.org/hook.")


def resolved(url: str, *, private_allowed: bool) -> str:
    """The IP address that is connected to; InputError where it is none of the open internet and that is not allowed.

    The address that was checked is the one that is used, so a name cannot mean something else a moment later.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(f"The receiver {parts.hostname} was not found: {error}.") from error
    addresses = [str(one[4][0]) for one in found]
    if not private_allowed:
        inside = [address for address in addresses if not is_outside(address)]
        if inside:
            raise InputError(
                f"The receiver {parts.hostname} lies inside of this machine or network ({inside[0]}). Allow that for "
                "this webhook if it is yours."
            )
    return addresses[0]


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the open internet, also by the IPv4 address that an IPv6 one may stand for."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        if known in TRANSLATED:
            known = ipaddress.IPv4Address(known.packed[-4:])
        elif known not in UNICAST or known.sixtofour is not None:
            return False
    return known.is_global and not known.is_multicast


def send(receiver: Webhook, message: str, body: str, timestamp: int) -> tuple[int | None, str]:
    """(status, problem) of one attempt; no redirect is followed."""
    parts = urlsplit(receiver.url)
    try:
        address = resolved(receiver.url, private_allowed=receiver.private_allowed)
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, address)
    except InputError as error:
        return None, str(error)
    except OSError as error:
        return None, f"The receiver could not be reached: {error.strerror or error}."
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facial-expression-live",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(receiver.secret, message, timestamp, body),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body.encode(), headers)
        answer = connection.getresponse()
        answer.read(LONGEST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        return None, f"The receiver did not answer: {error or type(error).__name__}."
    finally:
        connection.close()
    told = "" if 200 <= answer.status < 300 else f"The receiver answered {answer.status}, not 2xx."
    return answer.status, told


def _connection(scheme: str, host: str, port: int | None, address: str) -> http.client.HTTPConnection:
    """To that address, under that name."""
    plain = socket.create_connection((address, port or (443 if scheme == "https" else 80)), PATIENCE_SECONDS)
    plain.settimeout(PATIENCE_SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    try:
        secure = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
    except OSError:
        plain.close()
        raise
    connection.sock = secure
    return connection
