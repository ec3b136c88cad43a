"""The shape of `policies/*.yaml`, and the pricing policies made of them."""

from itertools import pairwise

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document, Path
from app.catalog.shapes import Amount, CurrencyCode, FileKey, Flag, Key, Line, Shape, Whole
from app.domain.errors import Invalid
from app.domain.money import Money, exponent
from app.domain.tiers.policy import (
    Block,
    BlockPricing,
    Cap,
    HandOff,
    Pricing,
    SeatPricing,
    SeatRate,
    TierPolicy,
)


class BlockShape(Shape):
    """A block of users and its price."""

    users: Whole
    price: Amount


class CapShape(Shape):
    """The highest price there is."""

    bands: Whole
    serves_up_to: Whole


class HandOffShape(Shape):
    """From where on a person prices."""

    beyond: Whole
    to: Line


class RateShape(Shape):
    """What each seat of a stretch costs."""

    from_: Whole = Field(alias="from")
    to: Whole | None = None
    each: Amount


class PricingShape(Shape):
    """One pricing: by blocks from the present price, or by seats."""

    key: Key
    title: Line
    floor: Amount | None = None
    block: BlockShape | None = None
    cap: CapShape | None = None
    hand_off: HandOffShape | None = None
    reviewed_beyond: Whole | None = None
    rates: tuple[RateShape, ...] = ()
    least: Whole | None = None


class CourtesyShape(Shape):
    """Why a courtesy user may be free."""

    key: Key
    title: Line


class ExceptionsShape(Shape):
    """Who approves what the rule does not give."""

    approved_by: Key
    single_user_step: Whole
    courtesy_users: tuple[CourtesyShape, ...] = ()


class PolicyShape(Shape):
    """`policies/*.yaml`."""

    sample: Flag = False
    key: FileKey
    title: Line
    currency: CurrencyCode
    numbering: Line
    most_requested: Whole
    answer_within_days: Whole
    grace_days: Whole
    pricings: tuple[PricingShape, ...] = Field(min_length=1, description="a list of pricings")
    idx_only: BlockShape | None = None
    exceptions: ExceptionsShape
    alternatives: tuple[Line, ...] = ()


class _Maker:
    """Makes the values of one file, and names what cannot be one."""

    def __init__(self, shape: PolicyShape, document: Document, faults: list[Fault]) -> None:
        self.shape = shape
        self.document = document
        self.faults = faults

    def refuse(self, path: Path, message: str) -> None:
        self.faults.append(self.document.fault(path, message))

    def money(self, amount: str, path: Path) -> Money:
        try:
            money = Money.of(amount, self.shape.currency)
        except Invalid as wrong:
            self.refuse(path, wrong.detail)
            return Money.from_minor(1, self.shape.currency)
        if money.minor <= 0:
            self.refuse(path, "expected an amount above zero")
        return money

    def at_least(self, least: int, value: int, path: Path) -> None:
        if value < least:
            self.refuse(path, f"expected a whole number from {least} up; found {value}")

    def block(self, shape: BlockShape, path: Path) -> Block:
        self.at_least(1, shape.users, (*path, "users"))
        return Block(shape.users, self.money(shape.price, (*path, "price")))

    def hand_off(self, shape: HandOffShape | None, path: Path) -> HandOff | None:
        if shape is None:
            return None
        self.at_least(1, shape.beyond, (*path, "hand_off", "beyond"))
        return HandOff(shape.beyond, shape.to)

    def pricing(self, index: int) -> Pricing | None:
        shape, path = self.shape.pricings[index], ("pricings", index)
        if (shape.block is None) == (not shape.rates):
            self.refuse(path, "expected either `block` and `floor`, or `rates`")
            return None
        return self.seats(shape, path) if shape.block is None else self.blocks(shape, path)

    def blocks(self, shape: PricingShape, path: Path) -> BlockPricing | None:
        if shape.floor is None or shape.block is None:
            self.refuse((*path, "floor"), "is missing; expected the price that nobody goes below")
            return None
        if shape.least is not None:
            self.refuse((*path, "least"), "belongs to a pricing by seats")
        return BlockPricing(
            key=shape.key,
            title=shape.title,
            floor=self.money(shape.floor, (*path, "floor")),
            block=self.block(shape.block, (*path, "block")),
            cap=self.cap(shape, path),
            hand_off=self.hand_off(shape.hand_off, path),
            reviewed_beyond=shape.reviewed_beyond,
        )

    def cap(self, shape: PricingShape, path: Path) -> Cap | None:
        if shape.reviewed_beyond is not None:
            self.at_least(1, shape.reviewed_beyond, (*path, "reviewed_beyond"))
        if shape.cap is None:
            return None
        self.at_least(2, shape.cap.bands, (*path, "cap", "bands"))
        if shape.reviewed_beyond != shape.cap.serves_up_to:
            self.refuse(
                (*path, "reviewed_beyond"),
                f"expected {shape.cap.serves_up_to}, where the capped band ends",
            )
        return Cap(shape.cap.bands, shape.cap.serves_up_to)

    def seats(self, shape: PricingShape, path: Path) -> SeatPricing:
        for name in ("floor", "cap", "reviewed_beyond"):
            if getattr(shape, name) is not None:
                self.refuse((*path, name), "belongs to a pricing by blocks")
        least = 1 if shape.least is None else shape.least
        self.at_least(1, least, (*path, "least"))
        self.joined(shape.rates, (*path, "rates"))
        rates = tuple(
            SeatRate(rate.from_, rate.to, self.money(rate.each, (*path, "rates", place, "each")))
            for place, rate in enumerate(shape.rates)
        )
        hand_off = self.hand_off(shape.hand_off, path)
        return SeatPricing(shape.key, shape.title, rates, least, hand_off)

    def joined(self, rates: tuple[RateShape, ...], path: Path) -> None:
        """From the first seat on every seat has one rate, and only one."""
        if rates[0].from_ != 1:
            self.refuse((*path, 0, "from"), f"expected 1; found {rates[0].from_}")
        for place, (lower, upper) in enumerate(pairwise(rates), start=1):
            expected = None if lower.to is None else lower.to + 1
            if expected is None:
                self.refuse((*path, place), "comes after a stretch without an end")
            elif upper.from_ != expected:
                kind = "overlaps" if upper.from_ < expected else "leaves a gap"
                message = f"{kind}: expected {expected}; found {upper.from_}"
                self.refuse((*path, place, "from"), message)
        for place, rate in enumerate(rates):
            if rate.to is not None and rate.to < rate.from_:
                self.refuse((*path, place, "to"), f"expected {rate.from_} or more")
        if rates[-1].to is not None:
            self.refuse((*path, len(rates) - 1, "to"), "the last stretch has no end; leave it out")


