"""Whether an article is what its capture says: bytes, digests, time, address, text.

Every check is made on what lies on the disk, without network. The text is extracted again from the
bytes; where it comes out otherwise, the verdict says whether the extractor is another one by now.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from scraper import rereading
from scraper.catalogue import Site
from scraper.extraction.errors import NoArticle
from scraper.extraction.identity import extractor
from scraper.items import ArticleItem
from storage import captures
from storage.archive import storable
from storage.captures import Record, Response
from storage.errors import InputError
from storage.fingerprint import digest
from storage.urls import url_key

VERIFIED = "verified"
OTHER_EXTRACTOR = "other_extractor"
FAILED = "failed"


class Shelf(Protocol):
    """Where WARC files lie: a folder, or a package."""

    def open(self, warc: str) -> Any:
        """Open a file to be read from any place; InputError where it is not there."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The WARC files of a folder."""

    path: Path

    def open(self, warc: str) -> Any:
        """Open one; finished or not."""
        return captures.opened(self.path, warc)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be proved: what one version of an article says, and where the proof is."""

    article: int
    version: int
    site: str
    url: str
    headline: str
    body: str
    digest: str
    extractor: str | None
    source: str | None
    keys: frozenset[str]
    capture: Record | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. *ok* is None where it could not be."""

    name: str
    ok: bool | None
    said: str


@dataclass(slots=True)
class Verdict:
    """What came of all checks of one claim."""

    claim: Claim
    checks: list[Check] = field(default_factory=list)
    # What extraction makes of the capture now.
    found: ArticleItem | None = None
    other_extractor: bool = False

    @property
    def outcome(self) -> str:
        """Return `verified`, `other_extractor` or `failed`."""
        wrong = [check.name for check in self.checks if not check.ok]
        if not wrong:
            return VERIFIED
        return OTHER_EXTRACTOR if self.other_extractor and wrong == ["text"] else FAILED

    def as_json(self) -> dict[str, Any]:
        """Return one JSON object."""
        record = self.claim.capture
        return {
            "article": self.claim.article,
            "version": self.claim.version,
            "site": self.claim.site,
            "url": self.claim.url,
            "outcome": self.outcome,
            "capture": None
            if record is None
            else {
                "url": record.url,
                "warc": record.warc,
                "offset": record.offset,
                "sha256": record.sha256,
                "fetched_at": record.fetched_at.isoformat().replace("+00:00", "Z"),
                "status": record.status,
            },
            "extractor": {"kept": self.claim.extractor, "now": self.found and self.found.extractor},
            "checks": {check.name: {"ok": check.ok, "said": check.said} for check in self.checks},
        }


def verify(claim: Claim, shelf: Shelf, sites: Mapping[str, Site]) -> Verdict:
    """Return the verdict on *claim*, read from the WARC files on *shelf*."""
    verdict = Verdict(claim)
    verdict.checks.append(_stored(claim))
    record = claim.capture
    if record is None:
        verdict.checks.append(Check("capture", None, "no capture was kept"))
        return verdict
    if record.dropped_at is not None:
        said = f"its bytes were given up on {record.dropped_at:%Y-%m-%d}"
        verdict.checks.append(Check("capture", None, said))
        return verdict
    response = _read(record, shelf, verdict)
    if response is None:
        return verdict
    verdict.checks += _agreements(record, response)
    verdict.checks += _robots(record, shelf)
    verdict.checks.append(_text(claim, response, sites, verdict))
    return verdict


def lines(verdict: Verdict) -> Iterator[str]:
    """Yield the lines a verdict is shown in."""
    claim = verdict.claim
    yield f"article {claim.article}, version {claim.version}: {verdict.outcome}  {claim.url}"
    for check in verdict.checks:
        state = {True: "ok", False: "WRONG", None: "none"}[check.ok]
        yield f"  {check.name:10} {state:5}  {check.said}"


def site_of(key: str, sites: Mapping[str, Site], url: str) -> Site:
    """Return the site *key* as the catalogue has it, or one without rules."""
    known = sites.get(key)
    if known is not None:
        return known
    return Site.model_construct(key=key, name=key, url=url, hosts=[])


