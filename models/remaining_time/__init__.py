"""How long a running case still takes: a median, an interval at 80 %, and how often such intervals held of late."""
