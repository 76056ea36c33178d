"""The canonical form of an address, and the form two addresses are compared by.

`canonical_url` can still be fetched. `url_key` cannot be relied on for that: it is
equal for the addresses under which sites serve one page (www, mobile and AMP hosts,
tracking parameters, every way to write an Arabic slug), and only for those. What
identifies an article is never thrown away: a query parameter goes only when its
name, and where that is not enough its value, says that it does not choose the page.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from posixpath import normpath
from types import MappingProxyType
from unicodedata import normalize
from urllib.parse import SplitResult, quote, quote_plus, unquote_plus, unquote_to_bytes, urlsplit

from w3lib.url import canonicalize_url

# Who sent the reader, never which page is read. A name that some site somewhere uses for the
# article itself (id, sid, cid, newsid, article, source, page, s, v ...) must not be here.
TRACKING = re.compile(
    r"""
    (?: utm | vero | amp_js | amp_gsa | relatedposts )_\w+
    | (?: mtm | pk | piwik | matomo )_(?: campaign | cpn | kwd | keyword | source | medium | content
        | cid | group | placement )
    | hsa_(?: acc | cam | grp | ad | src | tgt | kw | mt | net | ver | la | ol )
    | oly_(?: enc | anon )_id | ns_(?: source | mchannel | campaign | linkname | fee )
    | (?: fb | g | d | tw | tt | y | ms | dc | li_fat_ | sccl | irclick | rdt_c )clid | msclkid
    | (?: gb | wb )raid | gclsrc | srsltid | gad_(?: source | campaignid ) | epik | __cf_chl_\w+
    | igsh(?:id)? | mibextid | fref | fb_(?: ref | source | locale | action_ids | action_types | comment_id )
    | at_(?: medium | campaign | creation | format | variant | general | platform | link | ptr_name
        | link_(?: id | type | origin ) | bbc_team | custom\d+ | (?: campaign | recipient)_\w+ )
    | traffic_source | replytocom | unapproved | moderation-hash | doing_wp_cron | _wpnonce
    | like_comment | mc_[ce]id | _hs(?: enc | mi ) | __hs\w+ | mkt_tok | xtor | wt_mc
    | cmpid | ocid | _g[al] | __twitter_impression | twclid | ref_(?: src | url ) | usqp | spm
    | guc(?: counter | e_referrer(?: _sig )? ) | phpsessid | jsessionid | aspsessionid\w+ | sfnsn
    | non_?amp | noamp | amp_markup
    """,
    re.VERBOSE,
)

# Names that choose another dress of the same page for these values, and may be anything for others.
SWITCHES = {
    "amp": re.compile(r"|1|true|yes|amp"),
    "output": re.compile(r"amp"),
    "outputtype": re.compile(r"|amp|amp-type"),
    "print": re.compile(r"|1|true|yes|print"),
    "share": re.compile(r"|[a-z][a-z-]*"),
    "ref": re.compile(r"|rss|feed|home(?:page)?|facebook|fb|twitter|telegram|whatsapp|share"),
}

# Labels in front of a host that serve the same pages as the host without them.
DRESSES = ("www.", "m.", "mobile.", "amp.")

# What themes and plug-ins hang behind an article's address: its AMP page, its feed of comments.
ENDINGS = re.compile(
    r"(?:/(?:amp|feed(?:/(?:rss2?|atom|rdf))?|embed|trackback|comment-page-\d+))+$"
)
INDEX = re.compile(r"/(?:index|default)\.(?:php|html?|aspx?|jsp)$", re.IGNORECASE)
LANGUAGE = re.compile(r"/(ar|arabic|en|english|fr|tr|turkish|ku|kmr|ckb|ru|es|de|fa|he|zh)(?=/|$)")
AMP_CACHE = re.compile(
    r"https?://(?:[^/]+\.cdn\.ampproject\.org/[a-z]|www\.google\.[a-z.]+/amp)/(s/)?(.+)"
)
SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)

# Hand-pasted links in right-to-left text bring these along, unseen.
AROUND = "".join(map(chr, range(0x21))) + (
    "\u00a0\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)

SAFE = "-._~!$'()*,;=:@&+"

# Second levels under a country, where the registered name is one label further left.
SECOND_LEVELS = frozenset(["ac", "co", "com", "edu", "gov", "info", "mil", "net", "news", "org"])

SECTION = re.compile(
    r"/(?:category|categories|tag|tags|topic|topics|author|section|sections|search|archive|archives"
    r"|cat|page/\d+)(?:/[^/\d]*)*$"
)


def canonical_url(url: str) -> str:
    """Return *url* as it is kept and shown: absolute, escaped one way, and still fetchable.

    - the host is in lower case and ASCII; default ports and user names go, and fragments, unless
      they choose the page, as `#!/news/7` does
    - tracking parameters go, the others are sorted
    - everything not ASCII is percent-encoded as UTF-8, in upper case

    Raises ValueError where it is no address of a web page.

    >>> canonical_url("HTTPS://Example.org:443/%d8%a3?utm_source=rss&id=3#respond")
    'https://example.org/%D8%A3?id=3'
    """
    parts = _split(url)
    query = _choosing(parts.query)
    bare = f"{parts.scheme}://{_netloc(parts)}{parts.path or '/'}"
    return canonicalize_url(f"{bare}?{_join(query)}" if query else bare) + _page_in(parts.fragment)


def url_key(
    url: str,
    *,
    drop: Collection[str] = (),
    number: str | None = None,
    mirrors: Mapping[str, str] = MappingProxyType({}),
) -> str:
    r"""Return what is equal for the addresses of one page, and for no two articles.

    *drop* are query parameters that choose nothing on this site. *number* is a
    pattern whose group is the article's number, for sites that moved their articles
    to other addresses and kept the numbers. *mirrors* are hosts that show the pages
    of another host, such as a staging host: `{"staging.example.org": "example.org"}`.

    Raises ValueError where *url* is no address of a web page.

    >>> url_key("http://www.example.org//news/7/?utm_source=x#comments")
    'https://example.org/news/7'
    >>> url_key("https://example.org/news/7/amp/") == url_key("https://m.example.org/news/7")
    True
    >>> url_key("https://example.org/homs/12/", number=r"/(\d+)/?$")
    'https://example.org/?p=12'
    """
    parts = _split(_behind_cache(url))
    host = _key_host(parts, mirrors)
    path = _key_path(parts.path)
    query = _key_query(parts.query, {name.lower() for name in drop}, at_home=not path)
    key = f"https://{host}{path or '/'}" + (f"?{query}" if query else "")
    key += _page_in(parts.fragment)
    found = _number(number, (canonical_url(url), key)) if number else None
    if found is None:
        return key
    # Sites in several languages count each language for itself. The form is WordPress's own,
    # so that the short link such a site states for an article has the same key.
    language = LANGUAGE.match(path)
    return f"https://{host}{language[0] if language else ''}/?p={found}"


def credible_canonical(page_url: str, stated_url: str) -> bool:
    """Whether the page at *page_url* may be filed under *stated_url*, as it says of itself.

    Not under another registered domain, a home page or a section, nor under an address
    that differs from its own only in the number, the language or a dropped parameter
    that may be the article's: themes and caches state all of these by mistake.

    >>> credible_canonical("https://example.org/?p=12", "https://example.org/a-long-slug/")
    True
    >>> credible_canonical("https://example.org/a-long-slug/", "https://example.org/")
    False
    """
    try:
        page, stated = url_key(page_url), url_key(stated_url)
    except ValueError:
        return False
    if page == stated:
        return True
    page_parts, stated_parts = urlsplit(page), urlsplit(stated)
    return (
        _registered(page_parts.netloc) == _registered(stated_parts.netloc)
        and not _is_section(stated_parts, page_parts)
        and not _is_sibling(page_parts, stated_parts)
        and not _lost_parameter(page_parts, stated_parts)
    )


def _split(url: str) -> SplitResult:
    # A lone surrogate cannot be escaped; a lenient parser upstream may leave one.
    url = url.encode(errors="replace").decode().strip(AROUND)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not the address of a web page: {url[:200]!r}")
    # Browsers and w3lib read a backslash in a path as a slash.
    path = parts.path.replace("\\", "/").rstrip(f"{AROUND};")
    return parts._replace(path=path, query=parts.query.strip(AROUND))


def _behind_cache(url: str) -> str:
    """The publisher's address, where *url* is a copy in an AMP cache."""
    cached = AMP_CACHE.match(url.strip(AROUND))
    return f"http{'s' if cached[1] else ''}://{cached[2]}" if cached else url


