"""The outlets of the newsroom: ten invented ones, each shaped like a real kind of site."""

from datetime import timedelta
from html import escape

from scheduler.newsroom.content import Article
from scheduler.newsroom.listing import (
    Counting,
    ListSite,
    Look,
    itemed,
    numbered,
    sectioned,
    slugged,
)
from scheduler.newsroom.newsmap import NewsmapSite
from scheduler.newsroom.outlet import Outlet, Profile, rules
from scheduler.newsroom.refusing import RefusingSite
from scheduler.newsroom.themes import (
    drupal,
    elementor,
    graph,
    house,
    jannah,
    k2,
    sahifa,
    soledad,
    tables,
)
from scheduler.newsroom.wordpress import Habits, WordPress

MINUTE = timedelta(minutes=1)

_OPEN = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"


def outlets() -> list[Outlet]:
    """Return all outlets, with nothing published yet."""
    return [
        _almanara(),
        _barada(),
        _alqalaa(),
        _tadmor(),
        _alyasmin(),
        _alufuq(),
        _alnawaeer(),
        _alsour(),
        _alghouta(),
        _alasi(),
    ]


def _almanara() -> Outlet:
    """Jannah with vocalised headlines, REST open."""
    profile = Profile(
        "almanara",
        "المنارة الإخبارية",
        "خبرٌ تراه كما هو",
        (
            ("الجزيرة السورية", "الجزيرة-السورية"),
            ("محليات", "محليات"),
            ("اقتصاد", "اقتصاد"),
            ("تقارير", "تقارير"),
            ("دولي", "دولي"),
        ),
        first_number=48210,
        robots=_OPEN + "Crawl-delay: 1\n",
    )
    return WordPress(profile, Habits(jannah.article_page, jannah.list_page, plugin=_jetpack))


def _jetpack(outlet: Outlet, article: Article) -> str:
    """Return what a plugin adds to the text in REST: share bar and related articles."""
    others = "".join(
        f'<div class="jp-relatedposts-post"><h4><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h4></div>'
        for one in outlet.related(article, 2)
    )
    return f"""
<div class="sharedaddy sd-sharing-enabled"><div class="robots-nocontent sd-block sd-social"><h3 class="sd-title">شارك هذا الموضوع:</h3>
<div class="sd-content"><ul><li class="share-facebook"><a rel="nofollow" href="{outlet.address(article)}?share=facebook"><span>فيس بوك</span></a></li></ul></div></div></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline"><em>مرتبط</em></h3>{others}</div>"""


def _barada() -> Outlet:
    """Sahifa, an agency: REST closed, the whole text in the feed."""
    profile = Profile(
        "barada",
        "وكالة بردى",
        "وكالة أنباء سورية مستقلة",
        (
            ("سياسة", "politics"),
            ("محافظات", "governorates"),
            ("اقتصاد", "economy"),
            ("طقس", "weather"),
            ("مجتمع", "society"),
        ),
        first_number=2431007,
        robots=_OPEN,
    )
    return WordPress(
        profile,
        Habits(
            sahifa.article_page,
            sahifa.list_page,
            rest=401,
            routes=("wordpress", "feed"),
            permalink="number",
            sitemap="yoast",
            plugin=_read_more,
        ),
    )


