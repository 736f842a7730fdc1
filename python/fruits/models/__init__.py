"""Turning published weights into model bundles (see docs/models.md). Nothing heavy is imported here."""

import sys

# openvino reports its import, and nncf what it quantizes, to their makers, unless this package is missing: then both do without. A
# process that has it loaded already has made its own choice.
sys.modules.setdefault("openvino_telemetry", None)
