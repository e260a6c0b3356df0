"""Which markets there are: REST asked once per login, with tokens that last, and words for what is wrong."""

from typing import Any

from actors.venues.t4.proto import auth_pb2
from engine.messages.market import Quote
from engine.model.enums import VenueStateWord
from engine.session.contract import Note, SetState
from tests.kit.t4_data import ES, SECRETS, Desk, details, said, snapshot, stamp

ANSWERS: dict[str, Any] = {
    "/markets/exchanges": [{"exchangeId": "CME_Eq", "description": "x"}, {"exchangeId": "CME_C"}],
    "/markets/contracts": [{"exchangeID": "CME_Eq", "contractID": "ES"}, {"contractID": "NQ"}],
    "/markets/picker/groups": [
        {"strategyType": "None", "expiryDate": None, "marketCount": 2},
        {"strategyType": "CalendarSpread", "expiryDate": 20240315, "marketCount": 1},
    ],
    "/markets/picker": [{"marketID": ES}, {"marketID": "XCME_Eq ES (M24)"}, {"other": 1}],
    "/markets/picker/firstmarket": {"marketID": ES},
}


def looking(**settings: Any) -> Desk:
    settings.setdefault("contracts", ("CME_Eq/ES",))
    return Desk(markets=(), **settings)


def serve(desk: Desk, **changed: Any) -> list[object]:
    """Answer every call until there is none."""
    out: list[object] = []
    for _ in range(100):
        if not desk.calls:
            return out
        out += desk.answer((ANSWERS | changed)[desk.calls[0].path])
    raise AssertionError("calls without end")


def test_the_search():
    """In order, with the token of the login; the front month is told, and then we are ready."""
    desk = looking()
    desk.log_in()
    seen = []
    for _ in range(5):
        call = desk.calls[0]
        seen.append((call.path, dict(call.query)))
        assert call.headers["Authorization"] == "Bearer token-1"
        told = desk.answer(ANSWERS[call.path])
    contract = {"exchangeid": "CME_Eq", "contractid": "ES"}
    assert seen == [
        ("/markets/exchanges", {}),
        ("/markets/contracts", {"exchangeid": "CME_Eq"}),
        ("/markets/picker/groups", contract),
        ("/markets/picker", {**contract, "strategytype": "None"}),
        ("/markets/picker/firstmarket", contract),
    ]
    assert Note("front_market", f"CME_Eq/ES: {ES}") in told
    assert told[-1] == SetState(VenueStateWord.READY)


def test_spreads_are_asked_for_with_their_expiry():
    """Where the settings want them."""
    desk = looking(strategies=("None", "CalendarSpread"))
    desk.log_in()
    queries = []
    while desk.calls:
        call = desk.calls[0]
        queries += [dict(call.query)] if call.path == "/markets/picker" else []
        desk.answer(ANSWERS[call.path])
    assert [query.get("expirydate") for query in queries] == [None, "20240315"]


def test_what_is_wanted_waits_for_the_search():
    """Then it is subscribed with exchange and contract of the settings, never of its id."""
    desk = looking()
    desk.log_in()
    desk.want(Quote)
    assert desk.sent_kinds() == ["login_request"]
    serve(desk)
    kind, request = desk.sent[-1]
    assert kind == "market_depth_subscribe"
    assert (request.exchange_id, request.contract_id, request.market_id) == ("CME_Eq", "ES", ES)


def test_a_market_that_is_not_listed():
    """Told once, with what to do, and not before the search is over."""
    desk = looking()
    desk.log_in()
    assert desk.want(Quote, instrument="XCME_C ZC (K25).T4") == []
    notes = [e for e in serve(desk) if isinstance(e, Note) and e.event == "topic_not_available"]
    assert len(notes) == 1
    assert "venues.t4.contracts" in notes[0].detail
    assert desk.want(Quote, instrument="XCME_C ZC (K25).T4") == []


def test_an_unknown_exchange_or_contract_is_named_with_what_there_is():
    """And the rest goes on."""
    desk = looking(contracts=("CME_EQ/ES", "CME_Eq/MES", "CME_Eq/ES"))
    desk.log_in()
    told = [e for e in serve(desk) if isinstance(e, Note) and e.event == "contract_unknown"]
    assert ["CME_Eq" in note.detail for note in told] == [True, True]
    assert "CME_EQ" in told[0].detail
    assert "ES, NQ" in told[1].detail
    assert SetState(VenueStateWord.READY) in desk.effects


def test_failures_are_tried_again_more_slowly():
    """After three in a row a person hears of it, while the search goes on."""
    desk = looking()
    desk.log_in()
    pauses, alerts = [], []
    for _ in range(4):
        alerts += [e for e in desk.answer({}, status=503) if isinstance(e, Note)]
        began = desk.second
        while not desk.calls:
            desk.pass_time(0.5)
        pauses.append(desk.second - began)
    assert pauses == [1.0, 2.0, 4.0, 8.0]
    assert [note.event for note in alerts] == ["market_list_failed"]
    assert alerts[0].alert
    serve(desk)
    assert SetState(VenueStateWord.READY) in desk.effects


