"""The catalog's packages, as agreements name them by key."""

from pydantic import Field

from app.api.permissions import READ
from app.domain.movement import Package
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.pages import Page
from app.web.routing import WiredDep, make_router
from app.web.security import allow

packages = make_router(tags=["packages"])


class PackageServiceOut(Out):
    """A service inside a package, with its price there for one billing period."""

    key: str
    title: str
    price: MoneyOut


class PackageOut(Out):
    """A named bundle of services."""

    key: str
    title: str
    rank: int = Field(description="The higher one is the higher package.")
    price: MoneyOut = Field(description="For one billing period: the sum of its services.")
    billing_period: str
    services: list[PackageServiceOut]
    sample: bool = Field(description="Invented data that the installation is to replace.")


@packages.get("/v1/packages", operation_id="packages_list")
@allow(*READ)
async def packages_list(wired: WiredDep) -> Page[PackageOut]:
    """List the packages, the lowest first.

    They come from the catalog's files, so there is one page.
    """
    ranked = sorted(wired.office.catalog.packages.values(), key=lambda package: package.rank)
    return Page(items=[_out(package) for package in ranked])


def _out(package: Package) -> PackageOut:
    services = [
        PackageServiceOut(key=part.service.key, title=part.service.title, price=part.price)
        for part in package.services
    ]
    return PackageOut(
        key=package.key,
        title=package.title,
        rank=package.rank,
        price=package.price,
        billing_period=package.billing_period,
        services=services,
        sample=package.sample,
    )
