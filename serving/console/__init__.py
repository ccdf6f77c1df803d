"""The console: one place in the browser for zone, enterprise and bank, over the bank API."""
