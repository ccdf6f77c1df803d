"""One script per comparison with peers; each defines ``bench`` and writes ``artifacts/bench/NAME.json``."""
