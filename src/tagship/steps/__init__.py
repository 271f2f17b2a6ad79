"""One use case per action: ``Inputs`` → ``run`` → ``Outputs``.

A step's ``Inputs`` are its flags, its environment variables and its action's inputs; its ``Outputs`` are its action's
outputs and the keys of ``--json``. The command line, every ``action.yml`` and the reference are made from them.
"""
