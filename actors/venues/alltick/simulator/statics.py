"""Static information of stocks: the table's facts where there are some, plausible strings elsewhere."""

from typing import Final

from actors.venues.alltick.simulator.catalog import AssetClass, Listing

_BOARDS: Final = {
    AssetClass.US_STOCK: "USMain",
    AssetClass.HK_STOCK: "HKEquity",
    AssetClass.CN_STOCK: "SHMainConnect",
    AssetClass.MARKET_INDEX: "",
}


def static_row(listing: Listing) -> dict[str, str]:
    """One row, strings throughout."""
    return {
        "board": _BOARDS[listing.asset_class],
        "bps": "4.40",
        "circulating_shares": "1000000000",
        "currency": listing.currency,
        "dividend_yield": "0.96",
        "eps": "6.11",
        "eps_ttm": "6.57",
        "exchange": listing.exchange,
        "hk_shares": "0",
        "lot_size": str(listing.board_lot),
        "name_cn": listing.title,
        "name_en": listing.title,
        "name_hk": listing.title,
        "symbol": listing.code,
        "total_shares": "1000000000",
    }
