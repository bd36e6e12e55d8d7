"""Sends odd requests to every address of the resolver, in several roles; used by `crawl.py` and by a test.

Nothing is listed by hand: addresses come from the resolver, values for their parameters from the links of the pages,
fields from the pages' forms and from what the views' code reads. Each request is rolled back, so that each error can be
repeated alone, and the same seed sends the same requests to the same site.
"""

import inspect
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urljoin, urlsplit

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.test import Client
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.utils.regex_helper import normalize

from benchmarks._crawl_pages import Form, Page
from benchmarks._crawl_values import BODIES, HEADERS, IN_FORMS, IN_PATHS, NUMBERS, Values, as_bytes

_OUR_APPS = {"accounts", "agenda", "conference", "mailings", "marketplace", "meetings", "registrations"}
# Sending a form as it stands, without anything odd, is the most ordinary request of all.
_UNCHANGED = 0.15
_READ_BY_HAND = re.compile(
    r'(?:GET|POST|data|query)(?:\.get|\.getlist)?[\[(]"([\w:-]+)"|"([\w-]+)" (?:not )?in request\.'
)


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver: `template` is its path with `%(name)s` for each parameter."""

    route: str
    name: str
    template: str
    parameters: tuple[str, ...]
    kinds: Mapping[str, str] = field(hash=False, compare=False)
    fields: tuple[str, ...] = field(hash=False, compare=False)

    def path(self, values: Mapping[str, bytes]) -> str:
        quoted = {name: quote_from_bytes(values[name], safe="/") for name in self.parameters}
        return "/" + self.template % quoted


@dataclass(frozen=True)
class Request:
    """Everything that a request consists of, so that it can be repeated."""

    role: str
    method: str
    path: str
    address: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: tuple[tuple[str, str], ...] = ()
    # A model, every second row of which somebody else has deleted since the page was read.
    gone: str = ""

    def __str__(self) -> str:
        parts = [f"{self.role}: {self.method} {_cut(self.path)}", f"({self.address})" if self.address else ""]
        if self.body:
            parts.append(f"{self.content_type.partition(';')[0]} {_cut(repr(self.body), 1500)}")
        parts += [f"{name}: {_cut(value)}" for name, value in self.headers]
        if self.gone:
            parts.append(f"after every second row of {self.gone} was deleted")
        return " ".join(part for part in parts if part)


@dataclass
class Outcome:
    """What the crawl saw. `errors` are the requests that were answered with 500 or more, with the reason."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: list[tuple[Request, str]] = field(default_factory=list)
    addresses: Counter[str] = field(default_factory=Counter)


def addresses() -> list[Address]:
    """All of them, in the resolver's order. Patterns with the same path are one address."""
    return list({found.route: found for found in _walk(get_resolver(), "", "", {})}.values())


def _walk(resolver: URLResolver, route: str, namespace: str, kinds: Mapping[str, str]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        # As Django joins them for `ResolverMatch.route`.
        own = str(pattern.pattern)
        whole = route + (own.removeprefix("^") if route else own)
        known = {**kinds, **{name: type(kind).__name__ for name, kind in pattern.pattern.converters.items()}}
        if isinstance(pattern, URLResolver):
            prefix = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, whole, prefix, known)
            continue
        template, parameters = normalize(_expression(whole, pattern))[0]
        name = namespace + (pattern.name or "")
        yield Address(whole, name, template, tuple(parameters), known, _read_by(pattern.callback))


