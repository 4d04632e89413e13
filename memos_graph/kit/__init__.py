"""The ground floor: small things of no layer that every room may use, each said once."""
