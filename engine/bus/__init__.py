"""The bus: trio-native ZeroMQ between our own processes; nobody else touches pyzmq.

`open_bus` gives the sockets of `docs/internals.md`. Every option stands in `options`, every path in
`endpoints`, who may speak in `keys` and `authenticator`. Above the sockets, market data has its
`Publisher` and `MarketReader`, and `heartbeat` tells the living from the stuck.
"""
