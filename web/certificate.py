"""HTTPS without anybody's help: an authority of this machine, and from it a certificate for the machine's own names.

A phone on which the authority has been installed opens every later address without a warning. The authority can
vouch for addresses that are not public and for this machine's names, and for nothing else in the world.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from faces.errors import SettingsError
from faces.files import whole_file, write_secret
from web.lan import PRIVATE_NETWORKS
from web.security import address_of

AUTHORITY_DAYS = 3650
DAYS = 397
"""Apple's devices refuse certificates that are good for longer than 398 days."""

RENEWED_BEFORE_DAYS = 30
EARLIER = timedelta(days=1)
"""Certificates are valid from yesterday on, for phones whose clocks are slow."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Where the files are, all PEM."""

    certificate: Path
    key: Path
    authority: Path  # what a phone may install; there is no secret in it


@dataclass(frozen=True, slots=True)
class _KeyPair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def own_certificate(folder: Path, names: Sequence[str], *, now: datetime) -> OwnCertificate:
    """The certificate for these names and addresses, from the files of an earlier run where they still fit.

    A name that the authority of an earlier run may not vouch for is left out: it would make the certificate invalid
    for every other name. `now` has a time zone. Raises SettingsError where the folder cannot be written.
    """
    files = OwnCertificate(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _read(files.authority, folder / "authority-key.pem")
        if authority is None or not _lasts(authority.certificate, now):
            authority = _make_authority(names, now)
            _write(authority, files.authority, folder / "authority-key.pem")
        names = [name for name in names if _may_vouch(authority.certificate, name)]
        own = _read(files.certificate, files.key)
        if own is None or not _fits(own.certificate, authority.certificate, names, now):
            _write(_make(authority, names, now), files.certificate, files.key)
    except OSError as error:
        raise SettingsError(f"The certificate for HTTPS cannot be saved in {folder}: {error.strerror}.") from error
    return files


def _may_vouch(authority: x509.Certificate, name: str) -> bool:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    address = address_of(name)
    if address is None:
        return x509.DNSName(name) in permitted
    networks = (one.value for one in permitted if isinstance(one, x509.IPAddress))
    return any(isinstance(one, IPv4Network | IPv6Network) and address in one for one in networks)


def _fits(certificate: x509.Certificate, authority: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    kept = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.issuer == authority.subject and kept == _alternatives(names) and _lasts(certificate, now)


def _lasts(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc < now < certificate.not_valid_after_utc - timedelta(RENEWED_BEFORE_DAYS)


def _make_authority(names: Sequence[str], now: datetime) -> _KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Facial expression on {names[0]} {serial % 10**6}")])
    may_sign = x509.KeyUsage(
        *(False, False, False, False, False),
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _begin(subject, subject, key, serial, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(may_sign, critical=True)
        .add_extension(x509.NameConstraints([*_networks(), *_dns(names)], None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _KeyPair(certificate, key)


def _make(authority: _KeyPair, names: Sequence[str], now: datetime) -> _KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer = authority.certificate.subject
    certificate = (
        _begin(subject, issuer, key, x509.random_serial_number(), now, DAYS)
        .add_extension(_alternatives(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _KeyPair(certificate, key)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - EARLIER)
        .not_valid_after(now - EARLIER + timedelta(days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _alternatives(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*_dns(names), *(x509.IPAddress(a) for name in names if (a := address_of(name)))]
    )


def _dns(names: Sequence[str]) -> list[x509.DNSName]:
    return [x509.DNSName(name) for name in names if address_of(name) is None]


def _networks() -> list[x509.IPAddress]:
    return [x509.IPAddress(network) for network in PRIVATE_NETWORKS]


def _read(certificate: Path, key: Path) -> _KeyPair | None:
    """The two files, or None where they are missing, damaged or do not belong together: they are made again then."""
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    ours = isinstance(secret, ec.EllipticCurvePrivateKey) and read.public_key() == secret.public_key()
    return _KeyPair(read, secret) if ours and isinstance(secret, ec.EllipticCurvePrivateKey) else None


def _write(pair: _KeyPair, certificate: Path, key: Path) -> None:
    secret = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(key, secret)
    with whole_file(certificate) as part:
        part.write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
