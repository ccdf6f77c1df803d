"""How money is counted: yuan (``_cny``) and 万元, ten thousand yuan (``_wan``)."""

CNY_PER_WAN = 10_000
