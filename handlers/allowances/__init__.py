"""The API of carbon allowances: buy orders, invoices, tokens. Document: sixc."""
