"""What others published or measured, carried into the contract.

``pages`` reads tables of published pages, ``reports`` what other tools write; ``names`` makes ids
for both.
"""
