"""Deliveries in any order of claims, answers, crashes, limits and pauses: the rules hold together.

The rules of the domain and of the courier are the real ones; the database is a dictionary, the
vendor a list of effects, and time stands still until a rule moves it.
"""

import itertools
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from app.db.ids import new_id
from app.db.models import Delivery
from app.delivery.attempts import LEASE, Claimed
from app.delivery.deliver import DEADLINE_S, may_repeat, outcome_of
from app.delivery.recovery import MOST_CRASHES
from app.domain.circuit import CLOSED, Circuit, Passage, after, passage, probing
from app.domain.delivery import NEVER_AGAIN, STUCK, UNSETTLED, WAITING, DeliveryKind, DeliveryState
from app.domain.pacing import TICKET_LASTS
from app.domain.repeating import GUARDS, tried_by_hand
from app.ports.errors import OutcomeUnknown, RateLimited, Refused, Transient, VendorError
from tests.properties.simulated import KINDS, LIMIT, MINUTE, START, Bucket, Effect, Try, Vendor

ENDS_IN_A_ROW = st.lists(st.sampled_from(("lost after", "refused", "done")), min_size=3, max_size=5)
A_MOMENT = timedelta(milliseconds=1)
ENDS = ("done", "lost after", "lost before", "unreached", "limited", "refused")


