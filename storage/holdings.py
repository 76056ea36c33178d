"""Which captures the archive holds."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.capture_json import original_json, original_of
from storage.captures import Original, Record
from storage.models import Capture


def keep(db: Session, record: Record) -> int:
    """Write down *record* and return its number; one REST or feed answer may prove many articles."""
    known = db.scalars(
        select(Capture.id).where(Capture.warc == record.warc, Capture.offset == record.offset)
    ).first()
    if known is not None:
        return known
    original = _standing(db, record)
    row = Capture(
        url=record.url,
        warc=record.warc,
        offset=record.offset,
        sha256=record.sha256,
        fetched_at=record.fetched_at,
        status=record.status,
        length=record.length,
        record_sha256=record.record_sha256,
        redirects=list(record.redirects),
        address=record.address,
        tls=dict(record.tls) if record.tls else None,
        robots=dict(record.robots) if record.robots else None,
        original=original_json(original),
        dropped_at=record.dropped_at,
    )
    db.add(row)
    db.flush()
    return row.id


def _standing(db: Session, record: Record) -> Original | None:
    """Return the earlier record with the body of *record* where it lies now.

    Old captures may be moved between the moment when it was found and this one; locked, it is
    not given up before what refers to it is written, see storage.retention.
    """
    said = record.original
    if said is None:
        return None
    lies = select(Capture.warc, Capture.offset).where(
        Capture.sha256 == record.sha256,
        Capture.url == said.url,
        Capture.fetched_at == said.fetched_at,
        Capture.dropped_at.is_(None),
    )
    place = db.execute(lies.with_for_update(read=True)).first()
    return said if place is None else replace(said, warc=place.warc, offset=place.offset)


def same_body(db: Session, url: str, sha256: str) -> Record | None:
    """Return the newest record of *url* that holds a body of that digest, or None."""
    row = db.scalars(
        select(Capture)
        .where(
            Capture.sha256 == sha256,
            Capture.url == url,
            Capture.original.is_(None),
            Capture.record_sha256.is_not(None),
            Capture.dropped_at.is_(None),
        )
        .order_by(Capture.id.desc())
        .limit(1)
    ).first()
    return record_of(row) if row else None


def record_of(row: Capture) -> Record:
    """Return what *row* says of where a response is kept."""
    return Record(
        url=row.url,
        warc=row.warc,
        offset=row.offset,
        sha256=row.sha256,
        fetched_at=row.fetched_at,
        status=row.status,
        length=row.length,
        record_sha256=row.record_sha256,
        redirects=tuple(row.redirects),
        address=row.address,
        tls=row.tls,
        robots=row.robots,
        original=original_of(row.original),
        dropped_at=row.dropped_at,
    )
