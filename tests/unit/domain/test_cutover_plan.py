"""The cut-over of a whole package; the live date is Monday 7 December 2026."""

from datetime import date

from app.domain.billed_service import BilledService
from app.domain.cutover import Preference, Side
from app.domain.cutover_plan import ServiceCutOver, cut_over_plan, services_beside
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import Anchor, BillingPeriod, Days, parse_anchor

LIVE = date(2026, 12, 7)
SMS = PackageService(Service("sms", "SMS"), Money.of("49.00", "AUD"))
ADS = PackageService(Service("paid_ads", "Paid Ads"), Money.of("120.00", "AUD"))
SPRINT = Package("sprint", "Sprint", 2, "weekly", (SMS, ADS))


def billed(
    anchor: str, paid_through: date | None, period: str = "week", *, price: str | None = "45.00"
) -> BilledService:
    kind = BillingPeriod(period)
    money = Money.of(price, "AUD") if price else None
    return BilledService("sms", money, kind, parse_anchor(anchor, kind), paid_through)


def endings(*told: BilledService) -> list[ServiceCutOver]:
    return list(cut_over_plan(SPRINT, told, LIVE, prefer=Preference.CREDIT, window_days=6))


def test_every_service_of_the_package_has_its_own_days_and_what_is_left_over() -> None:
    # when
    sms, ads = endings(billed("thursday", date(2026, 12, 9)))

    # then
    assert (sms.bill.title, sms.told, sms.assumed) == ("SMS", True, ())
    assert sms.plan.side is Side.CREDIT
    assert sms.plan.safe_spans == (
        Days(date(2026, 12, 1), date(2026, 12, 3)),
        Days(date(2026, 12, 4), LIVE),
    )
    assert [row.money for row in sms.plan.rows] == [Money.of("19.29", "AUD")]
    assert (ads.bill.service, ads.told, ads.plan.side) == ("paid_ads", False, Side.EXACT)


def test_what_is_only_assumed_is_said() -> None:
    # when
    nothing_told, _ = endings()
    no_price, _ = endings(billed("monday", date(2026, 12, 6), price=None))
    no_paid_day, _ = endings(billed("monday", None))
    of_a_month, _ = endings(billed("1", date(2026, 12, 31), "month", price=None))

    # then
    assert nothing_told.assumed == (
        "Nobody told how it is billed: weekly in advance, on Mondays, paid through "
        "Sunday 6 December 2026.",
        "Nobody told its price: the catalog's, 49.00 AUD a week.",
    )
    assert no_price.assumed == ("Nobody told its price: the catalog's, 49.00 AUD a week.",)
    assert no_paid_day.assumed == (
        "Nobody told how far it is paid: every regular bill counts as issued on its day.",
    )
    assert of_a_month.assumed == ("Nobody told its price for a month, and the catalog has none.",)


def test_what_the_client_buys_beside_the_package_stays() -> None:
    beside = BilledService("seo", None, BillingPeriod.MONTH, Anchor(1), None)
    assert services_beside(SPRINT, [billed("monday", None), beside]) == (beside,)
