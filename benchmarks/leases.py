"""How many leases a second an archive gives, with fifty thousand sites due: the queue's own limit.

python -m benchmarks.leases [SITES] [SECONDS]

Starts a PostgreSQL of its own, as the tests do; each worker is a thread with its own connection,
that leases the site due longest and gives it back, due again in a quarter of an hour.
"""

import sys
import threading
import time
from datetime import timedelta

from sqlalchemy import text

from storage import leases, sites
from storage.database import open_archive, session
from tests.postgres import PostgresServer

QUARTER = timedelta(minutes=15)


def work(url: str, known: set[str], until: float, counts: list[int], number: int) -> None:
    """Lease and give back until the time is over."""
    engine = open_archive(url)
    while time.monotonic() < until:
        with session(engine) as db:
            now = leases.clock(db)
            lease = leases.lease_due(db, owner=f"w{number}", now=now, seconds=60, among=known)
        if lease is None:
            continue
        with session(engine) as db:
            leases.release(db, lease, next_due=leases.clock(db) + QUARTER)
        counts[number] += 1
    engine.dispose()


def main(amount: int, seconds: float) -> None:
    server = PostgresServer()
    server.initialise()
    server.start()
    try:
        url = server.url(server.create())
        engine = open_archive(url, create=True)
        with session(engine) as db:
            listed = [
                sites.Listed(f"s{n:06}", "س", enabled=True, interval=QUARTER) for n in range(amount)
            ]
            sites.register(db, listed, now=leases.clock(db))
        with session(engine) as db:
            # As after hours of polling: no two are due at one moment, and half of them are late.
            db.execute(
                text("UPDATE site SET next_due = now() + (random() - 0.5) * interval '15 minutes'")
            )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE site"))
        engine.dispose()
        known = {site.key for site in listed}
        needed = amount / QUARTER.total_seconds()
        print(f"{amount} sites every 15 minutes need {needed:.0f} leases a second")
        for workers in (1, 2, 4):
            counts = [0] * workers
            until = time.monotonic() + seconds
            threads = [
                threading.Thread(target=work, args=(url, known, until, counts, number))
                for number in range(workers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rate = sum(counts) / seconds
            print(f"{workers} workers: {rate:.0f} leases/s, {rate / needed:.1f} x what is needed")
    finally:
        server.remove()


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 50_000,
        float(sys.argv[2] if len(sys.argv) > 2 else 10),
    )
