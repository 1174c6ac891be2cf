"""Encrypted connections to mail servers, of either kind, and that nothing is sent to whom nobody vouches for."""

import datetime
import email.message
import email.policy
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mail import transports
from tests.mail.counterparts import Counterpart


async def send(smtp: transports.Smtp, number: int = 1) -> None:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["Message-ID"] = f"<{number}@tests>"
    message.set_content("A line.\n")
    await smtp.send(message, sender="no-reply@localhost", recipient="haruto@hiroba.example")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "counterpart")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "counterpart.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(path)


@pytest.fixture
def tls(certificate) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_encrypted_and_signed_in(scheme, certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    counterpart = Counterpart()
    if scheme == "smtps":
        # aiosmtpd knows of no encryption but its own.
        await counterpart.start(tls=tls, auth_require_tls=False, authenticator=counterpart.authenticate)
    else:
        await counterpart.start(
            tls_context=tls, require_starttls=True, auth_required=True, authenticator=counterpart.authenticate
        )
    suffix = "?starttls=true" if scheme == "smtp" else ""
    smtp = transports.Smtp(
        transports.server(f"{scheme}://user:right@127.0.0.1:{counterpart.port}{suffix}"), timeout_seconds=5
    )
    await send(smtp, 1)
    await send(smtp, 2)
    assert len(counterpart.received) == 2
    assert counterpart.logins == [(b"user", b"right")]
    await smtp.close()
    wrong = transports.Smtp(
        transports.server(f"{scheme}://user:hunter2@127.0.0.1:{counterpart.port}{suffix}"), timeout_seconds=5
    )
    with pytest.raises(transports.Unreachable) as unreachable:
        await send(wrong, 3)
    assert unreachable.value.reason.startswith("535")
    assert "hunter2" not in unreachable.value.reason
    await wrong.close()
    await counterpart.stop()


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_a_certificate_that_nobody_vouches_for_gets_nothing(scheme, tls):
    counterpart = Counterpart()
    if scheme == "smtps":
        await counterpart.start(tls=tls)
    else:
        await counterpart.start(tls_context=tls)
    suffix = "?starttls=true" if scheme == "smtp" else ""
    smtp = transports.Smtp(transports.server(f"{scheme}://127.0.0.1:{counterpart.port}{suffix}"), timeout_seconds=5)
    with pytest.raises(transports.Unreachable):
        await send(smtp)
    assert counterpart.received == []
    await smtp.close()
    await counterpart.stop()


async def test_a_server_without_starttls_gets_nothing_if_it_is_asked_for(counterpart):
    smtp = transports.Smtp(transports.server(f"smtp://127.0.0.1:{counterpart.port}?starttls=true"), timeout_seconds=5)
    with pytest.raises(transports.Unreachable):
        await send(smtp)
    assert counterpart.received == []
