"""Fruits: photos to features, projections and plots. The engine is native; this package imports models for it."""
