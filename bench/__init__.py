"""`python -m bench`: what this machine allows and what the portal makes of it, side by side in one run.

Figures of one run compare with each other only: neighbors on the machine disturb all of them. The ratio is
what counts, and the processor time of a request, which neighbors disturb least. Everything stays on loopback.
"""