def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return normalize("NFC", host).encode("idna").decode()
    except UnicodeError:
        # No name a resolver would take, yet equal hosts still give equal keys.
        return quote(host)


def _netloc(parts: SplitResult) -> str:
    host = _ascii_host(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    # Whatever the scheme: http://example.org:443 is a slip for the other one.
    return host if parts.port in (None, 80, 443) else f"{host}:{parts.port}"


def _key_host(parts: SplitResult, mirrors: Mapping[str, str]) -> str:
    host = _netloc(parts)
    host = mirrors.get(host, host)
    while dress := next((label for label in DRESSES if host.startswith(label)), None):
        if "." not in host.removeprefix(dress):
            break
        host = host.removeprefix(dress)
    return host


def _escape(segment: str) -> str:
    raw = unquote_to_bytes(segment)
    try:
        return quote(normalize("NFC", raw.decode()), safe=SAFE)
    except UnicodeDecodeError:
        # windows-1256 escapes of older sites: no letters are known, the bytes are compared.
        return quote(raw, safe=SAFE)


def _key_path(path: str) -> str:
    """The path without what does not choose the article; empty for the home page."""
    path = "/".join(_escape(segment) for segment in SESSION.sub("", path).split("/"))
    path = normpath("/" + path.strip("/")).rstrip("/")
    path = INDEX.sub("", path)
    if path.startswith("/amp/"):
        path = path.removeprefix("/amp")
    # A feed or AMP page of the whole site is not its home page.
    return ENDINGS.sub("", path) or path


def _page_in(fragment: str) -> str:
    """The fragment, where it chooses the page; the others choose a place in it."""
    if not re.match(r"!?/\S", fragment):
        return ""
    return "#" + "/".join(map(_escape, fragment.rstrip(AROUND).split("/")))


def _pairs(query: str) -> list[tuple[str, str]]:
    """The query's parameters, decoded where they are UTF-8, as they are where they are not."""
    pairs = []
    for part in query.split("&"):
        # An address copied out of HTML has `&amp;` between its parameters.
        name, _, value = part.removeprefix("amp;").partition("=")
        if name:
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _decode(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")


def _join(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(
        f"{_encode(name)}={_encode(value)}" if value else _encode(name) for name, value in pairs
    )


def _encode(text: str) -> str:
    return quote_plus(text, safe="-._~", errors="surrogateescape")


def _is_dress(name: str, value: str) -> bool:
    """Whether a parameter says how or why the page is shown, not which."""
    name, value = name.lower(), value.lower()
    switch = SWITCHES.get(name)
    return bool(TRACKING.fullmatch(name) or (switch and switch.fullmatch(value)))


def _choosing(query: str) -> list[tuple[str, str]]:
    """The parameters that may choose the page."""
    pairs = _pairs(query)
    kept = [pair for pair in pairs if not _is_dress(*pair)]
    # Jetpack's share buttons count with `nb`, which means nothing without them.
    shared = any(pair[0].lower() == "share" and pair not in kept for pair in pairs)
    return [pair for pair in kept if not (shared and pair[0] == "nb")]


def _key_query(query: str, drop: Collection[str], *, at_home: bool) -> str:
    pairs = [
        (normalize("NFC", name), normalize("NFC", value))
        for name, value in _choosing(query)
        if name.lower() not in drop
    ]
    kept = [pair for pair in pairs if pair[0] != "feed"]
    # `/?feed=rss2` is the feed of the site; behind an article it is the feed of its comments.
    return _join(sorted(pairs if at_home and not kept else kept))


def _number(pattern: str, forms: Iterable[str]) -> str | None:
    """The article's number in the first of *forms* that has one."""
    for form in forms:
        found = re.search(pattern, form)
        groups = [group for group in found.groups() if group] if found else []
        if groups:
            return groups[0]
    return None


def _registered(netloc: str) -> str:
    """The registered domain of a host: its last two labels, or three under a country's com."""
    labels = netloc.split(":", maxsplit=1)[0].split(".")
    size = 3 if len(labels) > 2 and labels[-2] in SECOND_LEVELS and len(labels[-1]) == 2 else 2
    return ".".join(labels[-size:])


def _is_section(stated: SplitResult, page: SplitResult) -> bool:
    """Whether the stated address is a home page or a list of articles."""
    path = stated.path.rstrip("/")
    if stated.query:
        return False
    if not path or SECTION.search(path) or LANGUAGE.fullmatch(path):
        return True
    if f"{page.path}/".startswith(f"{path}/") and page.path != path:
        # `/800832` may stand for `/800832/slug`; `/2025/06` and `/politics` are lists.
        return not re.search(r"\d{5}[^/]*$", path)
    return not page.path.endswith(path) and all(_is_word(part) for part in path.split("/")[1:])


def _is_word(segment: str) -> bool:
    """Whether a part of a path names a section: one word, with neither number nor hyphen."""
    return not re.search(r"[\d\-_.]", unquote_to_bytes(segment).decode(errors="replace"))


def _is_sibling(page: SplitResult, stated: SplitResult) -> bool:
    """Whether both look like addresses of two articles in one numbering, or in two languages."""
    page_language, stated_language = LANGUAGE.match(page.path), LANGUAGE.match(stated.path)
    if page_language and stated_language and page_language[1] != stated_language[1]:
        return True
    shapes = {re.sub(r"-?\d+", "", _readable(parts)) for parts in (page, stated)}
    return len(shapes) == 1


def _readable(parts: SplitResult) -> str:
    return unquote_to_bytes(f"{parts.path}?{parts.query}").decode(errors="replace")


def _lost_parameter(page: SplitResult, stated: SplitResult) -> bool:
    """Whether the stated address lacks a parameter that may have chosen the article."""
    if page.path != stated.path:
        return False
    lost = set(_pairs(page.query)) - set(_pairs(stated.query))
    readable = unquote_to_bytes(page.path).decode(errors="replace")
    says_which = bool(re.search(r"\d{4}|(?:[^\W\d]+-){2}", readable))
    return any(
        re.search(r"\d", value) and (not says_which or name.startswith("page"))
        for name, value in lost
    )
