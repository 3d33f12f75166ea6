"""Tests of web/front.py, web/lan.py and web/certificate.py: how a phone in the own network gets in, and nobody else."""

import ipaddress
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from page_tools import chromium, expect
from running_site import Site

from faces.errors import SettingsError
from web import front, lan
from web.certificate import own_certificate
from web.front import Front, greeting, open_front
from web.security import protect
from web.server import tls_context
from web.viewers import viewers_token

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NAMES = ["workshop", "workshop.local", "localhost", "127.0.0.1", "192.168.1.20"]


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is kept, instead of the user's own."""
    monkeypatch.setattr(front, "data_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


# --- the certificate ---------------------------------------------------------------------------------------


def verified(folder: Path, name: str, now: datetime = NOW, names: Sequence[str] = NAMES) -> None:
    """Raise VerificationError unless whoever trusts the authority trusts the certificate for that name."""
    own = own_certificate(folder, names, now=NOW)
    authority = x509.load_pem_x509_certificate(own.authority.read_bytes())
    certificate = x509.load_pem_x509_certificate(own.certificate.read_bytes())
    try:
        subject: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    assert isinstance(subject, x509.IPAddress | x509.DNSName)
    PolicyBuilder().store(Store([authority])).time(now).build_server_verifier(subject).verify(certificate, [])


@pytest.mark.parametrize("name", NAMES)
def test_who_trusts_the_authority_trusts_every_name_of_the_machine(tmp_path: Path, name: str) -> None:
    verified(tmp_path, name)


def test_after_the_computer_was_renamed_its_addresses_stay_trusted(tmp_path: Path) -> None:
    verified(tmp_path, NAMES[0])
    verified(tmp_path, "192.168.1.20", names=["studio", "studio.local", *NAMES[2:]])


@pytest.mark.parametrize(
    ("address", "own"),
    [("10.1.2.3", True), ("100.64.0.7", True), ("192.0.2.2", True), ("127.0.1.1", False), ("130.149.7.7", False)],
)
def test_every_address_in_ones_own_network_can_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, own: bool
) -> None:
    """One that the authority may not vouch for would make the certificate invalid for all others."""
    listed = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]
    monkeypatch.setattr("web.lan.socket.getaddrinfo", lambda *_: listed)
    assert (address in lan.own_addresses()) == own
    verified(tmp_path, address if own else "localhost", names=lan.own_names())


@pytest.mark.parametrize("name", ["example.org", "8.8.8.8"])
def test_the_certificate_is_good_for_no_other_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(VerificationError):
        verified(tmp_path, name)


def test_the_certificate_is_kept_until_the_names_change_or_it_grows_old(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, NAMES, now=NOW).certificate.read_bytes()
    authority = (tmp_path / "authority.pem").read_bytes()
    assert own_certificate(tmp_path, NAMES, now=NOW).certificate.read_bytes() == first
    moved = own_certificate(tmp_path, [*NAMES[:-1], "192.168.1.77"], now=NOW).certificate.read_bytes()
    assert moved != first
    later = own_certificate(tmp_path, [*NAMES[:-1], "192.168.1.77"], now=NOW + timedelta(380)).certificate.read_bytes()
    assert later != moved
    assert (tmp_path / "authority.pem").read_bytes() == authority  # what phones have taken stays good


def test_damaged_files_are_made_again(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, NAMES, now=NOW)
    own.certificate.write_bytes(b"-----BEGIN CERTIFICATE-----")
    own.key.unlink()
    verified(tmp_path, NAMES[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the user's folder from others by itself")
def test_only_the_owner_reads_what_is_secret(tmp_path: Path) -> None:
    own_certificate(tmp_path, NAMES, now=NOW)
    lan.kept_token(tmp_path)
    for name in ("key.pem", "authority-key.pem", "token"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be saved"):
        own_certificate(tmp_path / "file", NAMES, now=NOW)


# --- the front ---------------------------------------------------------------------------------------------


def test_a_made_token_is_long_and_the_same_the_next_time(tmp_path: Path) -> None:
    token = lan.kept_token(tmp_path)
    assert len(token) >= 16
    assert lan.kept_token(tmp_path) == token
    (tmp_path / "token").write_text("short")
    assert lan.kept_token(tmp_path) not in ("short", token)


def test_lan_listens_everywhere_with_a_token_and_https(kept: Path) -> None:
    opened = open_front("127.0.0.1", None, lan=True)
    assert (opened.host, opened.token, opened.lan) == ("0.0.0.0", lan.kept_token(kept), True)
    assert opened.tls is not None and opened.authority == kept / "https" / "authority.pem"
    assert open_front("127.0.0.1", "a-long-secret-of-mine", lan=True).token == "a-long-secret-of-mine"


def test_without_lan_nothing_is_made(kept: Path) -> None:
    assert open_front("127.0.0.1", None) == Front("127.0.0.1", None)
    assert not kept.exists()


def test_own_files_serve_https_without_an_authority(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, NAMES, now=NOW)
    opened = open_front("127.0.0.1", None, certificate=own.certificate, key=own.key)
    assert opened.tls is not None and opened.authority is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"certificate": Path("mine.pem")}, "belong together"),
        ({"certificate": Path("nowhere.pem"), "key": Path("nowhere.pem")}, "cannot be used"),
        ({"behind": ["faces.example"]}, "--token"),
    ],
)
def test_a_front_that_cannot_be_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        open_front("127.0.0.1", None, **options)  # type: ignore[arg-type]