def test_lost_calls_are_tried_again():
    """No answer is no refusal."""
    desk = looking()
    desk.log_in()
    desk.fail()
    desk.pass_time(1.1)
    serve(desk)
    assert SetState(VenueStateWord.READY) in desk.effects


def test_a_refusal_ends_one_question():
    """The search goes on without it."""
    desk = looking()
    desk.log_in()
    (note,) = desk.answer({}, status=404)
    assert note.event == "market_list_failed"
    assert note.alert
    assert desk.calls[0].path == "/markets/contracts"


def test_an_answer_that_is_no_list():
    """Told; what can be had is had."""
    desk = looking()
    desk.log_in()
    serve(desk, **{"/markets/exchanges": {"x": 1}, "/markets/contracts": [1, 2]})
    events = [e.event for e in desk.effects if isinstance(e, Note)]
    assert events.count("market_list_unusable") == 2
    assert SetState(VenueStateWord.READY) in desk.effects


def test_a_login_without_token_asks_for_one():
    """REST waits for it, and is asked with it."""
    desk = looking()
    desk.log_in(token="")
    assert desk.calls == []
    kind, request = desk.sent[-1]
    assert kind == "authentication_token_request"
    token = auth_pb2.AuthenticationToken(
        request_id=request.request_id, token="token-2", expire_time=stamp(3_600)
    )
    desk.hear(said(authentication_token=token))
    assert desk.calls[0].headers["Authorization"] == "Bearer token-2"


def test_a_token_that_is_refused_is_asked_for_again():
    """Told without secrets; after a while once more."""
    desk = looking()
    desk.log_in(token="")
    request_id = desk.sent[-1][1].request_id
    failed = auth_pb2.AuthenticationToken(
        request_id=request_id, fail_message=f"no: {SECRETS['password']}"
    )
    (note,) = desk.hear(said(authentication_token=failed))
    assert note.event == "token_refused"
    assert SECRETS["password"] not in note.detail
    desk.sent.clear()
    desk.pass_time(11)
    assert desk.sent_kinds() == ["authentication_token_request"]
    desk.pass_time(31)
    assert [e.event for e in desk.effects if isinstance(e, Note)].count("token_refused") == 2


def test_an_api_key_needs_no_token():
    """It proves to REST who we are."""
    desk = Desk(
        {"api_key": SECRETS["api_key"]}, markets=(), contracts=("CME_Eq/ES",), login="api_key"
    )
    desk.log_in(token="")
    assert desk.calls[0].headers["Authorization"] == f"APIKey {SECRETS['api_key']}"


def test_a_token_that_ends_soon_is_replaced_first():
    """A 401 on the way likewise leads to another one."""
    desk = looking()
    desk.open()
    token = auth_pb2.AuthenticationToken(token="old", expire_time=stamp(20))
    desk.hear(said(login_response=auth_pb2.LoginResponse(authentication_token=token)))
    assert desk.calls == []
    assert desk.sent_kinds()[-1] == "authentication_token_request"
    other = looking()
    other.log_in()
    other.answer({}, status=401)
    assert other.sent_kinds()[-1] == "authentication_token_request"
    fresh = auth_pb2.AuthenticationToken(
        request_id=other.sent[-1][1].request_id, token="new", expire_time=stamp(7_200)
    )
    other.hear(said(authentication_token=fresh))
    other.pass_time(1.1)
    assert other.calls[0].headers["Authorization"] == "Bearer new"


def test_a_search_that_was_cut_begins_anew():
    """Answers of a connection that is gone are dropped; after a whole one nothing is asked again."""
    desk = looking()
    desk.log_in()
    old = desk.calls.pop()
    desk.lose()
    desk.second += 1
    desk.log_in()
    assert desk.calls[0].call_id != old.call_id
    desk.calls.insert(0, old)
    assert desk.answer(ANSWERS["/markets/exchanges"]) == []
    serve(desk)
    assert SetState(VenueStateWord.READY) in desk.effects
    desk.lose()
    desk.second += 1
    assert desk.log_in()[-1] == SetState(VenueStateWord.READY)
    assert desk.calls == []


def test_now_and_then_it_looks_again():
    """Contracts get new markets; those are then there for who waits."""
    desk = looking(listing_interval_s=600.0, token_refresh_s=30.0)
    desk.log_in()
    serve(desk)
    desk.want(Quote, instrument="XCME_Eq ES (U24).T4")
    desk.sent.clear()
    desk.pass_time(601)
    assert desk.calls
    serve(desk, **{"/markets/picker": [{"marketID": "XCME_Eq ES (U24)"}]})
    assert [message.market_id for kind, message in desk.sent if "depth" in kind] == [
        "XCME_Eq ES (U24)"
    ]
    desk.hear(details("XCME_Eq ES (U24)"))
    desk.hear(snapshot(market_id="XCME_Eq ES (U24)"))
    desk.pass_time(599)
    assert desk.calls == []


def test_markets_of_the_settings_need_no_rest():
    """Named whole, they are subscribed at once."""
    desk = Desk()
    desk.log_in()
    desk.want(Quote)
    assert desk.calls == []
    assert desk.sent_kinds()[-1] == "market_depth_subscribe"
