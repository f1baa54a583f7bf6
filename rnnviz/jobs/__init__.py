"""Long work in a process of its own: a generator of small results, started, paused, cancelled and asked for news."""

from rnnviz.jobs.job import Batch, Job, run_here
from rnnviz.jobs.worker import Worker

__all__ = ["Batch", "Job", "Worker", "run_here"]
