"""Every model has a factory, and what it makes is a row that the model accepts."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models

from tests import cause_factories, factories, outside_factories, record_factories

FACTORIES: dict[type[models.Model], Any] = {
    each._meta.model: each
    for module in (factories, record_factories, cause_factories, outside_factories)
    for _, each in inspect.getmembers(module, inspect.isclass)
    if each.__module__ == module.__name__ and not each._meta.abstract
}
MODELS = [model for label in ("qc", "suppliers", "reports") for model in apps.get_app_config(label).get_models()]


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_has_a_factory_whose_row_is_valid(model: type[models.Model]) -> None:
    assert model in FACTORIES, f"{model._meta.label} has no factory"
    row = FACTORIES[model].create()
    row.full_clean()
    assert model._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_in_the_back_room(model: type[models.Model]) -> None:
    assert admin.site.is_registered(model)
