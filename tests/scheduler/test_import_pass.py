import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from scheduler import imports
from scheduler.foreign import Catalogue
from scheduler.imports import Import
from scraper.catalogue import shipped
from storage import queries
from storage.archive import keep
from storage.captures import Record
from storage.database import open_archive, reading, session
from storage.errors import DiskFull, InputError
from storage.export import jsonl
from storage.models import Alias, Article, Capture, Cluster, Site, Version

CORPORA = Path(__file__).parents[2] / "../shared/data/corpora"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Long enough to be told apart from others, and from itself after a few edits.
BODY = (
    "قالت مصادر محلية في ريف دير الزور إن رتلاً عسكرياً وصل صباح اليوم إلى القاعدة القريبة من حقل "
    "العمر النفطي قادماً من الحدود العراقية، وضم الرتل عشرين شاحنة محملة بالمعدات اللوجستية ومواد "
    "البناء ترافقها مدرعات، وهو الثالث من نوعه منذ بداية الشهر الجاري بحسب المصادر نفسها."
)


def clock():
    return NOW


def run(engine, *paths, **options):
    options = {"catalogue": Catalogue(), "clock": clock, "timezone": "Asia/Damascus"} | options
    return Import(engine, **options).run(paths)


def written(tmp_path, *records, name="news.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records))
    return path


def record(number, **fields):
    return {
        "url": f"https://example.org/{number}",
        "title": f"خبر {number}",
        "text": f"نص الخبر رقم {number}",
        **fields,
    }


def articles(engine):
    with reading(engine) as db:
        return list(db.scalars(select(Article).order_by(Article.id)))


def exported(engine, path):
    with reading(engine) as db, path.open("wb") as out:
        list(jsonl.write(db, queries.every(db, queries.Selection()), out))
    return path


def test_articles_are_kept_in_order_of_publication_whatever_their_order_in_the_files(
    archive, tmp_path
):
    first = written(
        tmp_path, record(1, date="2024-01-03"), record(2), record(3, date="2024-01-01"), name="a"
    )
    second = written(tmp_path, record(4, date="2024-01-02"), name="b")

    run(archive, first, second)

    assert [article.url[-1] for article in articles(archive)] == ["3", "4", "1", "2"]


def test_the_first_published_is_the_original_and_the_later_one_its_copy(archive, tmp_path):
    path = written(
        tmp_path,
        record(1, text=BODY, title="رتل جديد", date="2024-01-02T10:00:00Z"),
        record(2, text=BODY, title="رتل جديد", date="2024-01-02T08:00:00Z", source="b"),
    )

    run(archive, path)
    original, copy = articles(archive)

    assert (original.url[-1], copy.relation, copy.related_to) == ("2", "exact", original.id)
    assert copy.cluster_id == original.cluster_id


def test_every_record_is_accounted_for(archive, tmp_path):
    path = written(
        tmp_path,
        record(1),
        record(1),
        record(1, text="غير ذلك"),
        {"title": ""},
        [1],
        record(2),
    )
    with path.open("a") as file:
        file.write('{"title": \n')

    ledger = run(archive, path)

    assert ledger.as_json() == {
        "seen": 7,
        "kept": 3,
        "new": 2,
        "revised": 1,
        "unchanged": 1,
        "refused": {"bad_json": 1, "no_object": 1, "no_text": 1},
        "versions": 3,
        "sites": ["example.org"],
    }
    assert ledger.closes
    assert list(imports.examples(ledger)) == [
        "refused 1 (bad_json): news.jsonl:7",
        "refused 1 (no_object): news.jsonl:5",
        "refused 1 (no_text): news.jsonl:4",
    ]


def test_importing_the_same_files_again_changes_nothing(archive, tmp_path):
    path = written(tmp_path, record(1), record(1, text="مصحّح"), record(2), {"text": BODY, "id": 5})
    run(archive, path)
    before = exported(archive, tmp_path / "before").read_bytes()

    ledger = run(archive, path, clock=lambda: NOW + timedelta(days=1))

    assert (ledger.kept, ledger.outcomes["unchanged"], ledger.refused.total()) == (0, 4, 0)
    after = [
        json.loads(line) for line in exported(archive, tmp_path / "after").read_bytes().splitlines()
    ]
    expected = [json.loads(line) for line in before.splitlines()]
    for one in [*after, *expected]:
        del one["last_seen_at"]
    assert after == expected


def test_an_older_text_does_not_replace_a_newer_one(archive, tmp_path):
    run(archive, written(tmp_path, record(1, text="جديد", updated="2024-01-03T00:00:00Z")))

    ledger = run(archive, written(tmp_path, record(1, text="قديم", updated="2024-01-01T00:00:00Z")))

    assert dict(ledger.refused) == {"older_than_known": 1}
    assert articles(archive)[0].version_number == 1


def test_what_comes_in_alerts_nobody_unless_it_is_asked_to(archive, tmp_path):
    run(archive, written(tmp_path, record(1)))
    run(archive, written(tmp_path, record(2)), alerting=True)

    with reading(archive) as db:
        assert list(db.scalars(select(Version.alerting).order_by(Version.id))) == [False, True]
        assert set(db.scalars(select(Version.matched_at))) == {None}


def test_an_unknown_site_is_an_imported_one_that_is_never_polled(archive, tmp_path):
    path = written(tmp_path, record(1), record(2, url="https://www.enabbaladi.net/archives/2"))

    run(archive, path, catalogue=Catalogue(shipped()))

    with reading(archive) as db:
        sites = {site.key: site for site in db.scalars(select(Site))}
    assert set(sites) == {"example.org", "enabbaladi"}
    assert all(site.imported and not site.enabled for site in sites.values())
    assert sites["enabbaladi"].name == shipped()["enabbaladi"].name


def test_an_article_without_address_is_known_again(archive, tmp_path):
    path = written(tmp_path, {"text": BODY, "id": "a1"}, name="dump.jsonl")

    run(archive, path)
    ledger = run(archive, path)

    assert articles(archive)[0].url_key == "import:dump/a1"
    assert ledger.outcomes["unchanged"] == 1


def test_one_record_the_database_refuses_takes_no_other_with_it(archive, tmp_path, monkeypatch):
    def refuse(db, page, **options):
        if page.headline == "خبر 2":
            raise ValueError("no")
        return keep(db, page, **options)

    monkeypatch.setattr(imports.archive, "keep", refuse)

    ledger = run(archive, written(tmp_path, *[record(number) for number in range(5)]))

    assert (ledger.kept, dict(ledger.refused)) == (4, {"not_storable": 1})
    assert ledger.closes


def test_a_full_disk_stops_an_import_and_leaves_what_was_kept(
    sqlite_archive, tmp_path, monkeypatch
):
    monkeypatch.setattr(imports, "BATCH", 3)
    with sqlite_archive.connect() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {used + 40}")

    event.listen(sqlite_archive, "connect", limit)
    sqlite_archive.dispose()
    records = [record(number, text=f"{BODY} {number} {'حرف ' * 3000}") for number in range(30)]

    with pytest.raises(DiskFull):
        run(sqlite_archive, written(tmp_path, *records))

    assert 0 < len(articles(sqlite_archive)) < 30
    assert len(articles(sqlite_archive)) % 3 == 0


def test_signs_a_database_cannot_hold_do_not_stop_an_import(archive, tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text(
        '{"title": "a\\u0000b", "text": "x\\ud800y", "id": "\\ud800", "author": "\\u0000"}'
    )

    ledger = run(archive, path)

    assert (ledger.kept, ledger.refused.total()) == (1, 0)
    assert articles(archive)[0].headline == "ab"


def test_an_answer_of_an_api_is_the_list_in_it(archive, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"total": 2, "articles": [record(1), {}, record(2)]}, indent=1))

    ledger = run(archive, path)

    assert (ledger.seen, ledger.kept, dict(ledger.refused)) == (3, 2, {"no_text": 1})
    assert list(imports.examples(ledger)) == ["refused 1 (no_text): answer.json:1[1]"]


