"""Alias packs: places, factions and persons with their names and spellings."""
