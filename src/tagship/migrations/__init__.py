"""One file per tool that people come from; :mod:`tagship.plugins` finds them."""
