"""A site that lets no program in: a challenge page, status 403, whatever is asked."""

from html import escape

from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Answer, Ask, Outlet, route


class RefusingSite(Outlet):
    """A site behind a challenge that a program cannot pass and should not try to."""

    open = False

    def path(self, article: Article) -> str:
        return f"/{article.number}/{article.slug}/"

    def routes(self) -> str:
        return route("feed", f"{self.base}/feed/") + route(
            "listing", f"{self.base}/news/page/{{page}}/", links="h3 a", article_url=r"^/\d+/"
        )

    def answer(self, ask: Ask) -> Answer:
        del ask
        headers = {"cf-mitigated": "challenge", "Cache-Control": "private, no-store"}
        return Answer(self._challenge().encode(), status=403, headers=headers)

    def _challenge(self) -> str:
        host = escape(self.base.removeprefix("http://"))
        return f"""<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><meta name="robots" content="noindex,nofollow">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="360"></head>
<body><div class="main-wrapper" role="main"><div class="main-content"><h1 class="zone-name-title h1">{host}</h1>
<h2 id="challenge-running">Checking if the site connection is secure</h2>
<noscript><div class="h2"><span id="challenge-error-text">Enable JavaScript and cookies to continue</span></div></noscript>
<div id="challenge-body-text">{host} needs to review the security of your connection before proceeding.</div>
</div></div></body></html>
"""
