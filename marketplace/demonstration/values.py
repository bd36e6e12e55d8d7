"""What the examples of the demonstration say of one stand."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """What one stand shows. `topics`, `groups`, `sought` and `offered` are beginnings of the words of the lists."""

    initiative: str
    challenge: str
    approach: str
    results: str
    transferable: str
    seeks: str
    offers: str
    topics: tuple[str, ...]
    groups: tuple[str, ...]
    sought: tuple[str, ...]
    offered: tuple[str, ...]
    evidence: str = "monitored"
    stage: str = "running"
    languages: tuple[str, ...] = ("en",)
    links: tuple[tuple[str, str], ...] = ()
    needs_power: bool = False


@dataclass(frozen=True)
class ExampleCity:
    name: str
    state: str
    population: int
    example: Example
    is_accepted: bool = True
    other_names: str = ""
    coordinates: tuple[str, str] = field(default=("", ""))