def _expression(route: str, pattern: Any) -> str:
    """The route with plain groups for its parameters: `normalize` reads regular expressions only."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"(?P<\1>x)", re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)).strip("^$")


def _read_by(view: Any) -> tuple[str, ...]:
    """Names that the module of the view reads from requests by hand; no form of a page may have them."""
    plain = inspect.unwrap(view)
    module = inspect.getmodule(type(getattr(plain, "__self__", None)) if hasattr(plain, "__self__") else plain)
    if module is None or module.__name__.startswith("django."):
        return ()
    found = _READ_BY_HAND.findall(inspect.getsource(module))
    return tuple(dict.fromkeys(name for pair in found for name in pair if name))


class Crawl:
    """`cookies` are those of each role, `links` paths to begin with besides the start pages.

    Of each address as many `pages` are looked at for links and forms. `tell` is called with each error as it is found.
    """

    def __init__(
        self,
        cookies: Mapping[str, Mapping[str, str]],
        *,
        links: Sequence[str] = (),
        pages: int = 2,
        seed: int = 13,
        tell: Callable[[Request, str], None] = lambda request, reason: None,
    ) -> None:
        self.tell = tell
        self.pages = pages
        self.cookies = {role: SimpleCookie(dict(values)) for role, values in cookies.items()}
        self.links = links
        self.draw = random.Random(seed)
        self.addresses = addresses()
        self.models = [model._meta.label for model in apps.get_models() if model.__module__.split(".")[0] in _OUR_APPS]
        self.outcome = Outcome()
        self.client = Client(raise_request_exception=False)
        self._by_route = {address.route: address for address in self.addresses}
        # What is known of an address: values of its parameters, forms that lead there, names in its queries.
        self.known: dict[str, list[dict[str, bytes]]] = defaultdict(list)
        self.forms: dict[tuple[str, str], list[tuple[str, Form]]] = defaultdict(list)
        self.queries: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.ids: dict[str, list[bytes]] = defaultdict(list)
        # Methods that an address refuses, and addresses that a role may not open: asking on would tell nothing.
        self.refused: dict[str, set[str]] = defaultdict(set)
        self.closed: Counter[tuple[str, str]] = Counter()

    # Sending -----------------------------------------------------------------------------------

    def send(self, request: Request) -> Any:
        """Sends it, notes an error, rolls back what it changed."""
        self.outcome.requests += 1
        self.outcome.addresses[request.address] += 1
        cache.clear()
        self.client.cookies = SimpleCookie({name: one.value for name, one in self.cookies[request.role].items()})
        reason, response = "", None
        try:
            with transaction.atomic():
                if request.gone:
                    _delete_every_second(request.gone)
                response = self.client.generic(
                    request.method,
                    request.path,
                    request.body,
                    content_type=request.content_type if request.body or request.method == "POST" else "",
                    headers=dict(request.headers),
                )
                if response.streaming:
                    response.content_read = b"".join(response.streaming_content)
                if request.method == "POST" and response.status_code < 400:
                    # Foreign keys are looked at when a transaction commits, which this one never does.
                    connection.check_constraints()
                transaction.set_rollback(True)
        except Exception as error:
            reason = _reason(error)
        if response is not None:
            self.outcome.statuses[response.status_code] += 1
            if response.status_code >= 500:
                reason = _reason(response.exc_info[1]) if response.exc_info else f"answered {response.status_code}"
        if reason:
            self.outcome.errors.append((request, reason))
            self.tell(request, reason)
        return response

    # Looking around ----------------------------------------------------------------------------

    def look_around(self) -> None:
        """Follows the links of the pages as each role, a few pages of each address, and notes forms and parameters."""
        for role in self.cookies:
            seen: set[str] = set()
            looked_at: Counter[str] = Counter()
            waiting = ["/", "/admin/", "/my/", "/my/programme/", *(f"/{link}" for link in self.links)]
            waiting += [address.path({}) for address in self.addresses if not address.parameters]
            for path in waiting:
                address = self._note(path)
                bare = path.partition("?")[0]
                if address is None or bare in seen or looked_at[address.route] >= self.pages:
                    continue
                seen.add(bare)
                looked_at[address.route] += 1
                response = self.send(Request(role, "GET", path, address.name))
                if response is not None:
                    waiting += self._read(role, path, response)

    def _read(self, role: str, path: str, response: Any) -> list[str]:
        """Notes what the page has; returns the paths that it links to."""
        if response.status_code in {301, 302}:
            return [_own(urljoin(path, response.headers["Location"]))]
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return []
        page = Page(response.content.decode("utf-8", "replace"))
        for form in page.forms:
            target = _own(urljoin(path, form.action or path))
            address = self._note(target)
            if address is None:
                continue
            if form.method == "POST":
                noted = self.forms[role, address.route]
                if (target, form) not in noted and len(noted) < 4:
                    noted.append((target, form))
            else:
                self.queries[address.route].update(dict(form.fields))
        return [_own(urljoin(path, link)) for link in page.links]

    def _note(self, path: str) -> Address | None:
        """Learns values of parameters and names in the query from an address that a page names."""
        parts = urlsplit(path)
        if not path.startswith("/") or parts.path.startswith(settings.STATIC_URL):
            return None
        try:
            match = resolve(parts.path)
        except Resolver404:
            return None
        address = self._by_route.get(match.route)
        if address is None:
            return None
        values = {name: str(match.kwargs[name]).encode() for name in address.parameters if name in match.kwargs}
        known = self.known[address.route]
        if values not in known and len(known) < 4 and len(values) == len(address.parameters):
            known.append(values)
            for name, value in values.items():
                self.ids[name].append(value)
        for name, text in parse_qsl(parts.query, keep_blank_values=True)[:20]:
            self.queries[address.route].setdefault(name, text.encode("utf-8", "surrogateescape"))
        return address

    # Odd requests ------------------------------------------------------------------------------

    def ask_oddly(self, role: str, *, times: int) -> None:
        """Sends `times` requests to each address, each with one or two things that no page of ours would send.

        Pages with forms or with names in their queries get twice as many, those closed to the role two.
        """
        for address in self.addresses:
            has_more = self.forms.get((role, address.route)) or len(self.queries[address.route]) > 2
            for _turn in range(2 * times if has_more else times):
                response = self.send(self._odd(role, address))
                if response is None:
                    continue
                if response.status_code == 405:
                    self.refused[address.route].add(response.request["REQUEST_METHOD"])
                if response.status_code == 403 or _is_to_sign_in(response):
                    self.closed[role, address.route] += 1
                    if self.closed[role, address.route] > 1:
                        break

    def _odd(self, role: str, address: Address) -> Request:
        takes_posts = "POST" not in self.refused[address.route]
        takes_gets = "GET" not in self.refused[address.route] or not takes_posts
        has_forms = bool(self.forms.get((role, address.route)))
        ways = {
            self._odd_post: (6 if has_forms else 3) * takes_posts,
            self._gone_post: 2 * has_forms * takes_posts,
            self._odd_get: (4 if self.queries[address.route] or address.fields else 1) * takes_gets,
            self._odd_path: 2 * bool(address.parameters),
            self._odd_rest: 1,
        }
        (way,) = self.draw.choices(list(ways), weights=list(ways.values()))
        return way(role, address)

    def _values(self, address: Address) -> dict[str, bytes]:
        """Values that lead to a page where some are known, else what others of that name are, else a number."""
        if self.known[address.route]:
            return dict(self.draw.choice(self.known[address.route]))
        return {name: self.draw.choice(self.ids.get(name) or [b"1", b"2"]) for name in address.parameters}

    def _path(self, address: Address) -> str:
        return address.path(self._values(address))

    def _odd_path(self, role: str, address: Address) -> Request:
        values = self._values(address)
        name = self.draw.choice(address.parameters)
        others = [value for group in self.ids.values() for value in group[:3]]
        is_number = address.kinds.get(name) == "IntConverter"
        values[name] = self.draw.choice([*(NUMBERS if is_number else IN_PATHS), *others[:20]])
        method = self.draw.choice([name for name in ("GET", "POST", "HEAD") if name not in self.refused[address.route]])
        return Request(role, method, address.path(values), address.name)

    def _odd_get(self, role: str, address: Address) -> Request:
        pairs = self._spoilt(dict(self.queries[address.route]), address)
        method = self.draw.choice(["GET", "GET", "GET", "HEAD"])
        path = f"{self._path(address)}?{Values(pairs).encoded()}"
        headers = (("HX-Request", "true"),) if self.draw.random() < 0.15 else ()
        return Request(role, method, path, address.name, headers=headers)

    def _odd_post(self, role: str, address: Address) -> Request:
        path, form, pairs = self._filled_in(role, address)
        if not form or self.draw.random() > _UNCHANGED:
            pairs = self._spoilt(pairs, address)
        headers = (("HX-Request", "true"),) if self.draw.random() < 0.15 else ()
        body, content_type = self._body(form, pairs)
        return Request(role, "POST", path, address.name, body, content_type, headers)

    def _gone_post(self, role: str, address: Address) -> Request:
        """A form as it stands, of whose rows some have gone meanwhile."""
        path, form, pairs = self._filled_in(role, address)
        body, content_type = self._body(form, pairs)
        return Request(role, "POST", path, address.name, body, content_type, gone=self.draw.choice(self.models))

    def _filled_in(self, role: str, address: Address) -> tuple[str, Form | None, list[tuple[str, bytes]]]:
        """Where to, a form of the pages that leads there, and what it would send."""
        forms = self.forms.get((role, address.route))
        if not forms:
            return self._path(address), None, []
        path, form = self.draw.choice(forms)
        pairs = [*form.fields, *([self.draw.choice(form.buttons)] if form.buttons else [])]
        # Somebody has chosen something and ticked boxes.
        chosen = {name: self.draw.choice(values) for name, values in form.offered if self.draw.random() < 0.5}
        return path, form, [(name, chosen.get(name, value)) for name, value in pairs]

    def _body(self, form: Form | None, pairs: list[tuple[str, bytes]]) -> tuple[bytes, str]:
        sent = Values(pairs)
        if form and form.is_multipart and self.draw.random() < 0.7:
            return sent.multipart(self.draw)
        return sent.encoded().encode(), "application/x-www-form-urlencoded"

    def _odd_rest(self, role: str, address: Address) -> Request:
        """Odd methods, headers and bodies."""
        path = self._path(address)
        if self.draw.random() < 0.4:
            method = self.draw.choice(["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "ODD"])
            return Request(role, method, path, address.name)
        if self.draw.random() < 0.5:
            body, content_type = self.draw.choice(BODIES)
            return Request(role, "POST", path, address.name, body, content_type)
        return Request(role, "GET", path, address.name, headers=(self.draw.choice(HEADERS),))

    def _spoilt(self, known: Any, address: Address) -> list[tuple[str, bytes]]:
        """The pairs with one to three of them changed, doubled, left out, or some that the code reads added."""
        pairs = list(known.items()) if isinstance(known, dict) else list(known)
        for _turn in range(self.draw.choice([1, 1, 2, 3])):
            what = self.draw.random()
            if pairs and what < 0.7:
                place = self.draw.randrange(len(pairs))
                pairs[place] = (pairs[place][0], self._odd_value(pairs[place][0]))
            elif pairs and what < 0.8:
                pairs.pop(self.draw.randrange(len(pairs)))
            elif pairs and what < 0.85:
                pairs.append((self.draw.choice(pairs)[0], self._odd_value("")))
            elif address.fields:
                name = self.draw.choice(address.fields)
                pairs.append((name, self._odd_value(name)))
            else:
                pairs.append((self.draw.choice(["q", "p", "page", "id", "next"]), self._odd_value("")))
        return pairs

    def _odd_value(self, name: str) -> bytes:
        if name.endswith("_FORMS") and self.draw.random() < 0.8:
            return as_bytes(self.draw.choice(["-1", "1000000000", "x", "", "0", "3", "9" * 5000, "\x00"]))
        others = [value for group in self.ids.values() for value in group[:2]]
        return self.draw.choice(others) if others and self.draw.random() < 0.1 else self.draw.choice(IN_FORMS)


def _delete_every_second(label: str) -> None:
    """With all that hangs on them; nothing where something else would be left without its other half."""
    model = apps.get_model(label)
    keys = list(model._base_manager.order_by("pk").values_list("pk", flat=True))[::2]
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=keys).delete()
    except (ProtectedError, RestrictedError, IntegrityError):
        return


def _is_to_sign_in(response: Any) -> bool:
    return response.status_code == 302 and "/login/" in response.headers["Location"]


def _own(address: str) -> str:
    """The path and query of an address of this site; nothing of another's."""
    parts = urlsplit(address)
    if parts.netloc and parts.netloc not in urlsplit(settings.SITE_URL).netloc:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _reason(error: BaseException) -> str:
    """The error and the last place in our own code that it came through."""
    place = ""
    trace = error.__traceback__
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if (
            str(settings.BASE_DIR) in name
            and "site-packages" not in name
            and not {"benchmarks", "tests"} & set(Path(name).parts)
        ):
            place = f"{name.removeprefix(str(settings.BASE_DIR)).lstrip('/')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {_cut(str(error), 200)} at {place or 'a place outside of our code'}"


def _cut(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} letters)"


def signed_in(user: Any) -> dict[str, str]:
    """The cookies of somebody who is signed in as this user; none for None."""
    if user is None:
        return {}
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {name: cookie.value for name, cookie in client.cookies.items()}
