"""Migrations of the archive, run by `storage.database.upgrade`."""
