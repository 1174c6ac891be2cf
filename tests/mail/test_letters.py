"""What letters say, and that nothing a person typed becomes more than words in them."""

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import letters

LINK = "http://localhost:8080/whoami/confirm/Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA?a=1&b=2"
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
SENDER = letters.sender("Hiroba <no-reply@localhost>")
KINDS = {"confirmation": letters.confirmation, "password_reset": letters.password_reset}
# Of another form: their tests are elsewhere.
OTHERS = {"invoice", "waitlist", "password_code"}


def written(kind: str = "confirmation", address: str = "haruto@hiroba.example", name: str = "Haruto") -> letters.Letter:
    return KINDS[kind](address, name=name, link=LINK, ttl_seconds=3600)


def sent(letter: letters.Letter, *, utf8: bool = False) -> email.message.EmailMessage:
    """The message as the other side reads it."""
    message = letters.compose(letter, sender=SENDER, message_id=letters.message_id(), written_at=NOW)
    policy = email.policy.SMTPUTF8 if utf8 else email.policy.SMTP
    raw = message.as_bytes(policy=policy.clone(cte_type="7bit"))
    return email.message_from_bytes(raw, policy=email.policy.default)


def body(message: email.message.EmailMessage, form: str) -> str:
    return message.get_body((form,)).get_content().replace("\r\n", "\n")


def test_every_kind_has_a_subject_two_templates_and_a_function():
    assert letters.SUBJECTS.keys() == KINDS.keys() | OTHERS
    for kind in KINDS:
        assert letters.render(written(kind), "txt")
        assert letters.render(written(kind), "html")


@pytest.mark.parametrize("kind", KINDS)
def test_text_says_whom_it_is_for_and_has_the_link_on_its_own_line(kind):
    text = body(sent(written(kind)), "plain")
    assert LINK in text.splitlines()
    assert text.startswith("Hello Haruto,\n")
    assert "This letter is for haruto@hiroba.example, because somebody " in text
    assert "1 hour" in text
    assert "\n\n\n" not in text
    assert text.endswith("do anything.\nIt was sent by a program; nobody reads answers to it.\n")


@pytest.mark.parametrize("kind", KINDS)
def test_html_has_the_link_as_a_button_and_in_sight(kind):
    html = body(sent(written(kind)), "html")
    escaped = LINK.replace("&", "&amp;")
    assert html.count(f'<a href="{escaped}"') == 2
    assert f">{escaped}</a>" in html
    assert "Haruto" in html
    assert "haruto@hiroba.example" in html


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_need_not_say_how_long_its_link_works(kind):
    letter = KINDS[kind]("haruto@hiroba.example", name="", link=LINK)
    for form in ("txt", "html"):
        rendered = letters.render(letter, form)
        assert "works for" not in rendered
        assert "None" not in rendered
    assert letters.render(letter, "txt").startswith("Hello,\n")


@pytest.mark.parametrize(("seconds", "words"), [(3600, "1 hour"), (1200, "20 minutes"), (86400, "1 day"), (90, "90 s")])
def test_durations_are_said_as_people_say_them(seconds, words):
    letter = letters.confirmation("haruto@hiroba.example", name="", link=LINK, ttl_seconds=seconds)
    assert f"It works for {words}" in letters.render(letter, "txt")


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (1, "1 second", "1秒間"),
        (60, "1 minute", "1分間"),
        (5400, "90 minutes", "90分間"),
        (129_601, "36 hours", "36時間"),
    ],
)
def test_durations_are_the_same_in_every_language(seconds, english, japanese):
    for language, words in (("en", english), ("ja", japanese)):
        letter = letters.waitlist("haruto@hiroba.example", link=LINK, ttl_seconds=seconds, language=language)
        assert words in letters.render(letter, "txt")


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_typed_is_escaped_in_html(kind):
    name = "<script>alert('x')</script> & \"co\""
    html = letters.render(written(kind, name=name), "html")
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;co&#34;" in html
    assert f"Hello {name}," in letters.render(written(kind, name=name), "txt")


def test_headers():
    message = sent(written())
    assert message["From"] == "Hiroba <no-reply@localhost>"
    assert message["To"] == "Haruto <haruto@hiroba.example>"
    assert message["Subject"] == "Please confirm your e-mail address"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].startswith("<")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"


@pytest.mark.parametrize(
    "name",
    [
        "Haruto\r\nBcc: thief@evil.example",
        "Haruto\nBcc: thief@evil.example",
        "Haruto\rBcc: thief@evil.example",
        "Haruto\x00\x0b\x0c\x1c\x85\u2028\u2029Bcc: thief@evil.example",
        'Haruto" <thief@evil.example>, "',
        "Haruto\u202eBcc: thief@evil.example",
        "\ud800Bcc: thief@evil.example",
    ],
)
def test_names_cannot_add_headers_or_recipients(name):
    letter = written(name=name)
    message = sent(letter)
    assert "Bcc" not in message
    assert [address.addr_spec for address in message["To"].addresses] == ["haruto@hiroba.example"]
    assert len(letters.render(letter, "txt").splitlines()) == len(letters.render(written(), "txt").splitlines())


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=150), st.text(alphabet='a,<>@"\\()花é:;= ?_\r\n\t.', max_size=150)),
)
def test_any_name_leaves_headers_and_recipient_as_they_are(name):
    letter = written(name=name)
    message = sent(letter)
    assert message.keys() == sent(written()).keys()
    (address,) = message["To"].addresses
    assert address.addr_spec == "haruto@hiroba.example"
    # Python's reader puts spaces between the pieces of long encoded names.
    assert "".join(address.display_name.split()) == "".join(letter.recipient.name.split())


