"""What hostile clients send, as tables. Nothing here knows of any API: what is due is read off the routes."""

import gzip
import zlib
from typing import Any

import msgspec

# --- whole bodies that no endpoint can read ---------------------------------------------------------------------------

BODIES = (
    b"", b" ", b"null", b"true", b"1", b'"x"', b"[]", b"[{}]", b"[null]", b"{", b"}", b'{"a"', b'{"a":}', b"{'a':1}",
    b"{,}", b'{"a":1,}', b"{} x", b"{}{}", b"\x00", b"{}\x00", b"{\x00}", b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":NaN}',
    b'{"a":Infinity}', b"-", b"9" * 100_000, b"[" * 100_000, b'{"a":' * 50_000, b'{"a\\u0000":1}', b'{"a":"\\u0000"}',
    b'{"\xff":1}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\\"', '{"a":1}'.encode("utf-16"), b"<?xml version='1.0'?><a/>", b"// {}\n",
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n', b"\r\n" * 1000, b"x" * 100_000,
)  # fmt: skip

# --- one value of a JSON object ---------------------------------------------------------------------------------------

# Wherever a value is looked at, these are refused.
UNREADABLE_VALUES = (
    b"NaN", b"-Infinity", b"01", b"0x1", b"'x'", b"undefined", b"", b'"', b'"\x00"', b'"a\\u0000b"', b'["\\u0000"]',
    b'{"\\u0000":1}', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\x80"', b'"\\x"',
    b"[" * 5000, b'{"a":' * 5000, b"9" * 5000, b"-" + b"9" * 400, b"1e999999999999999999999",
)  # fmt: skip
# Some endpoint may take one or the other of these; none fails on them.
ODD_VALUES = (
    b"null", b"true", b"0", b"-1", b"1.5", b"-0.0", b"1e400", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775809", b'"-1"', b'"1e400"', b'"NaN"', b'"9223372036854775808"', b'"1_0"', b'"\xef\xbc\x91"',
    b'""', b'"\\t\\r\\n"', b'"x"', b'"\\u202e\\u2028\\u0085\\ufffe"', b'"a@b.example\\r\\nBcc: c@d.example"',
    b'"\\"<a@b.example>, c@d.example"', b'"a@"', b'"a@\\u212a.example"', b'"<script>{{7*7}}${7*7}%s%n"',
    b'"\' OR 1=1; --%_\\\\"', b'"' + b"x" * 300_000 + b'"', b'"data:image/png;base64,AAAA"', b"{}", b'{"$ne":null}',
    b"[]", b"[[[]]]", b"[null]", b"[1e400]", b"[-1]", b"[9223372036854775807]", b'["x"]', b'[{"id":1}]', b'"[]"',
    b'"[{\\"id\\":\\"\\\\u0000\\"}]"', b"[" + b"1," * 5000 + b"1]",
)  # fmt: skip
# The same for forms, already escaped.
UNREADABLE_FORM_VALUES = (b"%00", b"a%00b", b"%ff", b"\xff", b"%ed%a0%80", b"x" * 300_000, b"%u0000%00")
ODD_FORM_VALUES = (
    b"", b"+", b"%", b"%zz", b"%u0041", b"%0d%0aBcc:+c@d.example", b"%e2%80%ae", b"<script>", b"[]", b"%27%3b--",
    b"a;b",
)  # fmt: skip

# --- encodings --------------------------------------------------------------------------------------------------------

BOMB = gzip.compress(bytes(13 * 1024 * 1024))
ENCODED = (
    (b"gzip", b"garbage"), (b"gzip", gzip.compress(b'{"a":1}')[:-9]), (b"gzip", gzip.compress(b"{}") + b"tail"),
    (b"gzip", BOMB), (b"x-gzip", BOMB[:100]), (b"deflate", b"garbage"), (b"deflate", zlib.compress(b'{"a":1}')[:-5]),
    (b"deflate", zlib.compress(bytes(13 * 1024 * 1024))), (b"br", b"\x0b\x02\x80{}\x03"),
    (b"zstd", b"\x28\xb5\x2f\xfd"), (b"gzip, gzip", gzip.compress(gzip.compress(b"{}"))), (b"compress", b"{}"),
    (b"\xff", b"{}"), (b"x" * 1000, b"{}"),
)  # fmt: skip

# --- headers, whole lines ---------------------------------------------------------------------------------------------

