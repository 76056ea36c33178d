"""The crawl: from a site's routes to articles. An ordinary Scrapy project."""
