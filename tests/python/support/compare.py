"""What "within x" means in this project, and how to compare what is free up to a sign or a rotation.

within: the largest absolute difference over the largest magnitude of that vector, or of each column of a matrix.
Components whose eigenvalues differ by less than 1 % are compared as subspaces, their scores after the rotation that the
components ask for.
"""

import numpy as np

CLOSE_EIGENVALUES = 0.01


def distance(actual, expected):
    """Largest difference over the expected's largest magnitude; of a matrix, the worst column."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, f"shapes differ: {actual.shape} and {expected.shape}"
    assert np.isfinite(actual).all() and np.isfinite(expected).all(), "a value is not finite"
    difference = np.abs(actual - expected).max(axis=0)
    size = np.abs(expected).max(axis=0)
    # Where all is expected to be 0 the difference itself counts.
    return float(np.max(difference / np.where(size > 0, size, 1.0)))


def within(actual, expected, bound, what="values"):
    """Asserts that actual is within bound of expected; returns the distance."""
    found = distance(actual, expected)
    assert found <= bound, f"{what}: {found:.3g} apart, allowed {bound:.3g}"
    return found


def align_signs(actual, expected):
    """Rows of actual, each turned to the side of expected's row."""
    actual = np.asarray(actual, np.float64)
    signs = np.where(np.sum(actual * np.asarray(expected), axis=1) < 0, -1.0, 1.0)
    return actual * signs[:, None]


def subspace_angle(actual, expected):
    """Sine of the largest angle between the spans of the rows of two matrices of as many rows."""
    a = np.linalg.qr(np.asarray(actual, np.float64).T)[0]
    b = np.linalg.qr(np.asarray(expected, np.float64).T)[0]
    return float(np.linalg.norm(b - a @ (a.T @ b), 2))


def close_groups(eigenvalues, count):
    """Ranges (begin, end) of the first `count` components; neighbours less than 1 % apart share one.

    Give the eigenvalue after the last, too, where it is known: a group it cuts through has no subspace to compare, and is
    refused.
    """
    values = np.asarray(eigenvalues, np.float64)
    groups, begin = [], 0
    for i in range(1, count + 1):
        if i < len(values) and values[i - 1] - values[i] < CLOSE_EIGENVALUES * values[i - 1]:
            assert i < count, f"components {begin} to {i} have close eigenvalues, but only {count} are compared"
            continue
        groups.append((begin, i))
        begin = i
    return groups


def components_within(actual, expected, eigenvalues, bound):
    """Asserts rows of components within bound, up to sign, or as subspaces; returns the largest distance."""
    worst = 0.0
    for begin, end in close_groups(eigenvalues, len(expected)):
        a, e = np.asarray(actual)[begin:end], np.asarray(expected)[begin:end]
        if end - begin == 1:
            found = distance(align_signs(a, e)[0], e[0])
        else:
            found = subspace_angle(a, e)
        assert found <= bound, f"components {begin} to {end - 1}: {found:.3g} apart, allowed {bound:.3g}"
        worst = max(worst, found)
    return worst


def turn_scores(scores, actual, expected, eigenvalues):
    """Scores (n x K) along actual's components as they are along expected's: signs and rotations undone."""
    turned = np.array(scores, np.float64)
    for begin, end in close_groups(eigenvalues, len(expected)):
        left, _, right = np.linalg.svd(np.asarray(actual)[begin:end] @ np.asarray(expected)[begin:end].T)
        turned[:, begin:end] = turned[:, begin:end] @ (left @ right)
    return turned


def turn_scores_alone(scores, expected):
    """As turn_scores where only the scores are known (golden_flat): each column's sign by its own product."""
    return align_signs(np.asarray(scores).T, np.asarray(expected).T).T
