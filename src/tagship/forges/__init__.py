"""One file per place that keeps releases (:class:`tagship.ports.Forge`)."""