def test_a_file_that_cannot_be_read_stops_the_import_before_anything_is_kept(archive, tmp_path):
    with pytest.raises(InputError):
        run(archive, written(tmp_path, record(1)), tmp_path / "absent")

    assert articles(archive) == []


def _history(engine):
    """An archive as crawls leave it: revisions, a reversion, copies, captures, aliases."""
    from scraper.items import ArticleItem

    def said(number, headline, body, minutes, **fields):
        page = ArticleItem(
            site=fields.pop("site", "a"),
            url=fields.pop("url", f"https://a.example.org/{number}"),
            headline=headline,
            body=body,
            provenance={"headline": "json-ld"},
            **fields,
        )
        capture = Record(page.url, "a.warc.gz", minutes, "0" * 64, NOW, 200)
        with session(engine) as db:
            if db.get(Site, page.site) is None:
                db.add(Site(key=page.site, name=page.site))
                db.flush()
            moment = NOW + timedelta(minutes=minutes)
            keep(db, page, now=moment, capture=lambda: capture if minutes % 2 else None)

    said(1, "رتل جديد", BODY, 1, authors=["أ"], tags=["ب"], language="ar", section="ج")
    said(2, "رتل جديد", BODY, 3, site="b", url="https://b.example.org/2?utm_source=x")
    said(3, "قصير", "نص", 5, published_at=NOW, published_raw="اليوم", date_source="meta")
    said(1, "رتل جديد (تصحيح)", BODY + " وأضافت.", 7, modified_at=NOW)
    said(3, "قصير", "نص آخر", 9, aliases=["https://a.example.org/?p=3"])
    said(3, "قصير", "نص", 11)
    said(3, "قصير", "نص", 13, modified_at=NOW + timedelta(minutes=13))
    said(2, "رتل جديد", BODY, 15, site="b", url="https://b.example.org/2")


