"""Sanitized HTML and plain text → Markdown that Jekyll shows as the same characters. Pure.

The web site runs Liquid over the file and kramdown over what comes out of it. So no `{` of anybody's text may stay
one (but in code without a tag of Liquid's), and every sign that kramdown would pair, replace or take for the start of
a block is escaped. What Markdown cannot say in one way only (tables, lists of paragraphs) stays HTML.
"""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from cass_portal.text import clean

VOID = {"br", "hr"}
INLINE = {"a", "abbr", "br", "code", "del", "em", "strong", "sub", "sup"}
KEPT = {"a": ("href", "title"), "abbr": ("title",), "th": ("scope",), "ol": ("start",)}
URL_SIGNS = "/:?#@!,;=+%&-._"
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SPECIAL = re.compile(r"[{}\[\]|<>&\\$~`^]|[*_\"']|-{2,}|\.{2,}")
_START = re.compile(r"(?:[#+\-:=]|\d+(?=\.))")
_FENCE = re.compile(r"^[ ]*(~{3,})", re.MULTILINE)


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)


def to_kramdown(markup: str) -> str:
    """`markup`, which must come from text.sanitize, as blocks of Markdown between empty lines."""
    return "\n".join(_lines_of(_tree(markup)))


def plain(text: str) -> str:
    """A plain text on one line, as a paragraph or behind other text."""
    return _guarded(escaped(text).strip(" "))


def escaped(text: str) -> str:
    """`text` within a paragraph; runs of blanks become one."""
    return _SPECIAL.sub(_escape, _BLANKS.sub(" ", clean(text)))


def link(text: str, url: str, title: str | None = None) -> str:
    """A link; `text` is Markdown already."""
    words = _quoted(title or "").strip(" ").replace("|", "&#124;").replace("\\", "&#92;")
    return f'[{text}]({_address(url)} "{words}")' if words else f"[{text}]({_address(url)})"


def _escape(found: re.Match[str]) -> str:
    signs = found.group()
    if signs == "&":
        return "&amp;"
    if signs == "<":
        return "&lt;"
    if signs == ">":
        return "&gt;"
    if signs[0] in "*_\"'-.":
        return "".join(f"\\{sign}" for sign in signs)
    return f"&#{ord(signs)};"


def _guarded(line: str) -> str:
    """`line` as the first of a block: its beginning is no list, heading or definition."""
    found = _START.match(line)
    if found is None:
        return line
    end = found.end()
    return f"\\{line}" if found.group() in "#+-:=" else f"{line[:end]}\\{line[end:]}"


