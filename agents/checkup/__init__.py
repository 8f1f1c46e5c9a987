"""Looks at everything Touchline stands on and says what is wrong, each with the next command. Changes nothing."""

from agents.checkup.looks import check_up
from agents.checkup.problem import Area, Problem

__all__ = ["Area", "Problem", "check_up"]
