"""Beijing's time, by which the days of the zone, its offices and customs are counted."""

import datetime as dt

BEIJING_ZONE = "Asia/Shanghai"  # its IANA name
AHEAD_OF_UTC = dt.timedelta(hours=8)  # no summer time since 1991
BEIJING = dt.timezone(AHEAD_OF_UTC)
