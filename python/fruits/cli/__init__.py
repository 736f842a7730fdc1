"""Commands that need Python: `python -m fruits.cli models import|pull`."""
