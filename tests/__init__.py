"""
Tests of Tongban: unit (no database), integration, conformance, contracts, properties, journeys, nodes.
"""
