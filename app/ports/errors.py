"""How a call to an outside system can fail, told apart by what may be done next."""


class VendorError(Exception):
    """A call to an outside system did not succeed.

    Args:
        detail: One sentence for an operator; never the vendor's text, which may echo client data.
        code: The vendor's own code for the failure, where it gave one.
        request_ref: The vendor's id of the request, for its support desk.
    """

    def __init__(
        self, detail: str, *, code: str | None = None, request_ref: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.request_ref = request_ref


class Transient(VendorError):
    """It certainly did not take effect, and the same call may succeed later."""


class RateLimited(Transient):
    """The vendor's limit was reached; it did not take effect.

    Args:
        retry_after_s: Seconds the vendor asks to wait, or None where it did not say.
    """

    def __init__(
        self,
        detail: str,
        *,
        retry_after_s: float | None = None,
        code: str | None = None,
        request_ref: str | None = None,
    ) -> None:
        super().__init__(detail, code=code, request_ref=request_ref)
        self.retry_after_s = retry_after_s


class Refused(VendorError):
    """It certainly did not take effect, and the same call will be refused again."""


class Unauthorized(Refused):
    """The vendor does not accept our credentials."""


class OutcomeUnknown(VendorError):
    """The request left and no answer came that tells whether it took effect.

    Nothing may be sent again before the vendor was asked by marker what happened.
    """
