"""A program that starts a worker, says its number, and waits to be killed."""

import time

from rnnviz.jobs import Job, Worker
from tests.jobs.counting import count_for_ever

if __name__ == "__main__":
    worker = Worker()
    worker.start(Job(count_for_ever), 1)
    while not worker.poll():
        time.sleep(0.01)
    print(worker.pid, flush=True)
    time.sleep(60)
