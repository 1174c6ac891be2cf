"""The toolkit of the APIs: how a route is declared, who asks, what is read and what is written. No API's own words."""
