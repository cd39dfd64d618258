"""The runner: suite → plan → prepare → measure → record.

``run.run(run.Request(...))`` measures a suite and writes one result file; ``run.planned_cells``
says what it would measure; ``platform.describe`` describes the machine. Engines and quantisers work
in processes of their own and are imported only there, which is why nothing is imported here.
"""
