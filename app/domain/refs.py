"""Short names for plans: read aloud, typed, and found again in every outside system."""

from uuid import UUID, uuid5

_AGREEMENTS = UUID("7c0f2c1e-0f5e-5d43-9d0b-706c616e7265")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U to mistake
_LENGTH = 8


def plan_ref(agreement_ref: str, nth: int = 0) -> str:
    """The plan's ref: `UPG-` and eight characters, made of its agreement's own number.

    A plan that is made again, because a backup was restored and its agreement came again, has the
    ref that it had: by it everything is found that was sent for it before.

    Args:
        agreement_ref: The agreement's number; it has one plan.
        nth: From 0: the next one where another plan has the ref already, as one installation of
            three will see among a million plans.
    """
    return written(uuid5(_AGREEMENTS, f"{agreement_ref}/{nth}" if nth else agreement_ref))


def run_ref(playbook: str, cause: str) -> str:
    """The ref of a run of a playbook, made of what started it: `RUN-` and eight characters."""
    return written(uuid5(_AGREEMENTS, f"run/{playbook}/{cause}")).replace("UPG-", "RUN-")


def written(bits_of: UUID) -> str:
    """Write the last forty bits of an id as a ref."""
    bits = bits_of.int & ((1 << 5 * _LENGTH) - 1)
    letters = (_ALPHABET[(bits >> 5 * n) & 31] for n in reversed(range(_LENGTH)))
    return "UPG-" + "".join(letters)
