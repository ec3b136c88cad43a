"""Short names for plans: read aloud, typed, and found again in every outside system."""

from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U to mistake
_LENGTH = 8


def plan_ref(plan_id: UUID) -> str:
    """The plan's ref: `UPG-` and eight characters made of the random end of its id.

    Forty random bits: among a million plans two would share a ref in one installation of three,
    which the table's unique constraint turns into one event tried again with a new id.
    """
    bits = plan_id.int & ((1 << 5 * _LENGTH) - 1)
    letters = (_ALPHABET[(bits >> 5 * n) & 31] for n in reversed(range(_LENGTH)))
    return "UPG-" + "".join(letters)