def test_the_terminal_shows_the_address_the_code_and_what_the_warning_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "own_addresses", lambda: ["192.168.1.20"])
    opened = open_front("127.0.0.1", "a-long-secret+1", lan=True)
    said = list(greeting(opened, wanted_port=5000, port=5001, encoding="utf-8"))
    assert said[0] == "Port 5000 is taken, so this is port 5001."
    assert said[1] == "Open https://192.168.1.20:5001/?token=a-long-secret%2B1"
    assert "\u2588" in said[4] or "\u2580" in said[4]
    viewers = f"https://192.168.1.20:5001/?token={viewers_token('a-long-secret+1')}"
    assert f"For viewers, who can only look: {viewers}" in said
    assert any("Advanced" in line for line in said) and any("docs/anywhere.md" in line for line in said)
    assert all(line.isprintable() for line in said), "for each is said as one line"


def test_a_terminal_without_block_letters_gets_the_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "own_addresses", lambda: ["192.168.1.20"])
    said = "\n".join(greeting(open_front("127.0.0.1", None, lan=True), wanted_port=0, port=5000, encoding="ascii"))
    assert "https://192.168.1.20:5000/" in said and said.isascii()


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://localhost:5000/"), ("::1", "http://[::1]:5000/")])
def test_the_address_at_home_is_one_to_click(host: str, address: str) -> None:
    assert f"Open {address}" in list(greeting(Front(host, None), wanted_port=5000, port=5000))


# --- over the wire -----------------------------------------------------------------------------------------


def test_a_program_that_trusts_the_authority_is_answered(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, ["localhost", "127.0.0.1"], now=datetime.now(UTC))
    with Site(tls=tls_context(own.certificate, own.key)) as site:
        trusting = ssl.create_default_context(cafile=str(own.authority))
        with urlopen(f"https://127.0.0.1:{site.port}/healthz", context=trusting, timeout=20) as answer:
            assert answer.status == 200


@pytest.mark.skipif(shutil.which("certutil") is None, reason="certutil is not here (Debian: libnss3-tools)")
def test_a_browser_that_took_the_authority_opens_the_page_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_certificate(tmp_path, ["localhost", "127.0.0.1"], now=datetime.now(UTC))
    store = tmp_path / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for words in (["-N", "--empty-password"], ["-A", "-n", "ours", "-t", "C,,", "-i", str(own.authority)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *words], check=True, timeout=60)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Site(tls=tls_context(own.certificate, own.key)) as site, chromium() as browser:
        page = browser.new_page()
        page.goto(f"https://127.0.0.1:{site.port}/")
        expect(page.locator("#pill-text")).to_have_text("Camera")
        assert page.evaluate("window.isSecureContext && Boolean(navigator.mediaDevices)")


def test_the_authority_is_given_to_phones(kept: Path) -> None:
    from flask import Flask

    opened = open_front("127.0.0.1", None, lan=True)
    assert opened.authority is not None
    app = Flask(__name__)
    app.register_blueprint(lan.authority_routes(opened.authority))
    protect(app, token="a-long-secret+1")
    viewer = {"Authorization": f"Bearer {viewers_token('a-long-secret+1')}"}
    answer = app.test_client().get("/authority.crt", headers=viewer)
    assert answer.mimetype == "application/x-x509-ca-cert"
    assert answer.data == (kept / "https" / "authority.pem").read_bytes()
    assert b"PRIVATE" not in answer.data
