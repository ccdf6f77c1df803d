"""The declaration sheet (报关单) as a page and as a PDF file."""
