"""Factories of what a search for causes leaves behind."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from qc import models as qc
from tests import factories as make


class CauseCodeFactory(DjangoModelFactory[qc.CauseCode]):
    class Meta:
        model = qc.CauseCode

    code = factory.Sequence(lambda n: f"CC-{n}")
    name = factory.Sequence(lambda n: f"Wear {n}")
    category = "machine"


class WhyFactory(DjangoModelFactory[qc.Why]):
    class Meta:
        model = qc.Why

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    leg = "occurrence"
    text = "The paste is too thin."
    recorded_by = factory.SelfAttribute("nonconformance.owner")


class ContrastFactory(DjangoModelFactory[qc.Contrast]):
    class Meta:
        model = qc.Contrast

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    question = "line"
    filled_by = factory.SelfAttribute("nonconformance.owner")
