"""The probe's own MCP client, of both protocol eras, over standard streams and HTTP.

Small and strict, on the standard library: what an SDK hides (noise on stdout, how a server ends) is what a probe is for.
"""