def _address(url: str) -> str:
    kept = "".join(sign if ord(sign) > 127 else quote(sign, safe=URL_SIGNS) for sign in clean(url))
    return kept.replace("&", "&amp;")


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("body")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(each.tag == tag for each in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def _tree(markup: str) -> Node:
    builder = _Builder()
    builder.feed(markup)
    builder.close()
    return builder.root


def _lines_of(node: Node) -> list[str]:
    """The blocks inside `node`, an empty line between any two."""
    lines: list[str] = []
    before = ""
    for each in _paragraphs(node.children):
        block = _block(each)
        if not block:
            continue
        if lines:
            # Two lists or two quotations in a row would become one; kramdown's “^” keeps them apart.
            lines += ["", "^", ""] if each.tag == before and each.tag in ("ul", "ol", "blockquote") else [""]
        lines += block
        before = each.tag
    return lines


def _paragraphs(children: list[Node | str]) -> list[Node]:
    """`children` as blocks: what stands between blocks becomes a paragraph."""
    found: list[Node] = []
    loose: Node | None = None
    for each in children:
        if isinstance(each, Node) and each.tag not in INLINE:
            found.append(each)
            loose = None
        elif loose is None:
            loose = Node("p", children=[each])
            found.append(loose)
        else:
            loose.children.append(each)
    return found


def _block(node: Node) -> list[str]:
    if node.tag == "p" and _is_inline(node):
        text = _inline(node.children).strip(" ")
        return [_guarded(text)] if text else []
    if node.tag in ("h2", "h3", "h4") and _is_inline(node):
        text = _inline(node.children).strip(" ")
        return [f"{'#' * int(node.tag[1])} {re.sub(r'(#+)$', _escape_run, text)}"] if text else []
    if node.tag == "pre":
        return _code_block(node)
    if node.tag == "blockquote" and node.children:
        return [f"> {line}".rstrip() for line in _lines_of(node)]
    if node.tag in ("ul", "ol") and _is_plain_list(node):
        return _list(node)
    return [_html(node)] if node.tag == "hr" or _words(node).strip() else []


def _escape_run(found: re.Match[str]) -> str:
    return "".join(f"\\{sign}" for sign in found.group())


def _is_inline(node: Node) -> bool:
    return all(isinstance(each, str) or (each.tag in INLINE and _is_inline(each)) for each in node.children)


def _is_plain_list(node: Node) -> bool:
    """Each item is one line, and further such lists after it: what every Markdown reads in the same way."""
    if "start" in node.attributes and node.attributes["start"] != "1":
        return False
    items = [each for each in node.children if isinstance(each, Node) or each.strip()]
    return bool(items) and all(isinstance(each, Node) and _is_plain_item(each) for each in items)


def _is_plain_item(item: Node) -> bool:
    head, lists = _parted(item)
    return (
        item.tag == "li"
        and bool(_inline(head).strip(" "))
        and _is_inline(Node("li", children=head))
        and all(
            isinstance(each, Node) and each.tag in ("ul", "ol") and _is_plain_list(each) for each in lists
        )
    )


def _parted(item: Node) -> tuple[list[Node | str], list[Node | str]]:
    """The item's own line, and what comes from its first list on."""
    place = next(
        (i for i, each in enumerate(item.children) if isinstance(each, Node) and each.tag in ("ul", "ol")),
        len(item.children),
    )
    rest = [each for each in item.children[place:] if isinstance(each, Node) or each.strip()]
    return item.children[:place], rest


def _list(node: Node) -> list[str]:
    lines = []
    for number, item in enumerate((each for each in node.children if isinstance(each, Node)), start=1):
        mark = "* " if node.tag == "ul" else f"{number}. "
        head, lists = _parted(item)
        lines.append(mark + _guarded(_inline(head).strip(" ")))
        for each in lists:
            if isinstance(each, Node):
                lines += [" " * len(mark) + line for line in _list(each)]
    return lines


def _code_block(node: Node) -> list[str]:
    """Fenced, but for code that Liquid would run: that is HTML, with its braces written as numbers."""
    text = clean(_words(node)).removesuffix("\n")
    if "{{" in text or "{%" in text or not text.strip() or text != text.strip("\n"):
        return _html(node).split("\n")
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "~" * (longest + 1)
    return [fence, *text.split("\n"), fence]


def _inline(children: list[Node | str]) -> str:
    done = ""
    for each in children:
        piece = escaped(each) if isinstance(each, str) else _span(each, behind=done)
        done = done + (piece.lstrip(" ") if done.endswith((" ", "<br />")) else piece)
    return done


def _span(node: Node, *, behind: str) -> str:
    if node.tag == "br":
        return "<br />"
    if node.tag == "code":
        return _code(_BLANKS.sub(" ", clean(_words(node))))
    inner = _inline(node.children)
    if not inner.strip(" "):
        return inner
    if node.tag == "a":
        url = node.attributes.get("href")
        return link(inner, url, node.attributes.get("title")) if url else inner
    mark = {"em": "*", "strong": "**"}.get(node.tag)
    if mark and re.fullmatch(r"\w(?:[^*<]*\w)?", inner) and not behind.endswith(("*", "\\")):
        return f"{mark}{inner}{mark}"
    return f"{_start_tag(node)}{inner}</{node.tag}>"


def _code(text: str) -> str:
    if re.fullmatch(r"[^`{}|\s](?:[^`{}|]*[^`{}|\s])?", text):
        return f"`{text}`"
    return f"<code>{_html_text(text)}</code>" if text else ""


def _html(node: Node) -> str:
    """The node as HTML that stays as it is: kramdown does not look for Markdown inside."""
    if node.tag in VOID:
        return f"<{node.tag} />"
    keeps_lines = node.tag == "pre"
    inner = "".join(
        _html(each)
        if isinstance(each, Node) and not keeps_lines
        else _html_words(each, keeps_lines=keeps_lines)
        for each in node.children
    )
    return f"{_start_tag(node)}{inner}</{node.tag}>"


def _html_words(child: "Node | str", *, keeps_lines: bool) -> str:
    text = child if isinstance(child, str) else _words(child)
    text = clean(text) if keeps_lines else _BLANKS.sub(" ", clean(text))
    shown = _html_text(text)
    return f"<code>{shown}</code>" if isinstance(child, Node) else shown


def _html_text(text: str) -> str:
    return html.escape(text, quote=False).replace("{", "&#123;").replace("}", "&#125;")


def _quoted(text: str) -> str:
    return _html_text(_BLANKS.sub(" ", clean(text))).replace('"', "&quot;")


def _start_tag(node: Node) -> str:
    kept = [(name, node.attributes[name]) for name in KEPT.get(node.tag, ()) if name in node.attributes]
    written = "".join(
        f' {name}="{_address(value) if name == "href" else _quoted(value)}"' for name, value in kept
    )
    return f"<{node.tag}{written}>"


def _words(node: Node) -> str:
    return "".join(each if isinstance(each, str) else _words(each) for each in node.children)
