"""An independent look at a placement: it shares no code with what searches."""

from collections import Counter

from meetings.scheduling.problem import Place, Problem


def faults(problem: Problem, placed: dict[int, Place]) -> list[str]:  # noqa: PLR0912 - a list of rules
    """What is wrong with the placement, a sentence each; an empty list is a clean one."""
    found = []
    persons = {person.id: person for person in problem.persons}
    requests = {request.id: request for request in problem.requests}
    seats: Counter[tuple[int, int]] = Counter()
    tables: Counter[Place] = Counter(placed.values())
    for number, place in placed.items():
        request = requests.get(number)
        if request is None:
            found.append(f"Request {number} is placed and was never made.")
            continue
        if not 0 <= place.slot < len(problem.tables) or place.table not in problem.tables[place.slot]:
            found.append(f"Request {number} is at a table that is not there: {place}.")
        if request.allowed is not None and place.slot not in request.allowed:
            found.append(f"Request {number} is in slot {place.slot}, on which they did not agree.")
        for who in (request.first, request.second):
            seats[who, place.slot] += 1
            if place.slot not in persons[who].free:
                found.append(f"Person {who} is not free in slot {place.slot}.")
    found += [f"Person {who} has {count} meetings in slot {slot}." for (who, slot), count in seats.items() if count > 1]
    found += [f"{count} meetings at {place}." for place, count in tables.items() if count > 1]
    for request in problem.requests:
        if request.locked and placed.get(request.id) != request.previous:
            found.append(f"Request {request.id} is locked and did not stay.")
    slots_of: dict[int, list[int]] = {person.id: [] for person in problem.persons}
    for who, slot in seats.elements():
        slots_of[who].append(slot)
    for person in problem.persons:
        mine = slots_of[person.id]
        if person.cap is not None and len(mine) > person.cap:
            found.append(f"Person {person.id} has {len(mine)} meetings, more than {person.cap}.")
        for slots in problem.breaks:
            count = sum(slot in slots for slot in mine)
            if person.cap_per_break is not None and count > person.cap_per_break:
                found.append(f"Person {person.id} has {count} meetings in a break, more than {person.cap_per_break}.")
    return found
