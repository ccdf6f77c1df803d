"""Pages and files of a chain and its nodes: HTML that needs nothing else, CSV and XLSX of each list."""
