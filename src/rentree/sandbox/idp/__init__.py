"""A SAML 2.0 identity provider in the way of ÉduConnect, on its own host (domain.md 2.2, A)."""
