"""What is sent where: one line a kind of effect."""

from collections.abc import Awaitable, Callable, Mapping

from app.delivery import billing, boards, charges, chats, hooks, mails, sites
from app.delivery.sending import Delivered, Expired, Sending
from app.delivery.systems import Systems
from app.domain.delivery import DeliveryKind

Route = Callable[[Sending, Systems], Awaitable[Delivered | Expired]]

ROUTES: Mapping[DeliveryKind, Route] = {
    DeliveryKind.BOARD_CREATE: boards.create_board,
    DeliveryKind.BOARD_ARCHIVE_GROUP: boards.archive_group,
    DeliveryKind.BOARD_ADD_ITEM: boards.add_item,
    DeliveryKind.BOARD_FIT_ITEMS: boards.fit_items,
    DeliveryKind.BOARD_WATCH: boards.watch_board,
    DeliveryKind.EMAIL_BEGUN: mails.send_mail,
    DeliveryKind.EMAIL_COMPLETE: mails.send_mail,
    DeliveryKind.EMAIL_WITHDRAW: mails.withdraw_mail,
    DeliveryKind.CHAT_POST: chats.post_message,
    DeliveryKind.BILLING_SUBMIT: billing.submit_change,
    DeliveryKind.EMAIL_QUOTE: mails.send_mail,
    DeliveryKind.EMAIL_RECAP: mails.send_mail,
    DeliveryKind.CHARGE_CREATE: charges.create_charge,
    DeliveryKind.SITE_APPLY: sites.apply_to_site,
    DeliveryKind.HOOK_POST: hooks.post_event,
    DeliveryKind.EMAIL_RUN: mails.send_mail,
}
