"""A wire of made-up news for tests of clusters: stories, copies of them, and moulds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storage.archive import keep
from storage.database import reading
from storage.models import Article, Cluster, Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

AGENCY = (
    "أعلنت مديرية الصحة في الرقة وصول قافلة مساعدات طبية إلى المشفى الوطني تضم أدوية ومستلزمات"
    " جراحية وأجهزة غسيل كلى مقدمة من منظمة الصحة العالمية، وقال مدير الصحة إن القافلة ستوزع على"
    " المراكز الصحية في أرياف المحافظة وفق خطة تراعي عدد السكان والنازحين في كل منطقة، مشيرا إلى"
    " أن الاحتياجات ما تزال كبيرة في ظل نقص الكوادر وتضرر الأبنية."
)
HEADLINE = "قافلة مساعدات طبية تصل إلى مشفى الرقة الوطني"
OTHER = (
    "خسر فريق الكرامة أمام ضيفه تشرين بهدف دون رد في المباراة التي جمعتهما على ملعب خالد بن الوليد"
    " ضمن الجولة الخامسة من الدوري الممتاز لكرة القدم وسط حضور جماهيري كبير من أنصار الفريقين."
)


@dataclass
class Page:
    site: str
    headline: str
    body: str
    published_at: datetime | None = NOW
    number: int = 1
    canonical_url: str | None = None
    aliases: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str | None = "ar"
    modified_at: datetime | None = None
    published_raw: str | None = None
    date_source: str | None = None
    provenance: dict[str, str] = field(default_factory=dict)
    extractor: str | None = None

    @property
    def url(self) -> str:
        return f"https://{self.site}.example/{self.number}"


def add_sites(db: Session) -> None:
    db.add_all(Site(key=key, name=key) for key in ("sana", "enab", "npa", "zaman"))
    db.flush()


def write(db: Session, page: Page, now: datetime = NOW) -> Article:
    article = db.get(Article, keep(db, page, now=now).article_id)
    assert article is not None
    return article


def sizes(db: Session) -> list[int]:
    """The sizes of all clusters, each checked against its articles."""
    counted = dict(
        map(
            tuple,
            db.execute(select(Article.cluster_id, func.count()).group_by(Article.cluster_id)),
        )
    )
    stated = dict(map(tuple, db.execute(select(Cluster.id, Cluster.size))))
    assert stated == counted
    return sorted(stated.values())


OUTLETS = ("sana", "enab", "npa", "zaman")


def story(number: int, outlet: str) -> Page:
    """One outlet's edition of one of the stories, which share no word sequence."""
    text = " ".join(f"كلمة{letters(number)}{letters(place)}" for place in range(30))
    return Page(outlet, f"خبر {text[:40]}", f"{outlet} – {text}", number=number)


def letters(number: int) -> str:
    return "".join("ابتثجحخدذر"[int(digit)] for digit in f"{number:03}")


def chronicle() -> list[Page]:
    """Ten days of four outlets: copies, retold and cut, and moulds filled anew each day."""
    pages = []
    for day in range(10):
        then = NOW - (100 - day) * DAY
        for place, outlet in enumerate(OUTLETS):
            page = story(day, outlet)
            cut = page.body[: 260 - 40 * place]
            moment = then + place * 7 * HOUR
            pages.append(Page(outlet, page.headline, cut, moment, number=2 * day))
            bulletin = f"طقس اليوم: العظمى {10 + day} والصغرى {day} والرياح {3 * day}. {AGENCY}"
            pages.append(Page(outlet, "حالة الطقس", bulletin, moment, number=2 * day + 1))
    return sorted(pages, key=lambda page: page.published_at)


def partition(engine: Engine) -> set[frozenset[str]]:
    clusters: dict[int, set[str]] = {}
    with reading(engine) as db:
        for cluster_id, url in db.execute(select(Article.cluster_id, Article.url)):
            clusters.setdefault(cluster_id, set()).add(url)
    return {frozenset(urls) for urls in clusters.values()}
