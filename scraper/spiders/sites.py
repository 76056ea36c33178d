"""One spider for each site of the catalogue, for `scrapy list` and `scrapy crawl KEY`.

Folders named in RASID_SITES (separated as in PATH) are read beside the shipped ones.
"""

import os
from pathlib import Path

from scraper import catalogue
from scraper.spiders.base import spider_class

FOLDERS = [Path(folder) for folder in os.environ.get("RASID_SITES", "").split(os.pathsep) if folder]

# Scrapy finds spiders among the names of the modules in SPIDER_MODULES, and takes only
# classes that say they were defined there.
for _site in catalogue.load(FOLDERS).values():
    _class = spider_class(_site)
    _class.__module__ = __name__
    globals()[_class.__name__] = _class
del _class, _site
