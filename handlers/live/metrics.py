"""How the live connection goes, for /metrics."""

import prometheus_client

SOCKETS = prometheus_client.Gauge("hiroba_live_sockets", "Open sockets.")
DELIVERIES = prometheus_client.Counter("hiroba_live_deliveries", "Durable frames handed to sockets, without replays.")
REPLAYED = prometheus_client.Counter("hiroba_live_replayed", "Durable frames told to sockets that came back.")
CUT = prometheus_client.Counter("hiroba_live_cut", "Sockets closed by the server.", ["code"])
LAG = prometheus_client.Histogram(
    "hiroba_live_log_lag_seconds",
    "From an act to its delivery.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60),
)
