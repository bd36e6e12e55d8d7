"""What a page offers to a reader: links, and forms with what a browser would send."""

from dataclasses import dataclass
from html.parser import HTMLParser

_BUTTONS = {"submit", "image", "button", "reset"}


@dataclass(frozen=True)
class Form:
    """`fields` are names and values as the page has them, `buttons` those that can be pressed, `offered` the
    values of each choice."""

    action: str
    method: str
    fields: tuple[tuple[str, bytes], ...]
    buttons: tuple[tuple[str, bytes], ...]
    is_multipart: bool
    offered: tuple[tuple[str, tuple[bytes, ...]], ...] = ()


class Page(HTMLParser):
    """Reads `links` and `forms` of an HTML page. Addresses that htmx asks for are links or forms, too."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: dict[str, str | None] | None = None
        self._fields: list[tuple[str, bytes]] = []
        self._buttons: list[tuple[str, bytes]] = []
        self._offered: dict[str, list[bytes]] = {}
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._textarea: str | None = None
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        for name in ("href", "hx-get"):
            if found.get(name) and tag != "link":
                self.links.append(found[name] or "")
        if found.get("hx-post"):
            self.forms.append(Form(found["hx-post"] or "", "POST", (), (), False))
        if tag == "form":
            self._form, self._fields, self._buttons, self._offered = found, [], [], {}
        elif tag == "select":
            self._select, self._options = found.get("name"), []
        elif tag == "option" and self._select is not None:
            self._options.append((found.get("value") or "", "selected" in found))
        elif tag == "textarea":
            self._textarea, self._text = found.get("name"), ""
        elif tag in {"input", "button"}:
            self._input(tag, found)

    def _input(self, tag: str, found: dict[str, str | None]) -> None:
        name, kind = found.get("name"), (found.get("type") or ("submit" if tag == "button" else "text")).lower()
        if not name:
            return
        value = (found.get("value") or ("on" if kind == "checkbox" else "")).encode("utf-8", "surrogatepass")
        if kind == "radio":
            self._offered.setdefault(name, []).append(value)
        if kind in _BUTTONS:
            self._buttons.append((name, value))
        elif kind not in {"checkbox", "radio"} or "checked" in found or not any(n == name for n, _v in self._fields):
            self._fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            self._fields.append((self._textarea, self._text.strip().encode("utf-8", "surrogatepass")))
            self._textarea = None
        elif tag == "select" and self._select is not None:
            self._offered[self._select] = [value.encode("utf-8", "surrogatepass") for value, _is in self._options]
            # A browser sends the first one where none is selected.
            values = [value for value, is_selected in self._options if is_selected]
            values = values or [value for value, _is_selected in self._options[:1]]
            self._fields += [(self._select, value.encode("utf-8", "surrogatepass")) for value in values]
            self._select = None
        elif tag == "form" and self._form is not None:
            self.forms.append(
                Form(
                    self._form.get("action") or "",
                    (self._form.get("method") or "GET").upper(),
                    tuple(self._fields),
                    tuple(self._buttons),
                    self._form.get("enctype") == "multipart/form-data",
                    tuple((name, tuple(values)) for name, values in self._offered.items() if values),
                )
            )
            self._form = None
