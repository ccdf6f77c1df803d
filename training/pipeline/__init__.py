"""The pipeline: one file a stage, which reads, calls and writes; nothing else of training touches tables and artefacts.

A file's name is its stage in dvc.yaml, its function, and its command in ``python -m training``.
"""
