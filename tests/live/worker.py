"""A stage as a real process: the demo's own worker."""

from agents.demo.crew import TOUCHLINE, Worker, environment_of

__all__ = ["TOUCHLINE", "Worker", "environment_of"]
