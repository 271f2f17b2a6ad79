"""Texts and what they hold: read strictly, changed in place, written so that others can read them."""
