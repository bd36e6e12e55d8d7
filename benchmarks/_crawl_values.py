"""Values that no page of ours sends, and ways to send them."""

import random
from dataclasses import dataclass
from urllib.parse import quote_from_bytes


def as_bytes(text: str) -> bytes:
    """As UTF-8; a lone surrogate as the bytes that would stand for it."""
    return text.encode("utf-8", "surrogatepass")


_DIGITS = ["0", "1", "2", "007", "987654321", str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 400, "9" * 5000]
_WORDS = [
    "",
    " ",
    "x",
    "-1",
    "-0",
    "+1",
    "1.5",
    "1e3",
    "1e400",
    "NaN",
    "Infinity",
    "-inf",
    "None",
    "null",
    "true",
    "1,2,3",
    f"1,{2**63},{'9' * 5000}",
    ",",
    "1-2",
    f"{2**63}-1",
    "1:2",
    "-",
    ":",
    "[]",
    "{}",
    "²",
    "٣",
    "ß–😀",
    "a" * 5000,
    "\x00",
    "a\x00b",
    "1\x00",
    "\ud800",
    "\x1b[31m\x7f",
    "%s%(x)s{0}",
    "' OR 1=1 --",
    "<b>x</b>",
    "../../etc/passwd",
    "//elsewhere.example/",
    "http://[",
    "00000000-0000-0000-0000-000000000000",
    "café.pdf",
]
_TIMES = [
    "9999-12-31",
    "0001-01-01",
    "0000-00-00",
    "2026-02-30",
    "10000-01-01",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "2027-02-26T25:00",
    "24:00",
    "00:00",
    "23:59:60",
    "99:99",
]
NUMBERS = [as_bytes(text) for text in (*_DIGITS, "-1", "", "x", "²", "٣", "1\x00")]
IN_PATHS = [as_bytes(text) for text in (*_DIGITS, *_WORDS)] + [b"\xff\xfe"]
IN_FORMS = [as_bytes(text) for text in (*_DIGITS, *_WORDS, *_TIMES)] + [b"\xff\xfe", b"%ff"]

_FORM = "application/x-www-form-urlencoded"
BODIES: list[tuple[bytes, str]] = [
    (b"", _FORM),
    (b"&&==&;;", _FORM),
    (b"a=%FF%FE&b=%00&%00=%00&c=%", _FORM),
    (b"x=1&" * 6000, _FORM),
    (b"a=" + b"9" * 5000, f"{_FORM}; charset=utf-16"),
    (b"a=1", f"{_FORM}; charset=no-such-charset"),
    (b"a=1", "multipart/form-data"),
    (b"a=1", "multipart/form-data; boundary="),
    (b"a=1", "multipart/form-data; boundary=\xc3\xa4".encode("latin-1", "replace").decode("latin-1")),
    (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', "multipart/form-data; boundary=b"),
    (
        b'--b\r\nContent-Disposition: form-data; name="\x00"; filename="\x00"\r\n\r\n\x00\r\n--b--',
        "multipart/form-data; boundary=b",
    ),
    (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    (b'{"a": [1, null, NaN]}', "application/json"),
    (b"\xff\xfe\x00", "application/octet-stream"),
    (b"<a/>", "text/xml"),
    (b"a=1", ""),
]
HEADERS: list[tuple[str, str]] = [
    ("Accept-Language", "x" * 3000),
    ("Accept-Language", "en;q=NaN, \x00, de;q=1e400"),
    ("Accept-Encoding", "gzip;q=x, \x00"),
    ("If-None-Match", 'W/"\x00", *, "'),
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Fri, 31 Dec 9999 23:59:60 GMT"),
    ("If-Modified-Since", "0" * 3000),
    ("If-Modified-Since", "Thu, 01 Jan 0001 00:00:00 GMT"),
    ("Range", "bytes=9-1,x,-"),
    ("Range", f"bytes={'9' * 5000}-"),
    ("Host", "no such host"),
    ("Host", "localhost:99999999"),
    ("Cookie", "sessionid=\x00; csrftoken=\xff; messages=x:y"),
    ("Cookie", f"sessionid={'9' * 5000}; messages={'[' * 3000}"),
    ("X-Forwarded-For", "\x00, 999.1.1.1, ::g"),
    ("X-Forwarded-Proto", "gopher"),
    ("X-Forwarded-Host", "elsewhere.example"),
    ("Referer", "http://["),
    ("Origin", "null\x00"),
    ("HX-Request", "maybe"),
    ("HX-Current-URL", "http://["),
    ("HX-Trigger-Name", "%zz"),
    ("HX-Trigger-Name-URI-AutoEncoded", "true"),
    ("Content-Length", "-5"),
    ("Content-Length", "x"),
    ("User-Agent", "\x00" * 10),
]
_FILES = [
    ("x.pdf", b"%PDF-1.4\n"),
    ("x" * 3000 + ".pdf", b"%PDF-1.4\n"),
    ("x\x00.csv", b"name\n\x00\n"),
    ("", b""),
    ("../x.xlsx", b"PK\x03\x04"),
    ("x.csv", b"\xff\xfe\x00"),
    ("x.csv", b'"'),
    ("x.json", b'{"schedule": {"conference": null}}'),
    ("x.json", b"[" * 5000),
    ("x.jpg", b"\xff\xd8\xff"),
    ("x.txt", b"9.00 A\n99.99 B\n\x00"),
]


@dataclass(frozen=True)
class Values:
    """Names and values of a request."""

    pairs: list[tuple[str, bytes]]

    def encoded(self) -> str:
        return "&".join(f"{quote_from_bytes(as_bytes(name))}={quote_from_bytes(value)}" for name, value in self.pairs)

    def multipart(self, draw: random.Random) -> tuple[bytes, str]:
        """With a file now and then where the form has one; a browser sends one in each field of that kind."""
        boundary = b"boundary-of-the-crawl"
        parts = []
        for name, value in self.pairs:
            head = b'Content-Disposition: form-data; name="%s"' % as_bytes(name)
            content = value
            if any(word in name for word in ("file", "photo", "picture", "upload")):
                file_name, content = draw.choice(_FILES)
                head += b'; filename="%s"\r\nContent-Type: application/octet-stream' % as_bytes(file_name)
            parts.append(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head, content))
        return b"".join(parts) + b"--%s--\r\n" % boundary, f"multipart/form-data; boundary={boundary.decode()}"
