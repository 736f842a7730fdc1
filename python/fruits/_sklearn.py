"""What scikit-learn asks of an estimator that does not inherit from its own; imported only when it asks."""

from typing import Any


def tags(requires_fit: bool) -> Any:
    from sklearn.utils import Tags, TargetTags, TransformerTags

    return Tags(
        estimator_type=None,
        target_tags=TargetTags(required=False),
        transformer_tags=TransformerTags(),
        requires_fit=requires_fit,
    )