CONTENT_TYPES = (
    b"", b";", b"; ;", b"/", b"a" * 4000, b"\xff", b"text/plain; charset*0*=''",
    b"text/plain; charset*1*=''; a*0*=\"''", b"application/json; charset=utf-16", b"application/json; charset=\xff",
    b"application/x-www-form-urlencoded; charset=utf-7", b"multipart/form-data", b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=b", b"APPLICATION/JSON",
)  # fmt: skip
ORIGINS = (b"", b"null", b"\xff", b"http://[bad", b"http://\xd9\xa3:1", b"o" * 4000, b"http://localhost:3000\xff")
HEADERS = tuple(b"Content-Type: " + value + b"\r\n" for value in CONTENT_TYPES) + tuple(
    name + b": " + value + b"\r\n"
    for name, values in {
        b"Accept": (b"\xff", b"application/json;q=", b"*/*;q=nan", b"a" * 4000),
        b"Accept-Encoding": (b"\xff", b"gzip;q=x, br"),
        b"User-Agent": (b"\xff\xfe", b"u" * 5000, b"\xe2\x80\xae<script>"),
        b"Origin": ORIGINS,
        b"Referer": (b"\xff", b"http://[bad"),
        b"Sec-Fetch-Site": (b"\xff", b"same-origin\xc2\xa0"),
        b"Expect": (b"\xff", b"nonsense", b"100-continue, nonsense"),
        b"Upgrade": (b"\xff", b"h2c\r\nConnection: Upgrade", b"websocket\r\nConnection: Upgrade"),
        b"X-Forwarded-For": (b"\xff", b"203.0.113.9, \xff", b"fe80::1%\xff", b"f" * 4000, b",,", b"unknown", b"[::1"),
        b"Forwarded": (b"for=\xff", b'for="[::1', b'for="\\"";by=_x', b";;=,"),
        b"X-Forwarded-Host": (b"evil.example", b"\xff"),
        b"Authorization": (b"\xff", b"Bearer", b"Bearer \xff", b"Bearer a.b.c", b"Basic !!", b"B" * 4000),
        b"Idempotency-Key": (b"", b"k" * 256, b"\xff", b"a\r\nIdempotency-Key: b"),
        b"If-None-Match": (b"\xff", b'"'),
        b"Range": (b"bytes=9-1", b"\xff"),
        b"X-HTTP-Method-Override": (b"DELETE",),
    }.items()
    for value in values
)
# %s is the cookie's name.
COOKIES = (
    b"%s", b"%s=", b"=%s", b";;;", b"%s=\xff\xfe", b'%s="', b'%s="\\000\\377"', b"%s=\xc3\xa9", b'%s="\\ud800"',
    b"%s={}[]()<>@,/?", b"%s=a; %s=b", b"$Version=1; %s=x", b"%s=" + b"t" * 5000,
    b"%s=x; " + b"; ".join(b"c%d=%d" % (n, n) for n in range(500)), b"expires=x; path=/; %s=x",
    b"%s=x\r\n" + b"Cookie: a=b\r\n" * 50 + b"X: ", b"\xff=\xff",
)  # fmt: skip

# --- addresses --------------------------------------------------------------------------------------------------------

NO_IDS = (
    "-1", "+1", "1.0", "1e0", "0x1", "1;x", "1%20", "%201", "%00", "1%00", "%ff", "%D9%A1", "%EF%BC%91", "%C2%B2",
    "x" * 4000, "%2e%2e", "1%2f2", "1%0d%0aX:y", "%", "%zz", "'",
)  # fmt: skip
UNKNOWN_IDS = ("0", "999999999", "9223372036854775807", "9223372036854775808", "1" * 400, "0" * 30 + "1")
BAD_LIMITS = (
    "", "0", "-1", "201", "1.0", "1e1", "x", "%00", "%ff", "%EF%BC%91", "9" * 30, "9" * 4000, "1%20", "+1", "null",
    "[]",
)  # fmt: skip
QUERIES = tuple(f"limit={value}" for value in BAD_LIMITS) + tuple(
    f"{name}={value}" for name in ("before", "after") for value in (*BAD_LIMITS, "1", "9223372036854775807")
    if value != "201"
) + (
    "q=%00", "q=%ff", "q=%ED%A0%80", "q=%25_%5C", f"q={'x' * 1001}", f"q={'%25' * 900}", "q=%27%22", "filter=%00",
    "filter=%ff", f"filter={'_%25' * 240}", f"filter={'x' * 1001}", "to=%00", "to=%ff", f"to={'x' * 1001}",
    "preview=true", "preview=%00", "limit=1&limit=x", "limit[]=1", "=", "&&&", "%00=1", "%ff=%ff", "a=" * 1000,
    "platform=%00", "sort=-%00", "limit=1&before=1&after=1",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "LINK")

# --- no HTTP at all ---------------------------------------------------------------------------------------------------

NO_HTTP = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://[evil/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: \x01\x1b[31m\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nCookie: session=secret-token\x00\r\n\r\n",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nCookie: session=secret-token" + b"x" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST /whoami/signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)


def plausible(kind: Any) -> Any:
    """A value of a type (of msgspec's inspection) that an endpoint would look further at."""
    if isinstance(kind, msgspec.inspect.StrType):
        return "somebody"[: kind.max_length or 8]
    if isinstance(kind, msgspec.inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, msgspec.inspect.BoolType):
        return True
    if isinstance(kind, msgspec.inspect.ListType):
        return []
    if isinstance(kind, msgspec.inspect.UnionType):
        return plausible(kind.types[0])
    if isinstance(kind, msgspec.inspect.StructType):
        return {field.encode_name: plausible(field.type) for field in kind.fields if field.required}
    return 1