class Deliveries(RuleBasedStateMachine):
    """Any number of workers, one system."""

    effects = Bundle("effects")

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.vendor = Vendor()
        self.bucket = Bucket()
        self.circuit: Circuit = CLOSED
        self.is_paused = False
        self.all: list[Effect] = []
        self.tries: list[Try] = []
        self.numbers = itertools.count(1)
        self.went: list[datetime] = []
        self.lost: set[int] = set()
        self.settled_lost = 0
        self.in_epoch = False
        self.backup: list[Effect] | None = None

    # What may happen ----------------------------------------------------------------------

    @rule(target=effects, kind=st.sampled_from(KINDS))
    def intend(self, kind: DeliveryKind) -> Effect:
        return self._intended(kind)

    def _intended(self, kind: DeliveryKind) -> Effect:
        doubted = DeliveryState.UNCERTAIN if self.in_epoch else DeliveryState.PENDING
        effect = Effect(kind, f"key {len(self.all)}#1", doubted, next_at=self.now)
        self.all.append(effect)
        return effect

    @rule()
    def claim_all(self) -> None:
        """Jobs come for everything that there is, as after an outage."""
        for effect in self.all:
            self.claim(effect)

    @rule(target=effects, kind=st.sampled_from(KINDS), end=st.sampled_from(ENDS))
    def try_at_once(self, kind: DeliveryKind, end: str) -> Effect:
        """A worker takes a new one up and has its answer before anything else happens."""
        effect = self._intended(kind)
        before = len(self.tries)
        self.claim(effect)
        for one in self.tries[before:]:
            self._call(one, end)
            if one.end and not one.is_dead:
                self._settle(one)
        return effect

    @rule(target=effects, kind=st.sampled_from(KINDS), ends=ENDS_IN_A_ROW)
    def try_until_it_is_settled(self, kind: DeliveryKind, ends: list[str]) -> Effect:
        """A system that is well gets one attempt after another, a person behind each refusal."""
        self.is_paused, self.circuit = False, CLOSED
        self.now += A_MOMENT  # it goes down at another instant, should it do so again
        effect = self._intended(kind)
        for end in ends:
            self.try_again_by_hand(effect)
            before = len(self.tries)
            for _ in range(3):  # it may have to come back for its token
                self.now = max(self.now, effect.next_at)
                self.claim(effect)
            for one in self.tries[before:]:
                self._call(one, end)
                self._settle(one)
        return effect

    @rule(target=effects, kind=st.sampled_from(KINDS), end=st.sampled_from(ENDS))
    def wake_up_late(self, kind: DeliveryKind, end: str) -> Effect:
        """A worker is stopped after its call, and settles after its lease was taken back."""
        effect = self._intended(kind)
        before = len(self.tries)
        self.claim(effect)
        late = self.tries[before:]
        for one in late:
            self._call(one, end)
        self.now += LEASE + timedelta(seconds=1)
        self._recover()
        self.claim(effect)
        for one in late:
            if one.end and not one.is_dead:
                self._settle(one)
        return effect

    @rule(number=st.integers(5, 15))
    def wave(self, number: int) -> None:
        """Many fall due at one instant."""
        for _ in range(number):
            self.claim(self._intended(DeliveryKind.CHAT_POST))

    @rule()
    def go_down(self) -> None:
        """The system counts as down, and its first pause is over."""
        if not self.circuit.is_open:
            self.circuit = Circuit(5, self.now, self.now)

    @rule(effect=effects)
    def claim(self, effect: Effect) -> None:
        """A worker's job comes for it, in its time or not."""
        if effect.state not in WAITING:
            return
        may = Passage.WAIT if self.is_paused else passage(self.circuit, real_now=self.now)
        if may is Passage.WAIT:
            effect.held, effect.paced_at = True, None
            return
        if effect.next_at > self.now or not self._has_token(effect):
            return
        if may is Passage.PROBE:
            known, self.circuit = self.circuit, probing(self.circuit, real_now=self.now)
        else:
            known = self.circuit
        self._begin(effect, known, probe=may is Passage.PROBE)

    def _has_token(self, effect: Effect) -> bool:
        if effect.paced_at is not None and self.now - effect.paced_at <= TICKET_LASTS:
            return effect.paced_at <= self.now
        wait = self.bucket.take(self.now)
        effect.paced_at = self.now + wait if wait else None
        if wait is None or wait:
            effect.next_at = self.now + (wait or MINUTE)
            return False
        return True

    def _begin(self, effect: Effect, known: Circuit, *, probe: bool) -> None:
        unsure = effect.state is DeliveryState.UNCERTAIN
        effect.state, effect.token = DeliveryState.SENDING, next(self.numbers)
        effect.lease_until, effect.held, effect.paced_at = self.now + LEASE, False, None
        effect.attempts += 1
        age = self.now - effect.first_at if effect.first_at else None
        effect.first_at = effect.first_at or self.now
        row = Delivery(id=new_id(), kind=str(effect.kind), attempts=effect.attempts)
        claimed = Claimed(row, new_id(), unsure, age, known, probe)
        self.went.append(self.now)
        effect.outcomes.append(None)
        self.tries.append(Try(effect, effect.token, claimed, self.now))

    @precondition(lambda self: any(not one.called and not one.is_dead for one in self.tries))
    @rule(data=st.data(), end=st.sampled_from(ENDS))
    def call(self, data: st.DataObject, end: str) -> None:
        """A worker looks up, and calls, if the delivery is surely still in its hands."""
        waiting = [one for one in self.tries if not one.called and not one.is_dead]
        self._call(data.draw(st.sampled_from(waiting)), end)

    def _call(self, one: Try, end: str) -> None:
        effect, one.called = one.effect, True
        if not self._is_held(one):
            one.is_dead = True  # the gate: the lease is lost, nothing leaves
            return
        if one.claimed.unsure and not may_repeat(one.claimed):
            one.end = "a person's"
            return
        if self._is_found(one):
            one.end = "done"
            return
        one.end = end
        if end in ("done", "lost after"):
            self.vendor.receive(effect)

    def _is_held(self, one: Try) -> bool:
        """Whether the delivery is surely still in this attempt's hands."""
        return one.effect.token == one.token and self.now < one.effect.lease_until

    def _is_found(self, one: Try) -> bool:
        """What the look-up by the marker says, where there is one before this attempt."""
        looked_up = one.claimed.unsure and GUARDS[one.effect.kind].looked_up
        return looked_up and self.vendor.effects[one.effect.name] > 0

    @precondition(lambda self: any(one.end and not one.is_dead for one in self.tries))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """An answer comes, in time or long after another worker has taken over."""
        open_ones = [one for one in self.tries if one.end and not one.is_dead]
        self._settle(data.draw(st.sampled_from(open_ones)))

    def _settle(self, one: Try) -> None:
        self.tries.remove(one)
        effect = one.effect
        if effect.token != one.token:
            return  # fenced
        self.settled_lost += one.token in self.lost
        effect.token, effect.crashes = None, 0
        if one.end in ("done", "a person's"):
            done = one.end == "done"
            effect.state = DeliveryState.DELIVERED if done else DeliveryState.FAILED
            effect.outcomes[-1] = "delivered" if done else "unknown"
            answered: bool | None = True if done else None
        else:
            outcome = outcome_of(FAILURES[one.end], one.claimed)
            effect.state, answered = outcome.state, outcome.answered
            effect.outcomes[-1] = outcome.name
            effect.attempts -= 0 if outcome.counts else 1
            effect.next_at = self.now + (outcome.retry_in or timedelta())
            if outcome.pause is not None:
                self.bucket.drain(self.now, outcome.pause)
        if answered is not None:
            tried = one.claimed.circuit.opened_at if one.claimed.probe else None
            self.circuit = after(self.circuit, answered=answered, tried=tried, real_now=self.now)

    @precondition(lambda self: any(not one.is_dead for one in self.tries))
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """A worker dies, before its call, after it, or with the answer in its hands."""
        alive = [one for one in self.tries if not one.is_dead]
        data.draw(st.sampled_from(alive)).is_dead = True

    @rule(effect=effects)
    def beat(self, effect: Effect) -> None:
        """A worker that lives renews its lease, if it still has it."""
        for one in self.tries:
            if one.effect is effect and self._is_held(one) and not one.is_dead:
                effect.lease_until = self.now + LEASE

    @rule(seconds=st.sampled_from((0.1, 1.0, 3.0, 9.0, 20.0, 70.0, 400.0)))
    def time_passes(self, seconds: float) -> None:
        """Workers give up an attempt at its deadline, and the dead ones' leases run out."""
        self.now += timedelta(seconds=seconds)
        for one in list(self.tries):
            if (self.now - one.begun_at).total_seconds() > DEADLINE_S:
                self.tries.remove(one)
        self._recover()

    def _recover(self) -> None:
        for effect in self.all:
            if effect.state is DeliveryState.SENDING and effect.lease_until < self.now:
                self.lost |= {effect.token} if effect.token else set()
                effect.crashes += 1
                is_poison = effect.crashes >= MOST_CRASHES
                effect.state = DeliveryState.PARKED if is_poison else DeliveryState.UNCERTAIN
                effect.token, effect.next_at = None, self.now

    @rule(effect=effects)
    def try_again_by_hand(self, effect: Effect) -> None:
        """A person has a stuck one tried again; what nobody can look up, they have looked at."""
        if effect.state not in STUCK:
            return
        effect.by_hand += 1
        if effect.kind in NEVER_AGAIN and self.vendor.effects[effect.name]:
            effect.state = DeliveryState.DONE_BY_HAND
            return
        again = tried_by_hand(effect.kind, effect.outcomes, in_epoch=self.in_epoch)
        if again.new_key:
            effect.key = f"{effect.name}#{effect.by_hand + 1}"
        effect.state = DeliveryState.UNCERTAIN if again.unsure else DeliveryState.PENDING
        effect.attempts = effect.crashes = 0
        effect.next_at = self.now

    @rule()
    def back_up(self) -> None:
        """The database is copied as it is."""
        self.backup = deepcopy(self.all)

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        """No worker runs; the copy takes the database's place, and an epoch begins.

        What was intended since is set off again by the same facts, under the same keys. What a
        person decided since is a person's once more: the copy does not know of it.
        """
        assert self.backup is not None
        self.tries.clear()
        self.in_epoch = True
        then = {effect.name: effect for effect in self.backup}
        for effect in self.all:
            before = then.get(effect.name)
            known = before or Effect(effect.kind, f"{effect.name}#1")
            # Also by whoever saw to it after an earlier restore of the same copy.
            decided = effect.by_hand > known.by_hand or (
                effect.state is DeliveryState.DONE_BY_HAND is not known.state
            )
            for name, value in vars(replace(known, outcomes=[*known.outcomes])).items():
                setattr(effect, name, value)
            effect.token, effect.held, effect.paced_at, effect.next_at = None, False, None, self.now
            if decided:
                effect.state = DeliveryState.DONE_BY_HAND
            elif effect.state in UNSETTLED:
                effect.state = DeliveryState.UNCERTAIN

    @rule()
    def end_epoch(self) -> None:
        """The lost time has been caught up with: nothing waits any more that was set off in it."""
        if not any(effect.state in UNSETTLED for effect in self.all):
            self.in_epoch, self.backup = False, None

    @rule()
    def pause(self) -> None:
        self.is_paused = True

    @rule()
    def resume(self) -> None:
        self.is_paused = False

    # What must always hold ----------------------------------------------------------------

    @invariant()
    def nothing_happens_twice(self) -> None:
        assert all(count <= 1 for count in self.vendor.effects.values()), self.vendor.effects

    @invariant()
    def one_at_a_time_tries_a_system_that_is_down(self) -> None:
        """Whoever lost its lease before its call calls nobody, and is no longer one that tries."""
        probes = [
            one
            for one in self.tries
            if one.claimed.probe
            and one.claimed.circuit.opened_at == self.circuit.opened_at
            and not one.is_dead
            and (one.called or self._is_held(one))
        ]
        assert len(probes) <= 1

    @invariant()
    def no_minute_sees_more_calls_than_the_vendor_allows(self) -> None:
        for place, begun in enumerate(self.went):
            within = [at for at in self.went[place:] if at - begun < MINUTE]
            # A promised token may be called for a little later than it was there.
            late = LIMIT.rate * TICKET_LASTS.total_seconds()
            assert len(within) <= LIMIT.tokens + late + 1

    @invariant()
    def nobody_settles_what_is_not_in_its_hands(self) -> None:
        assert self.settled_lost == 0

    @invariant()
    def whoever_says_delivered_is_right(self) -> None:
        for effect in self.all:
            if effect.state is DeliveryState.DELIVERED:
                assert self.vendor.effects[effect.name] == 1

    def teardown(self) -> None:
        """Everything heals: then each effect is there, or is a person's to decide."""
        self.is_paused = False
        for one in self.tries:
            one.is_dead = True
        for _ in range(400 + len(self.all)):  # each round some may go, within the vendor's limit
            self.time_passes(20.0)
            for effect in self.all:
                self.claim(effect)
            for one in [one for one in self.tries if not one.called and not one.is_dead]:
                self._call(one, "done")
                self._settle(one)
            if not any(effect.state in WAITING for effect in self.all):
                break
        settled = {DeliveryState.DELIVERED, DeliveryState.DONE_BY_HAND, *STUCK}
        assert {effect.state for effect in self.all} <= settled
        self.nothing_happens_twice()
        self.whoever_says_delivered_is_right()


FAILURES: dict[str, VendorError] = {
    "lost after": OutcomeUnknown("No answer came."),
    "lost before": OutcomeUnknown("No answer came."),
    "unreached": Transient("It was never reached."),
    "limited": RateLimited("Slow down.", retry_after_s=7.0),
    "refused": Refused("No."),
}

TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
