"""What the facts are: codebook, records, stages, size classes, ingest, splits, planted truth."""