def _read_more(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f'\n<p><strong>اقرأ أيضًا: <a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a></strong></p>'


def _alqalaa() -> Outlet:
    """Elementor, a television station: excerpts in the feed, which is cached without validators."""
    profile = Profile(
        "alqalaa",
        "تلفزيون القلعة",
        "من حلب إلى كل سوريا",
        (
            ("حلب", "aleppo"),
            ("سياسي", "siyasi"),
            ("ميداني", "field"),
            ("اقتصاد", "economy"),
            ("منوعات", "misc"),
        ),
        first_number=282100,
        robots=_OPEN,
    )
    return WordPress(
        profile,
        Habits(
            elementor.article_page,
            elementor.list_page,
            rest=403,
            feed="excerpt",
            feed_validators=False,
            routes=("paged feed",),
            extract=rules(theme="elementor", remove=["p.frequency", "p.follow-us"]),
        ),
    )


def _tadmor() -> Outlet:
    """Drupal: list pages counted from 0, addresses without number."""
    profile = Profile(
        "tadmor",
        "شبكة تدمر",
        "سوريا بعيون أهلها",
        (
            ("سوريا", "سوريا"),
            ("سياسة", "سياسة"),
            ("اقتصاد", "اقتصاد"),
            ("لجوء", "لجوء"),
            ("ميداني", "ميداني"),
        ),
        first_number=71840,
        robots="User-agent: *\nDisallow: /core/\nDisallow: /admin/\nDisallow: /search/\n",
    )
    look = Look(
        drupal.article_page,
        drupal.list_page,
        slugged,
        Counting("/latest", "page", first=0, size=8),
        links="div.bs-region--right h2 a",
        article_url="^/[^/]+-[^/]+-[^/]+$",
    )
    return ListSite(profile, look)


def _alyasmin() -> Outlet:
    """An engine of its own: ?page=N from 1, Arabic-Indic dates, no validators, a closed section."""
    profile = Profile(
        "alyasmin",
        "شبكة الياسمين",
        "نبض الشارع السوري",
        (
            ("أخبار سورية", "syria-news"),
            ("تقارير اقتصادية", "economic-reports"),
            ("تقارير ميدانية", "field-reports"),
            ("أرشيف خاص", "private"),
        ),
        first_number=90300,
        robots="User-agent: *\nDisallow: /private/\nDisallow: /login\n",
    )
    look = Look(
        house.article_page,
        house.list_page,
        sectioned,
        Counting("/syria-news", "page"),
        links="div.cat-item h2.item-title a",
        article_url="^/(syria-news|economic-reports|field-reports|private)/.",
        validators=False,
        extract=rules(
            title="h1.item-title",
            body="div.item-text",
            date="span.item-date",
            author="span.item-writer",
            section="ol.breadcrumb li:last-child a",
            remove=["p[style]"],
        ),
    )
    return ListSite(profile, look)


def _alufuq() -> Outlet:
    """A news sitemap and pages that state their facts in a JSON-LD graph."""
    profile = Profile(
        "alufuq",
        "أفق الشام",
        "صحافة تفسّر",
        (
            ("سياسة", "politics"),
            ("اقتصاد", "economy"),
            ("مجتمع", "society"),
            ("ميدان", "field"),
        ),
        first_number=5201600,
    )
    return NewsmapSite(profile, graph.article_page)


def _alnawaeer() -> Outlet:
    """windows-1256 pages which server and page call something else; fresh dates as ages."""
    profile = Profile(
        "alnawaeer",
        "صحيفة النواعير",
        "يومية سياسية مستقلة تصدر من حماة",
        (("محليات", "local"), ("سياسة", "politics"), ("اقتصاد", "economy")),
        first_number=39700,
        robots="User-agent: *\nDisallow: /send/\nDisallow: /admin/\n",
    )
    look = Look(
        tables.article_page,
        tables.list_page,
        numbered,
        Counting("/news/articles/", "page"),
        links="td.news-row h3 a",
        article_url=r"^/news/article/\d+",
        encoding="cp1256",
        section_prefix="/news/section/",
        extract=rules(
            title="div.news-title h1",
            body="div#newsText",
            date="td.t-main > div.date span",
            author="td.t-main > div.date font",
            section="div.path a:last-child",
            remove=["table.inside"],
        ),
        ago=True,
    )
    return ListSite(profile, look)


def _alsour() -> Outlet:
    """Behind a challenge: 403 to every program."""
    profile = Profile(
        "alsour",
        "موقع السور",
        "أخبار الجنوب السوري",
        (("أخبار", "news"),),
        first_number=178700,
    )
    return RefusingSite(profile)


def _alghouta() -> Outlet:
    """Soledad: found by the sitemap, dated by `time[datetime]` alone."""
    profile = Profile(
        "alghouta",
        "مجلة الغوطة",
        "حكايات الناس والمكان",
        (
            ("محليات", "محليات"),
            ("مجتمع", "مجتمع"),
            ("اقتصاد", "اقتصاد"),
            ("رأي", "رأي"),
        ),
        first_number=15020,
        robots=_OPEN,
    )
    return WordPress(
        profile,
        Habits(
            soledad.article_page,
            soledad.list_page,
            rest=403,
            feed="excerpt",
            sitemap="yoast",
            routes=("sitemap",),
        ),
    )


def _alasi() -> Outlet:
    """Joomla K2: ?start=N, months named twice."""
    profile = Profile(
        "alasi",
        "جريدة العاصي",
        "أسبوعية سياسية اجتماعية",
        (("سياسة", "politics"), ("محليات", "local"), ("رأي", "opinion"), ("اقتصاد", "economy")),
        first_number=83300,
        robots="User-agent: *\nDisallow: /administrator/\nDisallow: /cache/\n",
    )
    look = Look(
        k2.article_page,
        k2.list_page,
        itemed,
        Counting("/politics", "start", first=0, step=10),
        links="article.item-view h2.item-title a",
        article_url=r"/item/\d+-",
        tolerance=MINUTE,
    )
    return ListSite(profile, look)
