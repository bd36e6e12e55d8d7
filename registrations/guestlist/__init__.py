"""The guest list as a file: read, planned as a dry run, applied in one go, exported again.

`columns`, `reading`, `cells`, `membership` and `planning` know nothing of the database.
"""
