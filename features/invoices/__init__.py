"""VAT invoices: amounts (a ledger of amounts by month and partner), features (what is measured from them)."""
