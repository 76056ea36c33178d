"""How many leases a second an archive gives, with fifty thousand sites due: the queue's own limit.

python -m benchmarks.leases [SITES] [SECONDS]

Starts a PostgreSQL of its own, as the tests do; each worker is a process that leases the sites due
longest, as many at once as a worker does, and gives each back, due again in a quarter of an hour.
The processor time of workers and database for a lease says what a machine of one's own would do.
"""

import multiprocessing
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, text

from scraper.worker import LEASED_TOGETHER
from storage import leases
from storage.database import open_archive, session
from storage.models import Site
from tests.postgres import PostgresServer

QUARTER = timedelta(minutes=15)
TICK = os.sysconf("SC_CLK_TCK")


def work(url: str, known: set[str], until: float, number: int) -> tuple[int, float]:
    """Lease and give back until the time is over; return how often, and the CPU seconds of it."""
    began = time.process_time()
    engine = open_archive(url)
    owner, count = f"w{number}", 0
    while time.monotonic() < until:
        with session(engine) as db:
            now = leases.clock(db)
            leased = leases.lease_due(
                db, owner=owner, now=now, seconds=60, among=known, most=LEASED_TOGETHER
            )
        for lease in leased:
            with session(engine) as db:
                leases.release(db, lease, next_due=leases.clock(db) + QUARTER)
        count += len(leased)
    engine.dispose()
    return count, time.process_time() - began


def used_by(server: PostgresServer) -> float:
    """Return the CPU seconds of the server's processes, those that ended among them."""
    pid = int((server.folder / "cluster" / "postmaster.pid").read_text().split()[0])
    seconds = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat.parent.name == str(pid):
            seconds += sum(map(int, told[11:15])) / TICK
        elif told[1] == str(pid):
            seconds += sum(map(int, told[11:13])) / TICK
    return seconds


def main(amount: int, seconds: float) -> None:
    server = PostgresServer()
    server.initialise()
    server.start()
    try:
        url = server.url(server.create())
        engine = open_archive(url, create=True)
        with session(engine) as db:
            keys = [f"s{n:06}" for n in range(amount)]
            db.execute(insert(Site), [{"key": key, "name": "س", "fence": 0} for key in keys])
            # As after hours of polling: no two are due at one moment, and half of them are late.
            db.execute(
                text("UPDATE site SET next_due = now() + (random() - 0.5) * interval '15 minutes'")
            )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE site"))
        engine.dispose()
        known = set(keys)
        needed = amount / QUARTER.total_seconds()
        print(f"{amount} sites every 15 minutes need {needed:.0f} leases a second")
        for workers in (1, 2, 4):
            with multiprocessing.get_context("spawn").Pool(workers) as pool:
                # Started, and their imports done, before the time begins.
                pool.map(abs, range(workers), chunksize=1)
                until = time.monotonic() + seconds
                tasks = [(url, known, until, number) for number in range(workers)]
                before = used_by(server)
                done = pool.starmap(work, tasks, chunksize=1)
            leased = sum(count for count, _ in done)
            rate, share = leased / seconds, 1000 / leased
            print(
                f"{workers} workers: {rate:.0f} leases/s, {rate / needed:.1f} x what is needed; CPU a "
                f"lease: {share * sum(cpu for _, cpu in done):.1f} ms in the workers, "
                f"{share * (used_by(server) - before):.1f} ms in the database"
            )
    finally:
        server.remove()


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 50_000,
        float(sys.argv[2] if len(sys.argv) > 2 else 10),
    )
