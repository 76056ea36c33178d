"""Spiders: one generic spider, and one class of it for each site of the catalogue."""
