"""Reports of other tools, carried into the contract.

A reader (``registry``) makes rows of a report (``types``): what it says, and no more. What it does
not say is filled in by a person (``stating``), and result files are made of both (``assembling``).
"""
