"""Workers in memory whose scheduler does its worst."""

import random
from collections import Counter
from dataclasses import dataclass, field

from dropdecay.cluster.labour import Answer
from dropdecay.cluster.messages import answer_in, answer_to, message_for, unsendable
from dropdecay.cluster.packed import pack, unpack
from dropdecay.cluster.spread import MOST_LOSSES
from dropdecay.cluster.workers import WorkerLost
from dropdecay.engine.machine import machine_fingerprint


@dataclass(eq=False, repr=False)
class Errand:
    message: bytes
    values: list
    answers: list = field(default_factory=list)


class Hostile:
    """They lose work, do it twice, delay and reorder it, tell of it again, and come and go.

    Work is done when it is asked whether it has ended, and all of it is pickled.

    Parameters
    ----------
    seed : int
    most_slots : int
    n_unlike : int
        How many workers would give other numbers.
    """

    def __init__(self, seed, most_slots=2, n_unlike=0):
        self.random, self.most_slots = random.Random(seed), most_slots
        self.unlike = [f"unlike-{number}" for number in range(n_unlike)]
        self.shared, self.told, self.n_lost, self.n_twice = {}, [], Counter(), 0

    def slots(self):
        return self.random.randint(0, self.most_slots)

    def share(self, value):
        try:
            self.shared[len(self.shared)] = pack(value)
        except Exception as error:
            raise unsendable(error) from error
        return len(self.shared) - 1

    def forget(self, shared):
        self.shared[shared] = None

    def submit(self, shared, work):
        return Errand(message_for(work), [self.shared[each] for each in shared])

    def finished(self, tickets, timeout_s):
        chosen = self.random.sample(list(tickets), self.random.randint(0, min(2, len(tickets))))
        for each in chosen:
            twice = self.random.random() < 0.2
            self.n_twice += twice
            for _ in range(1 + twice):
                values = [unpack(value) for value in each.values]
                each.answers.append(answer_to(each.message, lambda _, values=values: values))
        late = self.random.sample(self.told, min(1, len(self.told)))
        self.told += chosen
        return [*chosen, *late]

    def answer(self, ticket):
        if self.random.random() < 0.3 and self.n_lost[ticket.message] < MOST_LOSSES:
            self.n_lost[ticket.message] += 1
            raise WorkerLost("malice")
        if self.unlike and self.random.random() < 0.3:
            foreign = {**machine_fingerprint(), "processor": "m68k"}
            return Answer([], [], foreign, self.random.choice(self.unlike))
        return answer_in(self.random.choice(ticket.answers))

    def leave_out(self, worker):
        self.unlike.remove(worker)
        return True

    def cancel(self, tickets):
        pass

    def close(self):
        self.shared.clear()
