"""Making the debt-capacity model (fit) and the loss certificates.

certificate_cohort, certificate, loss_tests, loss_chances.
"""
