"""The cultivation ladder over HTTP: where one firm is, by which rule, and what the next tier takes."""