def reread(claim: Claim, response: Response, sites: Mapping[str, Site]) -> ArticleItem:
    """Return what extraction makes of the capture now. Raises NoArticle."""
    site = site_of(claim.site, sites, claim.url)
    identity = partial(url_key, drop=site.drop_params, number=site.number_pattern)
    return rereading.reread(response, site, source=claim.source, keys=claim.keys, identity=identity)


def load(record: Record, shelf: Shelf) -> Response:
    """Return the response of *record*, its body fetched from an earlier one where it is the same.

    Raises InputError where it is not there.
    """
    with shelf.open(record.warc) as file:
        response = captures.response_at(file, record.offset)
    if response.body is not None:
        return response
    if record.original is None:
        raise InputError(f"captures {record.warc}: the record at {record.offset} has no body.")
    with shelf.open(record.original.warc) as file:
        body = captures.response_at(file, record.original.offset).body
    return Response(
        response.url,
        response.fetched_at,
        response.status,
        response.headers,
        body,
        response.refers_to,
    )


def _stored(claim: Claim) -> Check:
    same = digest(claim.headline, claim.body) == claim.digest
    said = f"digest {claim.digest}" if same else "the text in the archive does not fit its digest"
    return Check("archive", same, said)


def _read(record: Record, shelf: Shelf, verdict: Verdict) -> Response | None:
    """Return the response, its bytes checked first; None, and why, where there is none."""
    try:
        with shelf.open(record.warc) as file:
            verdict.checks += _bytes(record, file)
        return load(record, shelf)
    except InputError as error:
        verdict.checks.append(Check("capture", ok=False, said=str(error)))
        return None


def _bytes(record: Record, file: Any) -> Iterator[Check]:
    if record.length is None or record.record_sha256 is None:
        return
    found = captures.digest_on_disk(file, record.offset, record.length)
    where = f"{record.warc}, {record.length} bytes at {record.offset}"
    same = found == record.record_sha256
    yield Check("bytes", same, where if same else f"{where}: they were altered")


def _agreements(record: Record, response: Response) -> Iterator[Check]:
    found = hashlib.sha256(response.body or b"").hexdigest()
    said = f"sha256 {found}"
    same = found == record.sha256
    yield Check("body", same, said if same else f"{said}, not {record.sha256}")
    yield Check("address", response.url == record.url, response.url)
    # Other programs write whole seconds.
    apart = abs((response.fetched_at - record.fetched_at).total_seconds())
    yield Check("time", apart < 1, captures.warc_date(response.fetched_at))
    yield Check("status", response.status == record.status, str(response.status))


def _robots(record: Record, shelf: Shelf) -> Iterator[Check]:
    """Check the answer of robots.txt that allowed the request, byte by byte."""
    verdict = record.robots
    if not verdict or verdict.get("record_sha256") is None:
        return
    proof = Record(
        url="",
        warc=verdict["warc"],
        offset=verdict["offset"],
        sha256=verdict["sha256"],
        fetched_at=record.fetched_at,
        status=verdict["status"],
        length=verdict["length"],
        record_sha256=verdict["record_sha256"],
    )
    try:
        with shelf.open(proof.warc) as file:
            [check] = _bytes(proof, file)
    except InputError as error:
        check = Check("bytes", ok=False, said=str(error))
    yield Check("robots", check.ok, f"{verdict['verdict']}; {check.said}")


def _text(claim: Claim, response: Response, sites: Mapping[str, Site], verdict: Verdict) -> Check:
    now = extractor(site_of(claim.site, sites, claim.url).extract)
    verdict.other_extractor = claim.extractor is not None and claim.extractor != now
    try:
        item = reread(claim, response, sites)
    except NoArticle as error:
        return Check("text", ok=False, said=_differs(f"no article ({error.reason})", claim, now))
    verdict.found = item
    for name, kept, found in (
        ("headline", claim.headline, storable(item.headline)),
        ("body", claim.body, storable(item.body)),
    ):
        if kept != found:
            return Check("text", ok=False, said=_differs(f"another {name}", claim, now))
    return Check("text", ok=True, said=f"the same, read by {now}")


def _differs(what: str, claim: Claim, now: str) -> str:
    if claim.extractor is None:
        return f"{what}; nobody noted which extractor read it"
    if claim.extractor == now:
        return f"{what}, by the same extractor {now}"
    return f"{what}: it was read by extractor {claim.extractor}, this one is {now}"
