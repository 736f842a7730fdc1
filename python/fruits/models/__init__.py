"""Turning published weights into model bundles (see docs/models.md). Nothing heavy is imported here."""
