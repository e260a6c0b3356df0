"""The battery over every venue found: T-040 T-041 T-042 T-043 T-044 T-045 T-046 T-047 T-048 T-049 T-050 T-055.

The cases are those that a venue's author runs with `run.py venues check` (`engine.conformance`). Here
they run with less effort; `PITBOSS_FUZZ_INPUTS` and `PITBOSS_BATTERY=full` ask for all of it.
"""

import os

import attrs
import pytest

from actors.venues import discover, module_of
from engine.conformance.battery import CASES, trials
from engine.conformance.case import Case, Effort
from engine.conformance.package import package_of
from engine.session.endpoints import links_of, made_up
from tests.kit.fuzzing import INPUTS, SEED
from tests.kit.waiting import TIME_FACTOR

PACKAGES = [package_of(module_of(name)) for name in discover()]
FULL = os.environ.get("PITBOSS_BATTERY") == "full"
EFFORT = Effort(
    patience=TIME_FACTOR,
    inputs=INPUTS or (100_000 if FULL else 5_000),
    seed=SEED,
    cuts=0 if FULL else 3,
    reconnects=100 if FULL else 6,
)

ENDPOINTS = {
    "alltick": ("stock_ws", "other_ws", "stock_http", "other_http"),
    "longbridge": ("http", "quote_ws", "trade_ws", "quote_tcp", "trade_tcp"),
    "t4": ("ws", "http"),
    "webctp": ("host", "port"),
    "wooxpro": ("http", "public_ws", "private_ws"),
}
"""As programs outside read them; extend, never rename."""

CREDENTIALS = {
    "alltick": ("token",),
    "longbridge": ("app_key", "app_secret", "access_token"),
    "t4": ("firm", "username", "password", "app_name", "app_license", "api_key"),
    "webctp": ("broker_id", "user_id", "password", "app_id", "auth_code"),
    "wooxpro": ("api_key", "api_secret", "memo"),
}


TRIALS = [
    pytest.param(
        package.variant(variant), case, id=f"{package.name}{variant and '-'}{variant}-{case.number}"
    )
    for package in PACKAGES
    for variant, case in trials(package)
]


@pytest.mark.timeout(120 if not FULL else 3600)
@pytest.mark.parametrize(("package", "case"), TRIALS)
async def test_a_venue_conforms(package, case: Case):
    """Or the case does not apply, for a reason that follows from what the venue declares."""
    reason = case.skipped_because(package)
    if reason:
        pytest.skip(reason)
    await case.trial(package, EFFORT)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_names_that_programs_read_are_as_promised(package):
    """Endpoints of the simulator and credentials of the five venues (interfaces)."""
    promised = CREDENTIALS.get(package.name)
    if promised is None:
        pytest.skip("no names are promised for this venue")
    assert package.venue.credentials == promised
    links = links_of(attrs.fields_dict(package.simulator.SimulatorSettings))
    assert tuple(made_up(links, ("127.0.0.1", 1))) == ENDPOINTS[package.name]


def test_every_promised_number_is_a_case():
    """The numbers above are those of the battery, so that none is claimed without being tried."""
    tried = {case.number[:5] for case in CASES if case.number.startswith("T-0")}
    assert tried - {"T-062"} == {word.strip(".") for word in str(__doc__).split() if "T-0" in word}
