# SPDX-License-Identifier: Apache-2.0
"""The peers that numpy, scipy, scikit-learn and rapidfuzz give: a line of JSON for each."""

import pathlib
import sys

import numpy as np
import scipy.stats as stats
from rapidfuzz.distance import Levenshtein
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from measure import measure

folder = pathlib.Path(sys.argv[1])


def read(name):
    return np.fromfile(folder / f"{name}.f64", dtype="<f8")


def delong():
    members, nonmembers = read("auc-members"), read("auc-nonmembers")
    m, n = len(members), len(nonmembers)

    def run():
        ranks = stats.rankdata(np.concatenate([members, nonmembers]))
        own = (ranks[:m] - stats.rankdata(members)) / n
        other = 1 - (ranks[m:] - stats.rankdata(nonmembers)) / m
        return [own.mean(), own.var(ddof=1) / m + other.var(ddof=1) / n]

    measure("auc-delong", "scipy.stats.rankdata, numpy", run)
    labels = np.concatenate([np.ones(m), np.zeros(n)])
    scores = np.concatenate([members, nonmembers])
    measure(
        "auc-delong", "sklearn roc_auc_score, no variance",
        lambda: [roc_auc_score(labels, scores)],
    )


def exposure():
    references, canaries = read("exposure-references"), read("exposure-canaries")
    m = len(references)

    def counts():
        return m - np.searchsorted(np.sort(references), canaries - 1e-9)

    measure(
        "exposure-ranks", "numpy sort, searchsorted",
        lambda: np.sort(np.log2(m) - np.log2(counts() + 1)),
    )

    def intervals():
        k = counts()
        upper = stats.beta.ppf(0.975, k + 1, m - k)
        lower = np.where(k > 0, stats.beta.ppf(0.025, np.maximum(k, 1), m - k + 1), 0)
        with np.errstate(divide="ignore"):
            ends = np.stack([np.maximum(0, -np.log2(upper)), -np.log2(lower)], axis=1)
        return np.minimum(ends, 1e3).ravel()

    measure("exposure-intervals", "scipy.stats.beta.ppf", intervals)

    def by_statsmodels():
        lower, upper = proportion_confint(counts(), m, method="beta")
        with np.errstate(divide="ignore"):
            ends = np.stack([np.maximum(0, -np.log2(upper)), -np.log2(lower)], axis=1)
        return np.minimum(ends, 1e3).ravel()

    measure("exposure-intervals", "statsmodels proportion_confint", by_statsmodels)


def skew_normal():
    values = read("skew-normal")

    def run():
        found = stats.skewnorm.fit(values)
        return [*found, stats.skewnorm.nnlf(found, values)]

    measure("skew-normal-fit", "scipy.stats.skewnorm.fit", run)


def bca():
    members, nonmembers = read("bca-members"), read("bca-nonmembers")

    def auc(x, y, axis=-1):
        ranks = stats.rankdata(np.concatenate([x, y], axis=axis), axis=axis)
        m, n = x.shape[axis], y.shape[axis]
        own = np.take(ranks, np.arange(m), axis=axis).sum(axis=axis)
        return (own - m * (m + 1) / 2) / (m * n)

    def run():
        interval = stats.bootstrap(
            (members, nonmembers), auc, n_resamples=10_000, method="BCa", vectorized=True,
            batch=100, rng=np.random.default_rng(1),
        ).confidence_interval
        return [interval.low, interval.high]

    measure("bca", "scipy.stats.bootstrap", run, times=1)


def min_k():
    top = read("min-k-top").reshape(-1, 512, 20)
    tokens = read("min-k-tokens").reshape(-1, 512)

    def run():
        scores = []
        for row, own in zip(top, tokens):
            p = np.exp(row)
            rest = np.maximum(0, 1 - p.sum(axis=1))
            each = np.log(rest) - np.log(50_000 - 20)
            mean = (p * row).sum(axis=1) + rest * each
            square = (p * (row - mean[:, None]) ** 2).sum(axis=1) + rest * (each - mean) ** 2
            z = np.where(square < 1e-12, 0, (own - mean) / np.sqrt(square))
            scores.append(np.sort(z)[: int(512 * 0.2)].mean())
        return scores

    measure("min-k-plus-plus", "numpy, text by text", run)


def permutation():
    scores = read("permutation")
    half = len(scores) // 2

    def run():
        result = stats.permutation_test(
            (scores[:half], scores[half:]), lambda x, y, axis: x.sum(axis=axis),
            vectorized=True, n_resamples=100_000, batch=1_000, alternative="greater",
            rng=np.random.default_rng(1),
        )
        return [result.pvalue]

    measure("permutation", "scipy.stats.permutation_test", run, times=1)


def levenshtein():
    for name in ["short", "long"]:
        texts = (folder / f"texts-{name}.txt").read_text().split("\n")[:-1]
        pairs = list(zip(texts[::2], texts[1::2]))
        measure(
            f"levenshtein-{name}", "rapidfuzz",
            lambda pairs=pairs: [Levenshtein.distance(a, b) for a, b in pairs],
        )


for benchmark in [delong, exposure, skew_normal, bca, min_k, permutation, levenshtein]:
    benchmark()
