"""Where an outlet's clock stands: the zone of a country that has one, by the country's domain."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONES = dict(
    pair.split("=")
    for pair in """at=Europe/Vienna be=Europe/Brussels bg=Europe/Sofia ch=Europe/Zurich cz=Europe/Prague
    de=Europe/Berlin dk=Europe/Copenhagen ee=Europe/Tallinn es=Europe/Madrid fi=Europe/Helsinki fr=Europe/Paris
    gr=Europe/Athens hr=Europe/Zagreb hu=Europe/Budapest ie=Europe/Dublin il=Asia/Jerusalem in=Asia/Kolkata
    is=Atlantic/Reykjavik it=Europe/Rome jp=Asia/Tokyo ke=Africa/Nairobi kr=Asia/Seoul lb=Asia/Beirut lt=Europe/Vilnius
    lu=Europe/Luxembourg lv=Europe/Riga ng=Africa/Lagos nl=Europe/Amsterdam no=Europe/Oslo nz=Pacific/Auckland
    pe=America/Lima ph=Asia/Manila pk=Asia/Karachi pl=Europe/Warsaw ro=Europe/Bucharest rs=Europe/Belgrade
    se=Europe/Stockholm sg=Asia/Singapore si=Europe/Ljubljana sk=Europe/Bratislava th=Asia/Bangkok tr=Europe/Istanbul
    tw=Asia/Taipei ua=Europe/Kyiv uk=Europe/London uy=America/Montevideo ve=America/Caracas vn=Asia/Ho_Chi_Minh
    za=Africa/Johannesburg ar=America/Argentina/Buenos_Aires co=America/Bogota bd=Asia/Dhaka lk=Asia/Colombo
    np=Asia/Kathmandu hk=Asia/Hong_Kong my=Asia/Kuala_Lumpur ae=Asia/Dubai eg=Africa/Cairo gh=Africa/Accra""".split()
)


def zone_of(url: str) -> ZoneInfo | None:
    """The zone in which the outlet at `url` most likely dates its news; None where its domain does not tell."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    return _zone(host.rpartition(".")[2])


@lru_cache(maxsize=256)
def _zone(domain: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(_ZONES[domain]) if domain in _ZONES else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
