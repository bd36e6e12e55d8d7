"""Placing meetings, three ways: anew, with all that is placed left alone, and with few changes."""

from meetings.scheduling.bound import upper_bound
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import Index, gaps_in, unchanged_in, value_of
from meetings.scheduling.keeping import locked_in, staying, untouched
from meetings.scheduling.matching import improve
from meetings.scheduling.problem import Problem, Result, Stage
from meetings.scheduling.search import Search
from meetings.scheduling.tables import give_tables, moves_between_tables


def place(problem: Problem, search: Search) -> Result:
    """Place all requests anew; only locked meetings are sure to stay."""
    return _solve(problem, problem, search)


def freeze(problem: Problem, search: Search) -> Result:
    """Move nothing: every meeting that can stay keeps slot and table, the others are fitted in around them."""
    return _solve(problem, locked_in(problem, staying(problem)), search)


def repair(problem: Problem, search: Search) -> Result:
    """Change little: only requests without a place, and meetings that share a person with one of them, may move."""
    return _solve(problem, locked_in(problem, untouched(problem, staying(problem))), search)


def _solve(whole: Problem, problem: Problem, search: Search) -> Result:
    index = Index(problem)
    search.bound, _ = upper_bound(Index(whole))
    placement = improve(place_greedily(index, seed=search.seed), search)
    places = give_tables(index, placement.slot_of)
    stages = (
        Stage("weight", value_of(index, placement.slot_of), proven=False),
        Stage("unchanged", unchanged_in(index, placement.slot_of), proven=False),
        Stage("gaps", gaps_in(index, placement.slot_of), proven=False),
        Stage("tables", moves_between_tables(index, places), proven=False),
    )
    return Result(places, search.bound, stages)
