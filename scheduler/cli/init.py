"""`rasid init`: a configuration, a watch list and an archive to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli import output

commands = typer.Typer()

CONFIG = """\
# The configuration of Rasid. Everything has a default; take away what you do not need.
# Paths are relative to this file. RASID_… variables override it: RASID_CRAWL__WORKERS=4.

archive = "sqlite:///rasid.db"      # or postgresql://user@host/db, or env:NAME
captures = "captures/"              # WARC files of what was fetched; "" keeps none
sites = ["sites/"]                  # your own site files, beside or over the shipped ones
watches = "watches.toml"
timezone = "Asia/Damascus"          # for display, digests and quiet hours
contact = ""                        # a page or address of yours; goes into the user agent

[crawl]
workers = 2
only = []                           # site keys; empty: all enabled ones, see `rasid sites list`
recheck_hours = [1, 6, 24, 72]      # after so long an article is looked at again for corrections

[alerts]
max_age_hours = 72                  # an older article is matched and listed, but alerts nobody
copies = "count"                    # or "alert": a syndicated copy alerts again

# Where alerts go: "console", jsonl:FILE, atom:FOLDER, smtp://USER:PASSWORD@HOST:587?to=ADDRESS,
# telegram://TOKEN@CHAT, webhook+https://..., or any address of Apprise (slack, matrix, ...).
# Keep secrets out of this file: url = "env:NAME" reads them from NAME.
# `rasid channel test NAME` sends a sample.
[channels.console]
url = "console"

# [channels.newsroom]
# url = "env:NEWSROOM_URL"
# mode = "instant"                  # or "hourly", "daily 08:00", "weekly sunday 08:00"
# quiet = "23:00-06:00"
"""

WATCHES = """\
# What Rasid watches for. One [[watch]] each; `rasid watch test` runs their own cases,
# `rasid watch explain QUERY TEXT` says why a text does or does not match.

[[watch]]
name = "شرق الفرات"
query = 'شرق الفرات OR "شرق نهر الفرات"'
priority = "high"
[[watch.should_match]]
text = "القوات الروسية تهدد بالانسحاب من شرقِ الفراتِ"
[[watch.should_not_match]]
text = "المشرق والفرات"

[[watch]]
name = "قسد"
query = 'قسد OR "قوات سوريا الديمقراطية"'
[[watch.should_match]]
text = "“قسدَ” تعلن عن اجتماع في الحسكة"
[[watch.should_not_match]]
text = "قسدت الخطة"

[[watch]]
name = "الليرة السورية"
query = 'الليرة السورية'
priority = "low"
"""


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Made when missing.")] = Path(),
) -> None:
    """Write a commented rasid.toml and watches.toml, and create the archive.

    Files that are there already are left as they are.
    """
    import os

    from scheduler.cli.context import archive
    from scheduler.config import FILE, Config

    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / FILE, CONFIG)
    config = Config.load(folder / FILE, os.environ)
    _write(config.watches, WATCHES)
    archive(config, create=True).dispose()
    output.say("the archive is ready; 'rasid run' begins")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        output.say(f"{path}: there already, left as it is")
    else:
        output.say(f"{path}: written")