def policy_of(shape: PolicyShape, document: Document, faults: list[Fault]) -> TierPolicy | None:
    """The policy of a file; None where anything in it cannot be.

    Args:
        shape: The file as fitted.
        document: The file as read.
        faults: Where to add what is wrong.
    """
    before = len(faults)
    make = _Maker(shape, document, faults)
    try:
        exponent(shape.currency)
    except Invalid as wrong:
        make.refuse(("currency",), wrong.detail)
        return None
    _check_the_whole(make)
    pricings = [make.pricing(index) for index in range(len(shape.pricings))]
    idx_only = make.block(shape.idx_only, ("idx_only",)) if shape.idx_only else None
    if len(faults) > before:
        return None
    return TierPolicy(
        key=shape.key,
        title=shape.title,
        currency=shape.currency,
        numbering=shape.numbering,
        most_requested=shape.most_requested,
        answer_within_days=shape.answer_within_days,
        grace_days=shape.grace_days,
        idx_only=idx_only,
        single_user_step=shape.exceptions.single_user_step,
        approved_by=shape.exceptions.approved_by,
        courtesy_reasons={each.key: each.title for each in shape.exceptions.courtesy_users},
        alternatives=shape.alternatives,
        pricings={each.key: each for each in pricings if each is not None},
        sample=shape.sample,
    )


def _check_the_whole(make: _Maker) -> None:
    shape = make.shape
    if make.document.file != f"policies/{shape.key}.yaml":
        make.refuse(
            ("key",),
            f"expected the key to be the file's name; this would be policies/{shape.key}.yaml",
        )
    if "{to}" not in shape.numbering:
        make.refuse(("numbering",), 'expected {to} in it, as in "{from}-{to} Users"')
    make.at_least(1, shape.most_requested, ("most_requested",))
    make.at_least(1, shape.answer_within_days, ("answer_within_days",))
    make.at_least(0, shape.grace_days, ("grace_days",))
    make.at_least(1, shape.exceptions.single_user_step, ("exceptions", "single_user_step"))
    for path, keys in (
        (("pricings",), [each.key for each in shape.pricings]),
        (("exceptions", "courtesy_users"), [each.key for each in shape.exceptions.courtesy_users]),
    ):
        for index, key in enumerate(keys):
            if key in keys[:index]:
                make.refuse((*path, index, "key"), f"{key!r} stands here twice")