@pytest.mark.parametrize(
    "address",
    [
        "someone@email.com",
        "a.b+c_d-e@mail.hiroba.example",
        "o'brien!#$%&*/=?^`{|}~@x.jp",
        "no-reply@localhost",
        "花子@例え.jp",
        "x@127.0.0.1",
    ],
)
def test_addresses_that_letters_go_to(address):
    assert letters.deliverable(address)
    (read,) = sent(written(address=address))["To"].addresses if address.isascii() else [None]
    assert read is None or read.addr_spec == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "haruto",
        "haruto@",
        "@hiroba.example",
        "a@b@c",
        "a b@c",
        "a@b c",
        "haruto@hiroba.example\r\nBcc: thief@evil.example",
        "haruto@hiroba.example\n",
        "haruto\x00@hiroba.example",
        "haruto\u200b@hiroba.example",
        "haruto\u200d@hiroba.example",
        "haruto\ud800@hiroba.example",
        "<haruto@hiroba.example>",
        "a,b@c",
        '"a b"@c',
        "a..b@c",
        ".a@c",
        "a.@c",
        "a@-c",
        "a@c-",
        "a@c..d",
        "a@c.",
        "=?utf-8?q?thief=40evil.example=3e?=@c",
        "a" * 65 + "@c",
        "花" * 22 + "@c",
        "a@" + "c" * 64,
        "a@" + ".".join(["c" * 60] * 5),
    ],
)
def test_addresses_that_no_letter_goes_to(address):
    assert not letters.deliverable(address)
    with pytest.raises(ValueError):
        written(address=address)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "", "/confirm", "http://x/a b", "http://x/\nBcc: y", "data:text/html,x"]
)
def test_only_web_links_are_written(link):
    with pytest.raises(ValueError):
        letters.confirmation("haruto@hiroba.example", name="Haruto", link=link)


@pytest.mark.parametrize("name", ["山田 花子", "Zoë", "👩‍👩‍👧", "\u0646\u0627\u0645\u200c\u0647"])
def test_names_of_every_script_arrive(name):
    message = sent(written(name=name))
    assert message["To"].addresses[0].display_name == name
    assert f"Hello {name}," in body(message, "plain")
    assert f"Hello {name}," in body(message, "html")


def test_long_names_are_cut():
    assert len(written(name="a" * 500).recipient.name) == letters.NAME_CHARACTERS_MAX


def test_a_message_is_seven_bit_so_that_every_server_takes_it():
    letter = written(name="山田 花子")
    message = letters.compose(letter, sender=SENDER, message_id="<a@b>", written_at=NOW)
    raw = message.as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_files_go_along():
    file = letters.Attachment("Rechnung ü\r\nX: y.pdf", "application/pdf", b"%PDF-1.7\x00\xff")
    letter = letters.Letter(
        kind="confirmation",
        recipient=letters.Recipient("haruto@hiroba.example"),
        fields={"lasts": ""},
        secrets={"link": LINK},
        attachments=(file,),
    )
    (part,) = sent(letter).iter_attachments()
    assert part.get_filename() == "Rechnung ü X: y.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_content() == file.content
    with pytest.raises(ValueError):
        sent(letters.Letter(**{**_fields(letter), "attachments": (letters.Attachment("x", "a/b\r\nX: y", b""),)}))


def _fields(letter: letters.Letter) -> dict:
    return {name: getattr(letter, name) for name in letter.__struct_fields__}


@pytest.mark.parametrize("text", ["Hiroba <no-reply@localhost>", "no-reply@localhost", '"Hiroba, Inc." <a@b.example>'])
def test_senders_are_read(text):
    assert letters.deliverable(letters.sender(text).addr_spec)


@pytest.mark.parametrize("text", ["", "Hiroba", "Hiroba <>", "a@b c@d"])
def test_senders_that_are_none(text):
    with pytest.raises(ValueError):
        letters.sender(text)


@pytest.mark.parametrize(
    ("language", "lasts"), [("en", "It works for 7 days."), ("ja", "リンクの有効期間は7日間です。")]
)
def test_whoever_waits_is_asked_in_their_language(language, lasts):
    letter = letters.waitlist("haruto@hiroba.example", link=LINK, ttl_seconds=604_800, language=language)
    message = sent(letter)
    assert message["Content-Language"] == language
    assert message["Subject"] == letters.TRANSLATED.get(language, letters.SUBJECTS)["waitlist"]
    text = body(message, "plain")
    assert LINK in text.splitlines()
    assert lasts in text
    assert body(message, "html").count(f'<a href="{LINK.replace("&", "&amp;")}"') == 2
    assert "\n\n\n" not in text


def test_a_code_stands_on_a_line_of_its_own():
    letter = letters.password_code("haruto@hiroba.example", name="Haruto", code="XqolHS", ttl_seconds=1200)
    message = sent(letter)
    assert message["Subject"] == "Your code for a new password"
    text = body(message, "plain")
    assert "XqolHS" in text.splitlines()
    assert "It works for 20 minutes and once" in text
    assert "\n\n\n" not in text
    assert text.endswith("tell the code to nobody.\nIt was sent by a program; nobody reads answers to it.\n")
    assert ">XqolHS</p>" in body(message, "html")
    assert letter.fields == {"lasts": "20 minutes"}
    unhurried = letters.password_code("haruto@hiroba.example", name="", code="XqolHS")
    assert "It works once, and" in letters.render(unhurried, "txt")
    with pytest.raises(ValueError):
        letters.password_code("haruto@hiroba.example", name="", code="a\r\nb")
