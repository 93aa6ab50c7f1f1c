"""Writes the generated part of the documentation: from the one table of each fact, in German and English.

``make docs`` runs it. A test compares what it would write with what is committed.
"""
