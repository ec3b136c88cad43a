"""What the OpenAPI document says of the webhooks: written by hand, since the route is raw."""

from typing import Any, Final

from app.web.openapi import problem_responses

Json = dict[str, Any]

EXAMPLE: Final[Json] = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "occurred_at": "2026-11-20T03:12:00Z",
    "agreement": {
        "ref": "PROP-1042",
        "provider": "ignition",
        "title": "Scale upgrade",
        "signed_at": "2026-11-20T03:11:58Z",
        "live_on": "2026-12-07",
        "document_url": None,
    },
    "client": {
        "ref": "C-77",
        "name": "Harbour Dental",
        "email": "owner@harbourdental.example",
        "timezone": "Australia/Brisbane",
    },
    "movement": {"from": "sprint", "to": "scale"},
    "staff": {"sales": "sam@agency.example", "support": None, "marketing": None},
}
FLATTENED: Final[Json] = {
    "event": "agreement.signed",
    "agreement__ref": "PROP-1042",
    "agreement__live_on": "2026-12-07",
    "client__email": "owner@harbourdental.example",
    "client__name": "Harbour Dental",
    "movement__from": "sprint",
    "movement__to": "scale",
}
CALL_BACK: Final[Json] = {
    "event": "billing.service_cancelled",
    "event_id": "zap-81911",
    "agreement": {"ref": "PROP-1042"},
    "client": {"ref": "C-77"},
    "adjustment_id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
    "evidence": {"reference": "INV-2231", "note": "Ended at 09:12."},
}
_ID: Final = "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11"
_DOCUMENT: Final[Json] = {
    "type": "object",
    "description": "An event in the shape of the example. Its values may be text throughout, its "
    "keys nested or flattened (`client__name`); what it does not know is kept and ignored.",
    "properties": {
        "event": {"type": "string", "examples": ["agreement.signed"]},
        "event_id": {"type": "string", "description": "Yours; a repeat of it changes nothing."},
        "occurred_at": {"type": "string"},
        "agreement": {"type": "object"},
        "client": {"type": "object"},
        "movement": {"type": "object"},
        "staff": {"type": "object"},
        "adjustment_id": {"type": "string", "description": "Of a call back: which change."},
        "evidence": {"type": "object", "description": "Of a call back: where it can be seen."},
    },
    "additionalProperties": True,
}
_FIELDS: Final[Json] = {"type": "object", "additionalProperties": {"type": "string"}}
_ANSWER: Final[Json] = {
    "type": "object",
    "required": ["event_id", "status"],
    "properties": {
        "event_id": {
            "type": "string",
            "format": "uuid",
            "description": "Our id of the event, for `GET /v1/inbound-events/{event_id}`; of a "
            "repeat, that of the first.",
        },
        "status": {"type": "string", "enum": ["accepted", "duplicate"]},
    },
}
_ANSWERS: Final[Json] = {
    "type": "object",
    "description": "For an array: one answer an event, in the order of the call.",
    "required": ["events"],
    "properties": {"events": {"type": "array", "items": _ANSWER}},
}
_SIGNATURE_HEADERS: Final = (
    ("webhook-id", "The message's id, by Standard Webhooks."),
    ("webhook-timestamp", "When it was signed, in whole seconds."),
    ("webhook-signature", "`v1,` and the base64 of the signature; several are parted by blanks."),
)


def path_item() -> Json:
    """The path item of `POST /webhooks/{source}`."""
    return {
        "post": {
            "tags": ["intake"],
            "operationId": "webhooks_receive",
            "summary": "Tell of an agreement",
            "description": (
                "Events are stored before they are answered and understood afterwards, so a "
                "document that parses is answered 202 whatever it says; what became of it is at "
                "`GET /v1/inbound-events/{event_id}`. `agreement` is the source for automation "
                "platforms and one's own code: it takes an API key of the role `integration`, or "
                "a Standard Webhooks signature. Several events may come as a JSON array."
            ),
            "security": [{"bearer": []}, {"api_key": []}, {}],
            "x-roles": ["admin", "integration"],
            "parameters": [_source(), *_signature_parameters()],
            "requestBody": _request_body(),
            "responses": _responses(),
        }
    }


def _source() -> Json:
    return {
        "name": "source",
        "in": "path",
        "required": True,
        "description": "Who sends: `agreement`, or an e-sign system that is connected.",
        "schema": {"type": "string"},
        "example": "agreement",
    }


def _signature_parameters() -> list[Json]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string"},
        }
        for name, text in _SIGNATURE_HEADERS
    ]


def _request_body() -> Json:
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        _DOCUMENT,
                        {"type": "array", "items": _DOCUMENT, "minItems": 1, "maxItems": 500},
                    ]
                },
                "examples": {
                    "whole": {"summary": "Everything that can be told", "value": EXAMPLE},
                    "flattened": {"summary": "Flattened keys", "value": FLATTENED},
                    "call_back": {
                        "summary": "A change of the bill that an automation has made",
                        "value": CALL_BACK,
                    },
                },
            },
            "application/x-www-form-urlencoded": {"schema": _FIELDS, "example": FLATTENED},
            "multipart/form-data": {"schema": _FIELDS, "example": FLATTENED},
        },
    }


def _responses() -> Json:
    one = {"event_id": _ID, "status": "accepted"}
    return {
        "202": {
            "description": "Stored. Senders that want another acknowledgement get theirs.",
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_ANSWER, _ANSWERS]},
                    "examples": {
                        "one": {"summary": "A document", "value": one},
                        "several": {"summary": "An array", "value": {"events": [one]}},
                    },
                }
            },
        },
        **problem_responses("400", "401", "403", "404", "413", "415", "429", "503", "default"),
    }
