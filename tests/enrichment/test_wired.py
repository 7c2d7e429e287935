"""The settings of enrichment reach the parts that they are for."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from sojourn.config import Settings
from sojourn.core.sessions import Session
from sojourn.core.sources import Source
from sojourn.wiring import StartError, assembled
from tests.door import a_payload
from tests.enrichment.cities import IN_BERLIN, write_cities


async def session_of_a_visitor(settings: Settings, *, peer: str, forwarded: str = "") -> Session:
    """Send one event to a server with these settings."""
    async with assembled(settings, materialise="inline") as sojourn:
        await sojourn.store.catalog.add_source(Source(id="S", name="site"))
        transport = httpx2.ASGITransport(app=sojourn.app, client=(peer, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
            headers = {"x-forwarded-for": forwarded} if forwarded else {}
            response = await http.post("/track", json=a_payload(), headers=headers)
        session = await sojourn.store.session("s1")
    assert response.status_code == 200
    assert session is not None
    return session


async def test_a_file_of_cities_is_used(tmp_path: Path) -> None:
    cities = write_cities(tmp_path / "cities.mmdb")
    settings = Settings(data=str(tmp_path / "data"), geoip_city=str(cities))
    session = await session_of_a_visitor(settings, peer=IN_BERLIN)
    geo = session.device["geo"]
    assert isinstance(geo, dict)
    assert geo["city"] == "Berlin"


async def test_a_file_of_cities_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), geoip_city=str(tmp_path / "nowhere.mmdb"))
    with pytest.raises(StartError, match=r"nowhere\.mmdb"):
        await session_of_a_visitor(settings, peer=IN_BERLIN)


async def test_trusted_proxies_speak_for_others(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), trusted_proxies=("10.0.0.0/8",))
    session = await session_of_a_visitor(settings, peer="10.0.0.1", forwarded="203.0.113.77")
    assert session.context["ip"] == "203.0.113.0"


async def test_what_is_known_of_the_world_is_in_force(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    async with assembled(settings, materialise="inline") as sojourn:
        await sojourn.store.catalog.add_source(Source(id="S", name="site"))
        transport = httpx2.ASGITransport(app=sojourn.app, client=(IN_BERLIN, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
            answer = (await http.post("/track", json=a_payload(), headers={"accept-language": "is"})).json()
        profile = await sojourn.store.profile(answer["profile"]["id"])
    assert profile is not None
    assert profile.aux == {"geo": {"continent": "Europe", "markets": ["Iceland"]}}
