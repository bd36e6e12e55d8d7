"""A process that writes to or reads from the job queue: `python transport_jobs.py write|read FOLDER NAME COUNT`.

What it did is noted in FOLDER/NAME, a line for each message: by a writer once the message is sent, by a reader once it
has it. A process that is started again after it was killed goes on where its notes end.
"""

import os
import sys
import time
from pathlib import Path

from kombu import Connection, Exchange, Producer, Queue

from config import transport

QUEUE = Queue("jobs", Exchange("jobs"), routing_key="jobs")


def connection(folder: Path) -> Connection:
    transport.register()
    options = {"data_folder_in": str(folder / "messages"), "data_folder_out": str(folder / "messages")}
    return Connection(
        f"{transport.SCHEME}://", transport_options={**options, "control_folder": str(folder / "control")}
    )


def write(folder: Path, name: str, count: int) -> None:
    notes = folder / name
    done = len(notes.read_text().splitlines()) if notes.exists() else 0
    with connection(folder) as broker, notes.open("a") as file:
        producer = Producer(broker.default_channel)
        for number in range(done, count):
            producer.publish(f"{name} {number}", exchange=QUEUE.exchange, routing_key="jobs", declare=[QUEUE])
            file.write(f"{name} {number}\n")
            file.flush()


def read(folder: Path, name: str, _count: int) -> None:
    """Reads until FOLDER/stop exists and nothing is left."""
    with connection(folder) as broker, (folder / name).open("a") as file:
        queue = QUEUE(broker.default_channel)
        queue.declare()
        while True:
            ending = (folder / "stop").exists()
            message = queue.get(no_ack=True)
            if message is not None:
                file.write(f"{message.payload}\n")
                file.flush()
            elif ending:
                return
            else:
                time.sleep(0.01)


if __name__ == "__main__":
    # A notice on standard error would hide what a test looks for there.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
