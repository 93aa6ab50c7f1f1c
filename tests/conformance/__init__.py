"""The test suites of others, and the clients of others, against this software: ``make conformance DIR=…``."""