def _tables(engine):
    """Everything an archive says; of ids only those of clusters are its own business."""
    with reading(engine) as db:
        leaders = {row.id: row.representative_id for row in db.scalars(select(Cluster))}
        tables = {
            kind.__name__: [
                {
                    name: getattr(row, name)
                    for name in kind.__table__.columns.keys()  # noqa: SIM118 - a column collection yields columns
                    if name not in skip
                }
                for row in db.scalars(select(kind).order_by(*kind.__table__.primary_key))
            ]
            for kind, skip in (
                (Article, ()),
                (Version, ("alerting", "matched_at", "capture_id")),
                (Capture, ("id",)),
                (Cluster, ("id",)),
                (Alias, ()),
            )
        }
    for row in tables["Article"]:
        row["cluster_id"] = leaders[row["cluster_id"]]
    return tables


def test_an_export_imports_to_an_identical_archive(archive, tmp_path):
    _history(archive)
    path = exported(archive, tmp_path / "first.jsonl")
    copy = open_archive(f"sqlite:///{tmp_path / 'copy.db'}", create=True)

    ledger = run(copy, path)

    assert (ledger.seen, ledger.kept, ledger.versions, ledger.closes) == (3, 3, 6, True)
    assert _tables(copy) == _tables(archive)
    second = exported(copy, tmp_path / "second.jsonl").read_text()
    for one, other in zip(second.splitlines(), path.read_text().splitlines(), strict=True):
        # A sequence of PostgreSQL leaves gaps, SQLite leaves none.
        assert {**json.loads(one), "cluster": 0} == {**json.loads(other), "cluster": 0}
    copy.dispose()


def test_an_export_imports_into_its_own_archive_without_a_trace(archive, tmp_path):
    _history(archive)
    before = _tables(archive)

    ledger = run(archive, exported(archive, tmp_path / "own.jsonl"))

    assert (ledger.kept, ledger.outcomes["unchanged"], ledger.refused.total()) == (0, 3, 0)
    assert _tables(archive) == before


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
def test_a_real_corpus_goes_in_out_and_in_again(sqlite_archive, tmp_path):
    source = CORPORA / "khaleej_politics_syria.jsonl.gz"
    half = tmp_path / "part.jsonl"
    half.write_bytes(b"".join(gzip.decompress(source.read_bytes()).splitlines(True)[:150]))
    ledger = run(sqlite_archive, half)
    path = exported(sqlite_archive, tmp_path / "first.jsonl")
    copy = open_archive(f"sqlite:///{tmp_path / 'copy.db'}", create=True)
    run(copy, path)

    assert ledger.kept + ledger.outcomes["unchanged"] == 150
    assert exported(copy, tmp_path / "second.jsonl").read_bytes() == path.read_bytes()
    copy.dispose()
