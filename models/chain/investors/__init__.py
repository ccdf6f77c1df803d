"""Investors for a technology: what is known of funded firms and deals, the columns, the model, the shortlist."""
