"""The pages of a reform simulation.

writing (figures with their path, sentences, names), style, charts (bars and lines), then the sections in the order of a
page: overview, moves, causes, responses, evidence.
"""
